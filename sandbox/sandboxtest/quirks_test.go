package sandboxtest_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

const sleeps = `{schemaVersion: "0.3", description: "TEXT", mainSteps: [{name: wait, action: "aws:sleep", inputs: {Duration: PT1S}}]}`

// documents is a template of documents that do not depend on each other, with a parameter.
func documents(text string, names ...string) *string {
	body := "Parameters: {P: {Type: String, Default: x}}\nDescription: café\nResources:\n"
	for _, n := range names {
		body += "  " + n + ": {Type: 'AWS::SSM::Document', Properties: {Name: " + n + ", DocumentType: Automation, UpdateMethod: NewVersion, Content: " +
			strings.Replace(sleeps, "TEXT", text, 1) + "}}\n"
	}
	return &body
}

// quirky is a sandbox with a stack set in its healthy accounts.
type quirky struct {
	*sandboxtest.Sandbox
	testing.TB
	cf  *cloudformation.Client
	set *string
}

func (q quirky) check(err error) {
	q.Helper()
	if err != nil {
		q.Fatal(err)
	}
}

func (q quirky) createSet() {
	_, err := q.cf.CreateStackSet(q.Context(), &cloudformation.CreateStackSetInput{StackSetName: q.set, TemplateBody: documents("one", "DocA")})
	q.check(err)
}

func (q quirky) createInstances() *string {
	q.createSet()
	out, err := q.cf.CreateStackInstances(q.Context(), &cloudformation.CreateStackInstancesInput{
		StackSetName: q.set, Accounts: q.Healthy(), Regions: []string{region}, OperationId: aws.String("one"),
	})
	q.check(err)
	return out.OperationId
}

func (q quirky) status(operation *string) string {
	out, err := q.cf.DescribeStackSetOperation(q.Context(), &cloudformation.DescribeStackSetOperationInput{StackSetName: q.set, OperationId: operation})
	q.check(err)
	return string(out.StackSetOperation.Status)
}

// update makes a stack of one template and updates it to another.
func (q quirky) update(before, after *string) {
	name := aws.String("stack")
	_, err := q.cf.CreateStack(q.Context(), &cloudformation.CreateStackInput{StackName: name, TemplateBody: before})
	q.check(err)
	q.Advance(time.Minute)
	q.Forget()
	_, err = q.cf.UpdateStack(q.Context(), &cloudformation.UpdateStackInput{StackName: name, TemplateBody: after})
	q.check(err)
	q.Advance(time.Minute)
}

// role makes a role in a member, which the member's administrator may assume, with a policy.
func (q quirky) role(name, action string) (arn *string) {
	q.Advance(time.Second) // what there is at the beginning has been there for long
	client := iam.NewFromConfig(q.AWSConfig(q.Member(), region))
	out, err := client.CreateRole(q.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + q.Management() + `:root"},"Action":"sts:AssumeRole"}]}`)})
	q.check(err)
	_, err = client.PutRolePolicy(q.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &name, PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`)})
	q.check(err)
	return out.Role.Arn
}

// twice is what see says now and a minute later.
func (q quirky) twice(see func() error) string {
	now := see() == nil
	q.Advance(time.Minute)
	return fmt.Sprint(now, " ", see() == nil)
}

func TestQuirks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		python bool
		see    func(quirky) string
		want   map[string]string
	}{
		{
			name: "stack-set-operation-time",
			see: func(q quirky) string {
				id := q.createInstances()
				q.Advance(10 * time.Second)
				return q.status(id)
			},
			want: map[string]string{"minutes": "RUNNING", "seconds": "SUCCEEDED"},
		},
		{
			name: "list-behind-describe",
			see: func(q quirky) string {
				id := q.createInstances()
				q.Advance(0)
				list, err := q.cf.ListStackInstances(q.Context(), &cloudformation.ListStackInstancesInput{StackSetName: q.set})
				q.check(err)
				operations, err := q.cf.ListStackSetOperations(q.Context(), &cloudformation.ListStackSetOperationsInput{StackSetName: q.set})
				q.check(err)
				return fmt.Sprint(q.status(id), " ", len(list.Summaries) > 0, " ", len(operations.Summaries))
			},
			want: map[string]string{"yes": "SUCCEEDED false 0", "no": "SUCCEEDED true 1"},
		},
		{
			name: "repeated-operation-id",
			see: func(q quirky) string {
				q.createInstances()
				_, err := q.cf.CreateStackInstances(q.Context(), &cloudformation.CreateStackInstancesInput{
					StackSetName: q.set, Accounts: q.Healthy(), Regions: []string{region}, OperationId: aws.String("one"),
				})
				return fmt.Sprint(err == nil)
			},
			want: map[string]string{"refused": "false", "accepted": "true"},
		},
		{
			name: "unknown-type-under-false-condition",
			see: func(q quirky) string {
				_, err := q.cf.CreateStackSet(q.Context(), &cloudformation.CreateStackSetInput{StackSetName: q.set, TemplateBody: aws.String(
					*documents("one", "DocA") + "  T: {Type: 'AWS::No::Such', Condition: Never}\nConditions: {Never: !Equals [a, b]}\n")})
				return fmt.Sprint(err == nil)
			},
			want: map[string]string{"refused": "false", "accepted": "true"},
		},
		{
			name: "previous-parameters-mark-outdated",
			see: func(q quirky) string {
				q.createInstances()
				q.Advance(time.Minute)
				_, err := q.cf.UpdateStackSet(q.Context(), &cloudformation.UpdateStackSetInput{
					StackSetName: q.set, UsePreviousTemplate: aws.Bool(true), Accounts: q.Healthy()[:1], Regions: []string{region},
					Parameters: []cftypes.Parameter{{ParameterKey: aws.String("P"), UsePreviousValue: aws.Bool(true)}},
				})
				q.check(err)
				q.Advance(time.Minute)
				out, err := q.cf.DescribeStackInstance(q.Context(), &cloudformation.DescribeStackInstanceInput{
					StackSetName: q.set, StackInstanceAccount: &q.Healthy()[1], StackInstanceRegion: aws.String(region),
				})
				q.check(err)
				return string(out.StackInstance.Status)
			},
			want: map[string]string{"yes": "OUTDATED", "no": "CURRENT"},
		},
		{
			name: "non-ascii-template",
			see: func(q quirky) string {
				q.createSet()
				out, err := q.cf.DescribeStackSet(q.Context(), &cloudformation.DescribeStackSetInput{StackSetName: q.set})
				q.check(err)
				return fmt.Sprint(strings.Contains(*out.StackSet.TemplateBody, "café"), strings.Contains(*out.StackSet.TemplateBody, "caf?"))
			},
			want: map[string]string{"question-mark": "false true", "kept": "true false"},
		},
		{
			name: "stack-update-order",
			see: func(q quirky) string {
				q.update(documents("one", "DocA", "DocB"), documents("two", "DocA", "DocB"))
				var order []string
				for _, c := range q.Calls() {
					if in, ok := c.Input.(*ssm.UpdateDocumentInput); ok {
						order = append(order, *in.Name)
					}
				}
				return strings.Join(order, " ")
			},
			want: map[string]string{"any": "DocB DocA", "dependencies": "DocA DocB"},
		},
		{
			name: "failed-deletion-in-cleanup",
			see: func(q quirky) string {
				q.Inject(sandbox.Fault{Service: "ssm", Operation: "DeleteDocument", Times: 9, Status: 400, Code: "InvalidDocumentOperation"})
				q.update(documents("one", "DocA", "DocB"), documents("one", "DocA"))
				out, err := q.cf.DescribeStacks(q.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("stack")})
				q.check(err)
				return string(out.Stacks[0].StackStatus)
			},
			want: map[string]string{"orphaned": "UPDATE_COMPLETE", "failed": "UPDATE_FAILED"},
		},
		{
			name: "iam-delay",
			see: func(q quirky) string {
				arn := q.role("r", "*")
				client := sts.NewFromConfig(q.AWSConfig(q.Management(), region))
				return q.twice(func() error {
					_, err := client.AssumeRole(q.Context(), &sts.AssumeRoleInput{RoleArn: arn, RoleSessionName: aws.String("session")})
					return err
				})
			},
			want: map[string]string{"seconds": "false true", "none": "true true"},
		},
		{
			name: "layer-grant-delay",
			see: func(q quirky) string {
				q.Advance(time.Second)
				owner := lambda.NewFromConfig(q.AWSConfig(q.Healthy()[0], region))
				var b bytes.Buffer
				z := zip.NewWriter(&b)
				_, err := z.Create("f")
				q.check(err)
				q.check(z.Close())
				v, err := owner.PublishLayerVersion(q.Context(), &lambda.PublishLayerVersionInput{LayerName: aws.String("l"), Content: &lambdatypes.LayerVersionContentInput{ZipFile: b.Bytes()}})
				q.check(err)
				_, err = owner.AddLayerVersionPermission(q.Context(), &lambda.AddLayerVersionPermissionInput{
					LayerName: aws.String("l"), VersionNumber: &v.Version, StatementId: aws.String("s"), Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*"),
				})
				q.check(err)
				user := lambda.NewFromConfig(q.AWSConfig(q.Healthy()[1], region))
				return q.twice(func() error {
					_, err := user.GetLayerVersionByArn(q.Context(), &lambda.GetLayerVersionByArnInput{Arn: v.LayerVersionArn})
					return err
				})
			},
			want: map[string]string{"seconds": "false true", "none": "true true"},
		},
		{
			name:   "cancel-interrupts-script",
			python: true,
			see: func(q quirky) string {
				client := ssm.NewFromConfig(q.AWSConfig(q.Member(), region))
				_, err := client.CreateDocument(q.Context(), &ssm.CreateDocumentInput{Name: aws.String("slow"), DocumentType: "Automation", DocumentFormat: "YAML", Content: aws.String(`
schemaVersion: "0.3"
mainSteps:
  - name: wait
    action: aws:executeScript
    inputs: {Runtime: python3.11, Handler: main, Script: "import time\ndef main(events, context):\n    time.sleep(60)\n"}
`)})
				q.check(err)
				run, err := client.StartAutomationExecution(q.Context(), &ssm.StartAutomationExecutionInput{DocumentName: aws.String("slow")})
				q.check(err)
				q.Advance(10 * time.Second)
				_, err = client.StopAutomationExecution(q.Context(), &ssm.StopAutomationExecutionInput{AutomationExecutionId: run.AutomationExecutionId})
				q.check(err)
				var seen []string
				for _, d := range []time.Duration{time.Second, time.Hour} {
					q.Advance(d)
					out, err := client.GetAutomationExecution(q.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: run.AutomationExecutionId})
					q.check(err)
					seen = append(seen, string(out.AutomationExecution.AutomationExecutionStatus))
				}
				return strings.Join(seen, " ")
			},
			want: map[string]string{"no": "Cancelling Cancelled", "yes": "Cancelled Cancelled"},
		},
		{
			name: "put-remediation-needs-pass-role",
			see: func(q quirky) string {
				q.role("configurer", "config:*")
				q.Advance(time.Minute)
				client := configservice.NewFromConfig(q.As(q.Member(), "configurer", region))
				_, err := client.PutRemediationConfigurations(q.Context(), &configservice.PutRemediationConfigurationsInput{RemediationConfigurations: []configtypes.RemediationConfiguration{{
					ConfigRuleName: aws.String("none"), TargetType: "SSM_DOCUMENT", TargetId: aws.String("none"),
				}}})
				return fmt.Sprint(strings.Contains(err.Error(), "ssm:StartAutomationExecution"))
			},
			want: map[string]string{"yes": "true", "no": "false"},
		},
	} {
		for value, want := range tt.want {
			t.Run(tt.name+"="+value, func(t *testing.T) {
				t.Parallel()
				if tt.python {
					needPython(t)
				}
				quirks := sandbox.TurnedQuirks()
				quirks[tt.name] = value
				sb := sandboxtest.Start(t, sandbox.Options{Accounts: 4, Regions: []string{region}, Seed: 3, Clean: true, Quirks: quirks})
				q := quirky{Sandbox: sb, TB: t, cf: cloudformation.NewFromConfig(sb.AWSConfig(sb.Management(), region)), set: aws.String("set")}
				if got := tt.see(q); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			})
		}
	}
}
