package cloudformation_test

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/cfn"
)

func template(tb testing.TB) string {
	tb.Helper()
	body, err := os.ReadFile("../../../deploy/lambdalayer.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

var layers = params("OldLayerArn", "arn:aws:lambda:us-east-1:100000000000:layer:common:1", "NewLayerArn", "arn:aws:lambda:us-east-1:100000000000:layer:common:2")

// TestTheTemplate makes the shipped template's stack in the Region of its layers and in another.
func TestTheTemplate(t *testing.T) {
	w := newWorld(t)
	must[api.CreateStackSetOutput](w, management, &api.CreateStackSetInput{
		StackSetName: aws.String(setName), TemplateBody: aws.String(template(t)), Capabilities: capabilityIAM, Parameters: layers,
		PermissionModel: types.PermissionModelsServiceManaged, AutoDeployment: &types.AutoDeployment{Enabled: aws.Bool(false)},
	})
	op := w.deployOU(w.org.Root(), region, region2)
	for _, r := range must[api.ListStackSetOperationResultsOutput](w, management, &api.ListStackSetOperationResultsInput{StackSetName: aws.String(setName), OperationId: op.OperationId}).Summaries {
		if r.Status != types.StackSetOperationResultStatusSucceeded {
			t.Errorf("%s %s %s: %s", *r.Account, *r.Region, r.Status, aws.ToString(r.StatusReason))
		}
	}
	if rules, remediations := w.rules.count(); rules != 3 || remediations != 3 {
		t.Errorf("%d rules and %d remediations, want 3 each: the other Region has nothing to enforce", rules, remediations)
	}
}

func BenchmarkTemplate(b *testing.B) {
	body := template(b)
	values := map[string]string{}
	for _, p := range layers {
		values[*p.ParameterKey] = *p.ParameterValue
	}
	for b.Loop() {
		t, err := cfn.Parse(body)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := t.Bind(values, cfn.Env{Region: region, Partition: "aws"}); err != nil {
			b.Fatal(err)
		}
	}
}
