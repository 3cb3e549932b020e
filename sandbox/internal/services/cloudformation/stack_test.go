package cloudformation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	ssmapi "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// loop is a small version of deploy/lambdalayer.yaml.
const loop = `
AWSTemplateFormatVersion: "2010-09-09"
Description: the loop
Parameters:
  Name: {Type: String, Default: loop}
  Text: {Type: String, Default: hello}
  Secret: {Type: String, NoEcho: true, Default: s}
Resources:
  Remediation:
    Type: AWS::Config::RemediationConfiguration
    Properties:
      ConfigRuleName: !Ref Rule
      TargetType: SSM_DOCUMENT
      TargetId: !Ref Runbook
      Automatic: "true"
      MaximumAutomaticAttempts: 3
      RetryAttemptSeconds: "86400"
      Parameters:
        AutomationAssumeRole: {StaticValue: {Values: [!GetAtt Role.Arn]}}
        FunctionName: {ResourceValue: {Value: RESOURCE_ID}}
  Rule:
    Type: AWS::Config::ConfigRule
    Properties:
      ConfigRuleName: !Ref Name
      Source: {Owner: CUSTOM_POLICY, CustomPolicyDetails: {PolicyRuntime: guard-2.x.x, PolicyText: !Ref Text}}
      Scope: {ComplianceResourceTypes: ['AWS::Lambda::Function']}
  Runbook:
    Type: AWS::SSM::Document
    Properties:
      Name: !Ref Name
      DocumentType: Automation
      UpdateMethod: NewVersion
      Content:
        schemaVersion: "0.3"
        description: !Ref Text
        assumeRole: '{{ AutomationAssumeRole }}'
        parameters: {AutomationAssumeRole: {type: String}}
        mainSteps: [{name: wait, action: 'aws:sleep', inputs: {Duration: PT1S}}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ssm.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: p, PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 'lambda:GetFunction', Resource: '*'}]}}]
Outputs:
  RuleArn: {Description: the rule, Value: !GetAtt Rule.Arn}
`

func create(w *world, name, body string, more ...types.Parameter) {
	w.Helper()
	must[api.CreateStackOutput](w, member1, &api.CreateStackInput{StackName: &name, TemplateBody: &body, Capabilities: capabilityIAM, Parameters: more})
}

func TestStackLife(t *testing.T) {
	w := newWorld(t)
	must[api.CreateStackOutput](w, member1, &api.CreateStackInput{
		StackName: aws.String("one"), TemplateBody: aws.String(loop), Capabilities: capabilityIAM, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}},
	})
	st := w.wants(member1, "one", types.StackStatusCreateComplete)
	if got := aws.ToString(st.Outputs[0].OutputValue); got != "arn:aws:config:us-east-1:100000000001:config-rule/config-rule-abcdef" {
		t.Errorf("output %q", got)
	}
	if got := aws.ToString(st.Parameters[2].ParameterValue); got != "****" {
		t.Errorf("NoEcho parameter shows %q", got)
	}
	role := w.physical(member1, "one", "Role")
	if !strings.HasPrefix(role, "one-Role-") || len(role) != len("one-Role-")+12 {
		t.Errorf("role name %q", role)
	}
	r := w.rules.remediations[member1+"/"+region+"/loop"]
	if got := r.Parameters["AutomationAssumeRole"].StaticValue.Values[0]; got != "arn:aws:iam::"+member1+":role/"+role || !r.Automatic || *r.RetryAttemptSeconds != 86400 {
		t.Errorf("remediation %+v", r)
	}
	tags := must[iamapi.ListRoleTagsOutput](w, member1, &iamapi.ListRoleTagsInput{RoleName: &role}).Tags
	if len(tags) != 1 || *tags[0].Key != "team" {
		t.Errorf("role tags %v: the stack's tag must be there", tags)
	}
	events := must[api.DescribeStackEventsOutput](w, member1, &api.DescribeStackEventsInput{StackName: aws.String("one")}).StackEvents
	if len(events) != 10 || *events[0].LogicalResourceId != "one" || events[0].ResourceStatus != "CREATE_COMPLETE" || !strings.Contains(*events[1].ResourceProperties, "SSM_DOCUMENT") {
		t.Errorf("%d events, newest %v", len(events), events[0])
	}

	refuses[api.CreateStackOutput](w, member1, &api.CreateStackInput{StackName: aws.String("one"), TemplateBody: aws.String(loop), Capabilities: capabilityIAM},
		"AlreadyExistsException", "Stack [one] already exists")
	refuses[api.UpdateStackOutput](w, member1, &api.UpdateStackInput{StackName: aws.String("one"), UsePreviousTemplate: aws.Bool(true), Capabilities: capabilityIAM},
		"ValidationError", "No updates are to be performed.")

	must[api.UpdateStackOutput](w, member1, &api.UpdateStackInput{
		StackName: aws.String("one"), UsePreviousTemplate: aws.Bool(true), Capabilities: capabilityIAM,
		Parameters: append(params("Text", "changed"), types.Parameter{ParameterKey: aws.String("Name"), UsePreviousValue: aws.Bool(true)}),
	})
	w.wants(member1, "one", types.StackStatusUpdateComplete)
	doc := must[ssmapi.DescribeDocumentOutput](w, member1, &ssmapi.DescribeDocumentInput{Name: aws.String("loop")}).Document
	if *doc.DefaultVersion != "2" {
		t.Errorf("default version %s: UpdateMethod NewVersion must make it 2", *doc.DefaultVersion)
	}
	if w.physical(member1, "one", "Role") != role {
		t.Error("the role was replaced")
	}

	must[api.DeleteStackOutput](w, member1, &api.DeleteStackInput{StackName: aws.String("one")})
	w.wants(member1, *st.StackId, types.StackStatusDeleteComplete)
	if n, m := w.rules.count(); n != 0 || m != 0 || len(w.roleNames(member1)) != 0 {
		t.Errorf("left over: %d rules, %d remediations, roles %v", n, m, w.roleNames(member1))
	}
	refuses[api.DescribeStacksOutput](w, member1, &api.DescribeStacksInput{StackName: aws.String("one")}, "ValidationError", "Stack with id one does not exist")
	list := must[api.ListStacksOutput](w, member1, &api.ListStacksInput{StackStatusFilter: []types.StackStatus{types.StackStatusDeleteComplete}})
	if len(list.StackSummaries) != 1 {
		t.Errorf("ListStacks shows %d deleted stacks", len(list.StackSummaries))
	}
}

func TestReplacement(t *testing.T) {
	w := newWorld(t)
	create(w, "one", loop)
	w.wants(member1, "one", types.StackStatusCreateComplete)
	update := func(text string, more ...types.Parameter) {
		must[api.UpdateStackOutput](w, member1, &api.UpdateStackInput{StackName: aws.String("one"), TemplateBody: &text, Capabilities: capabilityIAM, Parameters: more})
	}
	// Another rule name replaces the rule, the remediation that hangs on it, and the document.
	update(loop, params("Name", "other")...)
	w.wants(member1, "one", types.StackStatusUpdateComplete)
	if n, m := w.rules.count(); n != 1 || m != 1 || w.physical(member1, "one", "Rule") != "other" {
		t.Errorf("%d rules, %d remediations, rule %s", n, m, w.physical(member1, "one", "Rule"))
	}
	// A named document that would have to be replaced is refused, and the stack is rolled back.
	update(strings.Replace(loop, "      UpdateMethod: NewVersion\n", "", 1), params("Name", "other", "Text", "changed")...)
	st := w.wants(member1, "one", types.StackStatusUpdateRollbackComplete)
	if why := w.reasons(member1, "one"); !strings.Contains(why, "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename other") {
		t.Errorf("reasons:\n%s", why)
	}
	if *st.Parameters[1].ParameterValue != "hello" || *w.rules.m[member1+"/"+region+"/other"].Source.CustomPolicyDetails.PolicyText != "hello" {
		t.Error("the rule was not put back")
	}
	// A resource that is left out of the template is deleted.
	update(strings.Split(loop, "  Remediation:")[0]+"  Rule:"+strings.Split(loop, "  Rule:")[1], params("Name", "other")...)
	w.wants(member1, "one", types.StackStatusUpdateComplete)
	if n, m := w.rules.count(); n != 1 || m != 0 {
		t.Errorf("%d rules, %d remediations", n, m)
	}
}

func TestCreateFails(t *testing.T) {
	tests := []struct {
		name      string
		onFailure types.OnFailure
		want      types.StackStatus
		roles     int
	}{
		{"rollback", "", types.StackStatusRollbackComplete, 0},
		{"nothing", types.OnFailureDoNothing, types.StackStatusCreateFailed, 1},
		{"delete", types.OnFailureDelete, types.StackStatusDeleteComplete, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.faults.Add(call.Fault{Operation: "PutRemediationConfigurations", Err: errors.New("no luck")})
			out := must[api.CreateStackOutput](w, member1, &api.CreateStackInput{
				StackName: aws.String("one"), TemplateBody: aws.String(loop), Capabilities: capabilityIAM, OnFailure: tt.onFailure,
			})
			w.wants(member1, *out.StackId, tt.want)
			if why := w.reasons(member1, *out.StackId); !strings.Contains(why, "Remediation CREATE_FAILED: no luck") || !strings.Contains(why, "The following resource(s) failed to create: [Remediation]. ") {
				t.Errorf("reasons:\n%s", why)
			}
			if got := len(w.roleNames(member1)); got != tt.roles {
				t.Errorf("%d roles left, want %d", got, tt.roles)
			}
		})
	}
}

func TestDeleteFails(t *testing.T) {
	w := newWorld(t)
	create(w, "one", loop)
	w.wants(member1, "one", types.StackStatusCreateComplete)
	heal := w.faults.Add(call.Fault{Operation: "DeleteRemediationConfiguration", Err: errors.New("in progress")})
	must[api.DeleteStackOutput](w, member1, &api.DeleteStackInput{StackName: aws.String("one")})
	w.wants(member1, "one", types.StackStatusDeleteFailed)
	if why := w.reasons(member1, "one"); !strings.Contains(why, "The following resource(s) failed to delete: [Remediation]. ") {
		t.Errorf("reasons:\n%s", why)
	}
	if n, _ := w.rules.count(); n != 1 {
		t.Error("the rule went although the remediation needs it")
	}
	heal()
	id := *w.rest(member1, "one").StackId
	must[api.DeleteStackOutput](w, member1, &api.DeleteStackInput{StackName: aws.String("one")})
	w.wants(member1, id, types.StackStatusDeleteComplete)
}

func TestStackActsAsItsCaller(t *testing.T) {
	w := newWorld(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	must[iamapi.CreateRoleOutput](w, member1, &iamapi.CreateRoleInput{RoleName: aws.String("deployer"), AssumeRolePolicyDocument: &trust})
	must[iamapi.PutRolePolicyOutput](w, member1, &iamapi.PutRolePolicyInput{
		RoleName: aws.String("deployer"), PolicyName: aws.String("p"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","ssm:*"],"Resource":"*"}]}`),
	})
	must[api.CreateStackOutput](w, member1, &api.CreateStackInput{
		StackName: aws.String("one"), TemplateBody: aws.String(loop), Capabilities: capabilityIAM, RoleARN: aws.String("arn:aws:iam::" + member1 + ":role/deployer"),
	})
	w.wants(member1, "one", types.StackStatusRollbackComplete)
	why := w.reasons(member1, "one")
	if !strings.Contains(why, "assumed-role/deployer/AWSCloudFormation is not authorized to perform: config:DescribeConfigRules") || !strings.Contains(why, "HandlerErrorCode: AccessDenied") {
		t.Errorf("reasons:\n%s", why)
	}
}

func TestStackRefusals(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name, body, code, want string
		capabilities           []types.Capability
		parameters             []types.Parameter
	}{
		{name: "capability", body: loop, code: "InsufficientCapabilitiesException", want: "Requires capabilities : [CAPABILITY_IAM]"},
		{name: "named", body: "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {RoleName: x, AssumeRolePolicyDocument: {}}}}", capabilities: capabilityIAM, code: "InsufficientCapabilitiesException", want: "[CAPABILITY_NAMED_IAM]"},
		{name: "parameter", body: loop, capabilities: capabilityIAM, parameters: params("Nope", "x"), code: "ValidationError", want: "Parameters: [Nope] do not exist in the template"},
		{name: "type", body: "Resources: {B: {Type: 'AWS::S3::Bucket'}}", code: "SandboxUnsupported", want: "the resource type AWS::S3::Bucket (resource B)"},
		{name: "property", body: "Resources: {D: {Type: 'AWS::SSM::Document', Properties: {Content: {}, Attachments: []}}}", code: "SandboxUnsupported", want: "the property Attachments of AWS::SSM::Document"},
		{name: "nested property", body: "Resources: {D: {Type: 'AWS::Config::ConfigRule', Properties: {Source: {Owner: AWS, Foo: 1}}}}", code: "SandboxUnsupported", want: "the property Source.Foo of AWS::Config::ConfigRule"},
		{name: "attribute", body: "Resources: {D: {Type: 'AWS::SSM::Document', Properties: {Content: {}}}}\nOutputs: {O: {Value: !GetAtt D.Arn}}", code: "ValidationError", want: "Template error: resource D does not support attribute type Arn in Fn::GetAtt"},
		{name: "function", body: "Resources: {D: {Type: 'AWS::SSM::Document', Properties: {Content: !GetAZs ''}}}", code: "SandboxUnsupported", want: "the function Fn::GetAZs"},
		{name: "length", body: strings.Repeat("#", 51201), code: "ValidationError", want: "51200"},
		{name: "select", body: "Resources: {D: {Type: 'AWS::SSM::Document', Properties: {Content: !Select [3, [a]]}}}", code: "ValidationError", want: "cannot select nonexistent value at index 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(*testing.T) {
			refuses[api.CreateStackOutput](w, member1, &api.CreateStackInput{
				StackName: aws.String("one"), TemplateBody: &tt.body, Capabilities: tt.capabilities, Parameters: tt.parameters,
			}, tt.code, tt.want)
		})
	}
	refuses[api.CreateStackOutput](w, member1, &api.CreateStackInput{StackName: aws.String("1"), TemplateBody: aws.String(loop)}, "ValidationError", "stackName")
	refuses[api.CreateStackOutput](w, member1, &api.CreateStackInput{StackName: aws.String("one"), TemplateURL: aws.String("x")}, "SandboxUnsupported", "the member TemplateURL")
	if n := len(must[api.ListStacksOutput](w, member1, &api.ListStacksInput{}).StackSummaries); n != 0 {
		t.Errorf("%d stacks after refusals", n)
	}
}

func TestMissingRequiredProperty(t *testing.T) {
	w := newWorld(t)
	create(w, "one", "Resources: {R: {Type: 'AWS::Config::ConfigRule'}}")
	w.wants(member1, "one", types.StackStatusRollbackComplete)
	if why := w.reasons(member1, "one"); !strings.Contains(why, "required key [Source] not found") {
		t.Errorf("reasons:\n%s", why)
	}
}

func TestChangeSets(t *testing.T) {
	w := newWorld(t)
	prepare := func(name string, kind types.ChangeSetType, text string) *api.DescribeChangeSetOutput {
		must[api.CreateChangeSetOutput](w, member1, &api.CreateChangeSetInput{
			StackName: aws.String("one"), ChangeSetName: &name, ChangeSetType: kind, TemplateBody: aws.String(loop), Capabilities: capabilityIAM, Parameters: params("Text", text),
		})
		return must[api.DescribeChangeSetOutput](w, member1, &api.DescribeChangeSetInput{StackName: aws.String("one"), ChangeSetName: &name})
	}
	execute := func(name string) {
		must[api.ExecuteChangeSetOutput](w, member1, &api.ExecuteChangeSetInput{StackName: aws.String("one"), ChangeSetName: &name})
	}
	if cs := prepare("first", types.ChangeSetTypeCreate, "a"); len(cs.Changes) != 4 || cs.Status != types.ChangeSetStatusCreateComplete {
		t.Errorf("first: %d changes, %s", len(cs.Changes), cs.Status)
	}
	execute("first")
	w.wants(member1, "one", types.StackStatusCreateComplete)
	if cs := prepare("same", types.ChangeSetTypeUpdate, "a"); cs.Status != types.ChangeSetStatusFailed || !strings.Contains(*cs.StatusReason, "didn't contain changes") {
		t.Errorf("same: %s %v", cs.Status, cs.StatusReason)
	}
	cs := prepare("second", types.ChangeSetTypeUpdate, "b")
	got := map[string]types.Replacement{}
	for _, c := range cs.Changes {
		got[*c.ResourceChange.LogicalResourceId] = c.ResourceChange.Replacement
	}
	if diff := cmp.Diff(map[string]types.Replacement{"Rule": "False", "Runbook": "False"}, got); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
	execute("second")
	w.wants(member1, "one", types.StackStatusUpdateComplete)
	refuses[api.DescribeChangeSetOutput](w, member1, &api.DescribeChangeSetInput{StackName: aws.String("one"), ChangeSetName: aws.String("nope")}, "ChangeSetNotFound", "ChangeSet [nope] does not exist")
}

func TestTemplateSummary(t *testing.T) {
	w := newWorld(t)
	out := must[api.GetTemplateSummaryOutput](w, member1, &api.GetTemplateSummaryInput{TemplateBody: aws.String(loop)})
	if len(out.Parameters) != 3 || out.Capabilities[0] != types.CapabilityCapabilityIam || *out.CapabilitiesReason != "The following resource(s) require capabilities: [AWS::IAM::Role]" {
		t.Errorf("summary %+v", out)
	}
	v := must[api.ValidateTemplateOutput](w, member1, &api.ValidateTemplateInput{TemplateBody: aws.String(loop)})
	if *v.Description != "the loop" || len(v.Parameters) != 3 {
		t.Errorf("validation %+v", v)
	}
}

func TestDeleteWhileCreating(t *testing.T) {
	w := newWorld(t)
	release := w.block()
	create(w, "one", loop)
	id := *must[api.DescribeStacksOutput](w, member1, &api.DescribeStacksInput{StackName: aws.String("one")}).Stacks[0].StackId
	must[api.DeleteStackOutput](w, member1, &api.DeleteStackInput{StackName: aws.String("one")})
	release()
	w.wants(member1, id, types.StackStatusDeleteComplete)
	if n, m := w.rules.count(); n+m+len(w.roleNames(member1)) != 0 {
		t.Errorf("left over: %d rules, %d remediations, roles %v", n, m, w.roleNames(member1))
	}
}

func TestManagedPolicy(t *testing.T) {
	w := newWorld(t)
	const body = `
Parameters: {Action: {Type: String, Default: 'lambda:GetFunction'}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ssm.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: !Ref Action, Resource: '*'}]}}
  Inline:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: i, Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: !Ref Action, Resource: '*'}]}}
`
	create(w, "one", body)
	st := w.wants(member1, "one", types.StackStatusCreateComplete)
	must[api.UpdateStackOutput](w, member1, &api.UpdateStackInput{
		StackName: aws.String("one"), UsePreviousTemplate: aws.Bool(true), Capabilities: capabilityIAM, Parameters: params("Action", "lambda:ListFunctions"),
	})
	w.wants(member1, "one", types.StackStatusUpdateComplete)
	policy := must[iamapi.GetPolicyOutput](w, member1, &iamapi.GetPolicyInput{PolicyArn: aws.String(w.physical(member1, "one", "Managed"))}).Policy
	if *policy.DefaultVersionId != "v2" || *policy.AttachmentCount != 1 {
		t.Errorf("policy %s, attached %d times", *policy.DefaultVersionId, *policy.AttachmentCount)
	}
	must[api.DeleteStackOutput](w, member1, &api.DeleteStackInput{StackName: aws.String("one")})
	w.wants(member1, *st.StackId, types.StackStatusDeleteComplete)
}
