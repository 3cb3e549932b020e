package config

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

func TestStepDetails(t *testing.T) {
	invoked, now := time.Unix(100, 0), time.Unix(200, 0)
	for _, tt := range []struct {
		name string
		end  ports.AutomationEnd
		want []types.RemediationExecutionStep
	}{
		{name: "nothing known", end: ports.AutomationEnd{Status: succeeded}, want: []types.RemediationExecutionStep{}},
		{
			name: "not started", end: ports.AutomationEnd{Failure: "denied"},
			want: []types.RemediationExecutionStep{{State: "FAILED", ErrorMessage: aws.String("denied"), StartTime: &invoked, StopTime: &now}},
		},
		{
			name: "the second of three failed",
			end: ports.AutomationEnd{Status: "Failed", Failure: "no", Steps: []ports.AutomationStep{
				{Name: "a", Status: succeeded, Started: invoked, Ended: now}, {Name: "b", Status: "Failed", Failure: "no", Started: invoked, Ended: now}, {Name: "c", Status: "Pending"},
			}},
			want: []types.RemediationExecutionStep{
				{Name: aws.String("a"), State: "SUCCEEDED", StartTime: &invoked, StopTime: &now},
				{Name: aws.String("b"), State: "FAILED", ErrorMessage: aws.String("no"), StartTime: &invoked, StopTime: &now},
				{Name: aws.String("c"), State: "PENDING"},
			},
		},
	} {
		x := &execution{updated: invoked}
		if diff := cmp.Diff(tt.want, x.stepDetails(tt.end, now), cmpopts.IgnoreUnexported(types.RemediationExecutionStep{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
