package enforce_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox"
)

// set makes a stack set, as by hand.
func (w world) set(name, body string, parameters map[string]string) {
	w.Helper()
	in := &cloudformation.CreateStackSetInput{StackSetName: &name, TemplateBody: &body, Capabilities: []types.Capability{types.CapabilityCapabilityIam}}
	for key, value := range parameters {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(value)})
	}
	if _, err := w.a.CloudFormation(w.a.Home()).CreateStackSet(w.Context(), in); err != nil {
		w.Fatal(err)
	}
}

func TestNamed(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Python: "none"})
	deps := layer.ARN{Account: w.sb.Management(), Name: "deps"}.WithRegion(home)
	to := func(n int64, old ...int64) move.Region { return move.Region{New: move.Version{Number: n}, Old: old} }
	agents := layer.ARN{Partition: "aws", Account: "999999999999", Name: "agent"}
	rendered, err := runbook.Render(runbook.Content{Name: "rendered", Former: []runbook.Revision{
		{Number: 1, Moves: []move.Move{{Layer: agents, Regions: map[string]move.Region{home: to(1)}}}},
	}, Revision: runbook.Revision{Number: 2, Moves: []move.Move{
		{Layer: deps, Regions: map[string]move.Region{home: to(4, 3), other: to(7, 6)}},
		{Layer: agents, Regions: map[string]move.Region{home: to(2), other: {}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	standalone, err := runbook.Standalone()
	if err != nil {
		t.Fatal(err)
	}
	w.set("rendered", rendered, nil)
	certs, crypto := deps, deps
	certs.Name, crypto.Name = "certs", "crypto"
	w.set("everywhere", standalone, map[string]string{
		runbook.ParameterOld: certs.String(), runbook.ParameterNew: certs.At(5).String(), runbook.ParameterSameVersion: "true",
	})
	w.set("replacing", standalone, map[string]string{
		runbook.ParameterOld: certs.At(1).String(), runbook.ParameterNew: crypto.At(6).String(),
	})
	w.set("foreign", `{"Resources":{"T":{"Type":"AWS::Config::ConfigRule","Properties":{"Source":{"Owner":"AWS","SourceIdentifier":"X"}}}}}`, nil)

	got, err := enforce.Named(t.Context(), w.a, []string{home, other})
	if err != nil {
		t.Fatal(err)
	}
	agent := agents.WithRegion(home)
	want := map[layer.VersionARN]string{
		deps.At(3):                    "stack set rendered moves functions from it",
		deps.At(4):                    "stack set rendered moves functions to it",
		deps.WithRegion(other).At(7):  "stack set rendered moves functions to it",
		deps.WithRegion(other).At(6):  "stack set rendered moves functions from it",
		agent.At(2):                   "stack set rendered moves functions to it",
		agent.At(1):                   "stack set rendered can be taken back to it",
		certs.At(5):                   "stack set everywhere moves functions to it",
		certs.At(5).WithRegion(other): "stack set everywhere moves functions to it",
		certs.At(1):                   "stack set replacing has it as OldLayerArn",
		crypto.At(6):                  "stack set replacing has it as NewLayerArn",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
