package runbook

import (
	"regexp"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// raised is what the script raises where it cannot do its job, at the end of what Automation and Python put around it.
var raised = regexp.MustCompile(`(?:^|[\s:])\[([a-z0-9_]+)\] ([^\n]*)`)

// Failure is why a remediation failed, from the text of its step. The code is the one that the script raised; of a text
// that has none, [fleet.RemediationFailed] with what was said, without a traceback and Automation's advice.
func Failure(text string) fleet.Reason {
	if before, _, ok := strings.Cut(text, " Please refer to Automation Service Troubleshooting Guide"); ok {
		text = strings.TrimSuffix(before, ".") // Automation ends what was raised as a sentence of its own
	}
	text = strings.TrimSpace(text)
	for _, found := range raised.FindAllStringSubmatch(text, -1) {
		if code := fleet.Code(found[1]); code.Known() {
			return fleet.Reason{Code: code, Detail: found[2]}
		}
	}
	if strings.Contains(text, "Traceback (most recent call last)") {
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	return fleet.Reason{Code: fleet.RemediationFailed, Detail: strings.TrimPrefix(text, "Step fails when it is Poll action status for completion. ")}
}
