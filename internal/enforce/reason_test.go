package enforce

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
)

func TestClassify(t *testing.T) {
	moves := []Move{{
		Layer:   layer.ARN{Partition: "aws", Region: "us-east-1", Account: "111122223333", Name: "deps"},
		Regions: map[string]Versions{"us-east-1": {Old: 3, New: 6}},
	}}
	denied := func(arn string) string {
		return "ClientError - An error occurred (AccessDeniedException) when calling the UpdateFunctionConfiguration operation: User: arn:aws:sts::1:assumed-role/R/S is not authorized to perform: lambda:GetLayerVersion on resource: " + arn + " because no resource-based policy allows the lambda:GetLayerVersion action."
	}
	tests := []struct {
		name, text string
		want       fleet.Code
		about      string
	}{
		{name: "sibling", text: denied("arn:aws:lambda:us-east-1:111122223333:layer:other:2"), want: fleet.OtherLayerNotShared, about: "arn:aws:lambda:us-east-1:111122223333:layer:other:2"},
		{name: "old version of the layer", text: denied("arn:aws:lambda:us-east-1:111122223333:layer:deps:3"), want: fleet.OtherLayerNotShared, about: "arn:aws:lambda:us-east-1:111122223333:layer:deps:3"},
		{name: "wanted version", text: denied("arn:aws:lambda:us-east-1:111122223333:layer:deps:6"), want: fleet.LayerNotShared, about: "arn:aws:lambda:us-east-1:111122223333:layer:deps:6"},
		{name: "action", text: "AccessDeniedException: not authorized to perform: lambda:UpdateFunctionConfiguration", want: fleet.AccessDenied},
		{name: "deleted sibling of the own account", text: "InvalidParameterValueException: Layer version ARN does not exist.", want: fleet.OtherLayerMissing},
		{name: "no interpreter", text: "python3 is not installed", want: fleet.NoPython},
		{name: "anything else", text: "KeyError - 'x'", want: fleet.RemediationFailed},
	}
	for _, tt := range tests {
		if got, about := classify(tt.text, moves); got != tt.want || about != tt.about {
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
