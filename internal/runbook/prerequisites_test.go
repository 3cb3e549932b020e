package runbook_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/sandbox"
)

func TestPrerequisites(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(deploy, "prerequisites.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := sandbox.ParseTemplate(string(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, region string
		given        map[string]string
		want         string
	}{
		{
			name: "member, home Region", region: "us-east-1",
			want: "Bucket BucketPolicy OperatorRole OwnDeliveryChannel ReadRole Recorder RecorderRole",
		},
		{
			name: "member, another Region", region: "eu-west-1",
			want: "Bucket BucketPolicy OwnDeliveryChannel Recorder RecorderRole",
		},
		{
			name: "management, home Region", region: "eu-west-1", given: map[string]string{"CreateAggregator": "true", "HomeRegion": "eu-west-1"},
			want: "Aggregator AggregatorRole Bucket BucketPolicy OperatorRole OwnDeliveryChannel ReadRole Recorder RecorderRole",
		},
		{
			name: "with Control Tower", region: "us-east-1", given: map[string]string{"CreateRecorder": "false"},
			want: "OperatorRole ReadRole",
		},
		{
			name: "a bucket of the log archive", region: "eu-west-1", given: map[string]string{"DeliveryBucket": "organization-logs"},
			want: "DeliveryChannel Recorder RecorderRole",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := map[string]string{"ManagementAccountId": "100000000000"}
			maps.Copy(given, tt.given)
			stack, _ := resources(t, parsed, tt.region, given)
			if got := strings.Join(slices.Sorted(maps.Keys(stack)), " "); got != tt.want {
				t.Errorf("makes %s, want %s", got, tt.want)
			}
			for id, properties := range stack {
				if strings.HasSuffix(id, "Role") {
					checkRole(t, id, properties)
				}
			}
		})
	}
	if _, _, err := parsed.Evaluate(nil, place("us-east-1")); err == nil {
		t.Error("roles that nobody can take are made without ManagementAccountId")
	}
}

func TestRoleNames(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(deploy, "prerequisites.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{access.ReadRole, access.OperatorRole} {
		if !strings.Contains(string(body), "RoleName: "+name+"\n") {
			t.Errorf("deploy/prerequisites.yaml makes no role %s, which the tool takes", name)
		}
	}
}

// checkRole holds that a role's documents are what IAM reads.
func checkRole(t *testing.T, id string, properties map[string]any) {
	t.Helper()
	documents := map[sandbox.PolicyKind]any{sandbox.TrustPolicy: properties["AssumeRolePolicyDocument"]}
	if properties["Policies"] != nil {
		documents[sandbox.IdentityPolicy] = at[map[string]any](t, properties, "Policies", 0, "PolicyDocument")
	}
	for kind, doc := range documents {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := sandbox.CheckPolicy(string(text), kind); err != nil {
			t.Errorf("%s: %v\n%s", id, err, text)
		}
	}
}
