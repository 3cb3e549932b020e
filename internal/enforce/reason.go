package enforce

import (
	"regexp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// layerVersion is the ARN of one in a sentence.
var layerVersion = regexp.MustCompile(`arn:\S+:layer:[A-Za-z0-9_-]+:[0-9]+`)

// classify says why a remediation failed: a reason code, and the layer version that it is about, if any.
func classify(text string) (code fleet.Code, about string) {
	why := runbook.Failure(text)
	if why.Code == fleet.RemediationFailed {
		return why.Code, ""
	}
	return why.Code, layerVersion.FindString(why.Detail)
}

// Why is the failure as a sentence: what is known about its reason, else what AWS said.
func (f Failure) Why() string {
	switch {
	case f.Reason == fleet.RemediationFailed && f.Message != "":
		return f.Message
	case f.About != "":
		return f.Reason.Sentence() + ": " + f.About
	}
	return f.Reason.Sentence()
}
