package sandboxtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// enforcement is a stack that finds functions with an old layer version and moves them by a script that sleeps.
const enforcement = `
Parameters: {Old: {Type: String}, New: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ssm.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: move
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: ["lambda:GetFunction*", "lambda:UpdateFunctionConfiguration", "lambda:GetLayerVersion"], Resource: "*"}
  Runbook:
    Type: AWS::SSM::Document
    Properties:
      Name: move
      DocumentType: Automation
      UpdateMethod: NewVersion
      Content:
        schemaVersion: "0.3"
        assumeRole: "{{ AutomationAssumeRole }}"
        parameters: {AutomationAssumeRole: {type: String}, Function: {type: String}, Old: {type: String}, New: {type: String}}
        mainSteps:
          - name: move
            action: aws:executeScript
            inputs:
              Runtime: python3.11
              Handler: main
              InputPayload: {Function: "{{ Function }}", Old: "{{ Old }}", New: "{{ New }}"}
              Script: |
                import boto3, time
                def main(events, context):
                    client, name = boto3.client("lambda"), events["Function"]
                    layers = [l["Arn"] for l in client.get_function_configuration(FunctionName=name)["Layers"]]
                    client.update_function_configuration(FunctionName=name, Layers=[events["New"] if l == events["Old"] else l for l in layers])
                    while client.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "InProgress":
                        time.sleep(1)
  Rule:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: layers
      Scope: {ComplianceResourceTypes: ["AWS::Lambda::Function"]}
      Source:
        Owner: CUSTOM_POLICY
        SourceDetails: [{EventSource: aws.config, MessageType: ConfigurationItemChangeNotification}]
        CustomPolicyDetails:
          PolicyRuntime: guard-2.x.x
          PolicyText: !Sub |
            let old = configuration.layers[ arn == "${Old}" ]
            rule layers when resourceType == "AWS::Lambda::Function" { %old empty }
  Remediation:
    Type: AWS::Config::RemediationConfiguration
    Properties:
      ConfigRuleName: !Ref Rule
      TargetType: SSM_DOCUMENT
      TargetId: !Ref Runbook
      Automatic: true
      MaximumAutomaticAttempts: 3
      RetryAttemptSeconds: 600
      Parameters:
        AutomationAssumeRole: {StaticValue: {Values: [!GetAtt Role.Arn]}}
        Function: {ResourceValue: {Value: RESOURCE_ID}}
        Old: {StaticValue: {Values: [!Ref Old]}}
        New: {StaticValue: {Values: [!Ref New]}}
`

// loop deploys the enforcement as a stack set to all members, and waits until it has moved every function. It answers
// what happened when.
func loop(t *testing.T) []string {
	t.Helper()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 4, Regions: []string{region}, Functions: 30, Seed: 3, Clean: true, Stepped: true, Begin: start, Quirks: sandbox.TurnedQuirks()})
	old, newest := sb.LayerVersionARN(sandbox.LayerRuntime, region, 3), sb.NewestLayer(sandbox.LayerRuntime, region)
	outdated := func() int {
		n := 0
		for _, account := range sb.Healthy() {
			list, err := lambda.NewFromConfig(sb.AWSConfig(account, region)).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list.Functions {
				for _, l := range f.Layers {
					if *l.Arn == old {
						n++
					}
				}
			}
		}
		return n
	}
	before := outdated()
	cf := cloudformation.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	set := aws.String("layers")
	_, err := cf.CreateStackSet(t.Context(), &cloudformation.CreateStackSetInput{
		StackSetName: set, TemplateBody: aws.String(enforcement), Capabilities: []cftypes.Capability{cftypes.CapabilityCapabilityIam},
		Parameters: []cftypes.Parameter{{ParameterKey: aws.String("Old"), ParameterValue: &old}, {ParameterKey: aws.String("New"), ParameterValue: &newest}},
	})
	if err != nil {
		t.Fatal(err)
	}
	op, err := cf.CreateStackInstances(t.Context(), &cloudformation.CreateStackInstancesInput{StackSetName: set, Accounts: sb.Healthy(), Regions: []string{region}})
	if err != nil {
		t.Fatal(err)
	}
	sb.Advance(0)
	done, err := cf.DescribeStackSetOperation(t.Context(), &cloudformation.DescribeStackSetOperationInput{StackSetName: set, OperationId: op.OperationId})
	if err != nil || done.StackSetOperation.Status != cftypes.StackSetOperationStatusSucceeded {
		t.Fatalf("%+v %v", done.StackSetOperation, err)
	}
	moved := 0
	sb.Until(time.Hour, func() bool { return outdated() == 0 })
	var log []string
	for _, c := range sb.Calls() {
		if c.Operation == "ListFunctions" {
			continue
		}
		if c.Operation == "UpdateFunctionConfiguration" {
			moved++
		}
		log = append(log, fmt.Sprintf("%s %s %s by %s via %s: %v", c.At.Sub(start), c.Operation, c.Account, c.Principal, c.Via, c.Err))
	}
	slices.Sort(log)
	if before == 0 || moved != before {
		t.Errorf("%d functions were outdated, %d were updated", before, moved)
	}
	verdicts, err := configservice.NewFromConfig(sb.AWSConfig(sb.Member(), region)).DescribeComplianceByConfigRule(t.Context(), &configservice.DescribeComplianceByConfigRuleInput{})
	if err != nil || verdicts.ComplianceByConfigRules[0].Compliance.ComplianceType != "NON_COMPLIANT" {
		t.Errorf("before the next evaluation: %v %v", verdicts, err)
	}
	sb.Advance(time.Minute)
	verdicts, err = configservice.NewFromConfig(sb.AWSConfig(sb.Member(), region)).DescribeComplianceByConfigRule(t.Context(), &configservice.DescribeComplianceByConfigRuleInput{})
	if err != nil || verdicts.ComplianceByConfigRules[0].Compliance.ComplianceType != "COMPLIANT" {
		t.Errorf("after it: %v %v", verdicts, err)
	}
	return log
}

// TestLoop runs stack sets, evaluation, remediation and scripts twice: the same happens at the same times.
func TestLoop(t *testing.T) {
	t.Parallel()
	needPython(t)
	one, two := loop(t), loop(t)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("one run (-), another (+)\n%s", diff)
	}
	if !slices.ContainsFunc(one, func(l string) bool { return strings.Contains(l, "by ssm") || strings.Contains(l, "via ssm") }) {
		t.Errorf("no call of the automation:\n%s", strings.Join(one, "\n"))
	}
}

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatalf("%v, and LAYERFLEET_REQUIRE_PEERS=1", err)
		}
		t.Skip("runbooks need python3")
	}
}
