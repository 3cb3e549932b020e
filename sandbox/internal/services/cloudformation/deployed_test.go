package cloudformation_test

import (
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
)

func template(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile("../../../../deploy/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

var layers = params("OldLayerArn", "arn:aws:lambda:us-east-1:100000000000:layer:common:1", "NewLayerArn", "arn:aws:lambda:us-east-1:100000000000:layer:common:2")

// TestEnforcementTemplate makes the shipped template's stacks, in the Region of its layers and in another where there
// is nothing to enforce, with the real services.
func TestEnforcementTemplate(t *testing.T) {
	w := build(t, true)
	for _, account := range []string{member1, member2, member3} {
		must[api.CreateStackOutput](w, account, &api.CreateStackInput{
			StackName: aws.String("recorder"), TemplateBody: aws.String(template(t, "prerequisites.yaml")), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
			Parameters: params("ManagementAccountId", management, "CreateRoles", "false", "DeliveryBucket", "config-bucket"),
		})
		w.wants(account, "recorder", types.StackStatusCreateComplete)
	}
	start := time.Now()
	must[api.CreateStackSetOutput](w, management, &api.CreateStackSetInput{
		StackSetName: aws.String(setName), TemplateBody: aws.String(template(t, "lambdalayer.yaml")), Capabilities: capabilityIAM,
		Parameters: append(params("ScheduleExpression", "rate(1 day)"), layers...), PermissionModel: types.PermissionModelsServiceManaged,
		AutoDeployment: &types.AutoDeployment{Enabled: aws.Bool(false)},
	})
	op := w.deployOU(w.org.Root(), region, region2)
	t.Logf("%d instances in %v", 6, time.Since(start))
	for _, r := range must[api.ListStackSetOperationResultsOutput](w, management, &api.ListStackSetOperationResultsInput{StackSetName: aws.String(setName), OperationId: op.OperationId}).Summaries {
		if r.Status != types.StackSetOperationResultStatusSucceeded {
			t.Errorf("%s %s %s: %s", *r.Account, *r.Region, r.Status, aws.ToString(r.StatusReason))
		}
	}
	rules := must[configservice.DescribeConfigRulesOutput](w, member1, &configservice.DescribeConfigRulesInput{}).ConfigRules
	if len(rules) != 1 || *rules[0].ConfigRuleName != "layerfleet" {
		t.Errorf("rules in %s: %+v", region, rules)
	}
	out := must[api.DeleteStackInstancesOutput](w, management, &api.DeleteStackInstancesInput{
		StackSetName: aws.String(setName), Regions: []string{region, region2}, RetainStacks: aws.Bool(false),
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.org.Root()}},
	})
	if op := w.ended(out.OperationId); op.Status != types.StackSetOperationStatusSucceeded || len(w.instances()) != 0 {
		t.Errorf("deletion %s: %v", op.Status, w.instances())
	}
}

// TestPrerequisitesTemplate makes the other shipped template in the management account. The sandbox delivers nothing to S3, so
// the bucket is a given one.
func TestPrerequisitesTemplate(t *testing.T) {
	w := build(t, true)
	in := &api.CreateStackInput{
		StackName: aws.String("prerequisites"), TemplateBody: aws.String(template(t, "prerequisites.yaml")),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Parameters:   params("ManagementAccountId", management, "CreateAggregator", "true", "DeliveryBucket", "config-bucket"),
	}
	must[api.CreateStackOutput](w, management, in)
	st := w.wants(management, "prerequisites", types.StackStatusCreateComplete)
	status := must[configservice.DescribeConfigurationRecorderStatusOutput](w, management, &configservice.DescribeConfigurationRecorderStatusInput{})
	if s := status.ConfigurationRecordersStatus; len(s) != 1 || !s[0].Recording {
		t.Errorf("recorders %+v: one must record", s)
	}
	must[api.DeleteStackOutput](w, management, &api.DeleteStackInput{StackName: in.StackName})
	w.wants(management, *st.StackId, types.StackStatusDeleteComplete)

	in.Parameters = params("ManagementAccountId", management)
	refuses[api.CreateStackOutput](w, management, in, "SandboxUnsupported", "the resource type AWS::S3::Bucket (resource Bucket)")
}

func BenchmarkTemplate(b *testing.B) {
	body := template(b, "lambdalayer.yaml")
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
