package enforce

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

func TestClassify(t *testing.T) {
	const other = "arn:aws:lambda:us-east-1:111122223333:layer:other:2"
	for _, tt := range []struct {
		name, text string
		want       fleet.Code
		about      string
	}{
		{name: "sibling", text: "RuntimeError: [other_layer_not_shared] fn: not authorized to perform: lambda:GetLayerVersion on resource: " + other + " because", want: fleet.OtherLayerNotShared, about: other},
		{name: "no layer", text: "[access_denied] fn: no", want: fleet.AccessDenied},
		{name: "no code", text: "KeyError - 'x'", want: fleet.RemediationFailed},
	} {
		if got, about := classify(tt.text); got != tt.want || about != tt.about {
			t.Errorf("%s: %s about %q, want %s about %q", tt.name, got, about, tt.want, tt.about)
		}
	}
}

func TestEssence(t *testing.T) {
	const text = "Step fails when it is Poll action status for completion. Traceback (most recent call last):\n  File \"x\", line 59, in handler\n    call()\n\nClientError - it was refused. Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
	if got := essence(text); got != "ClientError - it was refused." {
		t.Errorf("got %q", got)
	}
}
