package enforce

import (
	"regexp"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// notAllowed finds the layer version that Lambda refused in an AccessDenied text.
var notAllowed = regexp.MustCompile(`lambda:GetLayerVersion on resource: (arn:\S+:layer:\S+?:\d+)`)

// classify says why a remediation failed: a reason code, and what it is about (a layer version), from the text of
// the failure. A layer that its owner deleted and one that is not shared look the same from another account: AWS
// answers both with the same denial.
func classify(text string, moves []Move) (reason fleet.Code, about string) {
	if m := notAllowed.FindStringSubmatch(text); m != nil {
		if wanted(m[1], moves) {
			return fleet.LayerNotShared, m[1]
		}
		return fleet.OtherLayerNotShared, m[1]
	}
	for _, known := range []struct {
		text   string
		reason fleet.Code
	}{
		{"python3", fleet.NoPython},
		{"Layer version ARN does not exist", fleet.OtherLayerMissing},
		{"container image", fleet.ContainerImage},
		{"exceeds the maximum allowed size", fleet.TooLarge},
		{"more than the available size", fleet.TooLarge},
		{"An update is in progress", fleet.UpdateInProgress},
		{"AccessDenied", fleet.AccessDenied},
	} {
		if strings.Contains(text, known.text) {
			return known.reason, ""
		}
	}
	return fleet.RemediationFailed, ""
}

// wanted says whether a layer version is what some move goes to.
func wanted(arn string, moves []Move) bool {
	v, err := layer.ParseVersionARN(arn)
	if err != nil {
		return false
	}
	i := indexLayer(moves, v.ARN)
	return i >= 0 && moves[i].Regions[v.Region].New == v.Version
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
