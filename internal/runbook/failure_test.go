package runbook_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

func TestFailure(t *testing.T) {
	const around = "Step fails when it is Poll action status for completion. Traceback (most recent call last):\n  File \"x\", line 1, in handler\n" +
		"    raise left(reason(error, table), f\"{name}: {error}\")\n"
	const advice = " Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
	for _, tt := range []struct {
		name, text string
		want       fleet.Reason
	}{
		{"raised", around + "RuntimeError: [too_large] fn: over 250 MB" + advice, fleet.Reason{Code: fleet.TooLarge, Detail: "fn: over 250 MB"}},
		{"alone", "[tags_unknown] fn: no", fleet.Reason{Code: fleet.TagsUnknown, Detail: "fn: no"}},
		{"brackets in the sentence", "RuntimeError: [access_denied] fn: it says [too_large] there", fleet.Reason{Code: fleet.AccessDenied, Detail: "fn: it says [too_large] there"}},
		{"no such code", around + "RuntimeError: [made_up] fn", fleet.Reason{Code: fleet.RemediationFailed, Detail: "RuntimeError: [made_up] fn"}},
		{"another error", around + "KeyError: 'Configuration'" + advice, fleet.Reason{Code: fleet.RemediationFailed, Detail: "KeyError: 'Configuration'"}},
		{"before codes", around + "RuntimeError: fn: An error occurred (AccessDeniedException)", fleet.Reason{Code: fleet.RemediationFailed, Detail: "RuntimeError: fn: An error occurred (AccessDeniedException)"}},
		{"no script", "Step fails when it is Poll action status for completion. Internal error", fleet.Reason{Code: fleet.RemediationFailed, Detail: "Internal error"}},
		{"nothing", "", fleet.Reason{Code: fleet.RemediationFailed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := runbook.Failure(tt.text); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
