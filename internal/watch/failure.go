package watch

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// raised is how the runbook says why it did nothing: [code] sentence.
var raised = regexp.MustCompile(`\[([a-z_]+)\] (.*)`)

// failure is what the step that failed said. A step that never came to its script says it in AWS's words.
func failure(s configtypes.RemediationExecutionStatus) fleet.Reason {
	for _, step := range s.StepDetails {
		text := aws.ToString(step.ErrorMessage)
		if text == "" {
			continue
		}
		text = essence(text)
		if m := raised.FindStringSubmatch(text); m != nil && fleet.Code(m[1]).Known() {
			return fleet.Reason{Code: fleet.Code(m[1]), Detail: m[2]}
		}
		return fleet.Reason{Code: fleet.RemediationFailed, Detail: text}
	}
	return fleet.Reason{Code: fleet.RemediationFailed}
}

// essence takes off what Automation puts around the exception of a script: a sentence about the step and Python's
// traceback before it, a sentence about troubleshooting after it.
func essence(text string) string {
	if before, _, ok := strings.Cut(text, " Please refer to Automation Service Troubleshooting Guide"); ok {
		text = before
	}
	text = strings.TrimSpace(text)
	if strings.Contains(text, "Traceback (most recent call last)") {
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	return strings.TrimPrefix(text, "Step fails when it is Poll action status for completion. ")
}
