package iam_test

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
)

const (
	acct  = "100000000001"
	trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:*","Resource":"*"}]}`
)

type world struct {
	*testing.T
	dispatcher *call.Dispatcher
	iam        *iam.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.New(1)
	w := &world{T: t, dispatcher: call.New(clk), iam: iam.New(iam.Config{Clock: clk, IDs: ids.New(1), Quirks: quirktest.Turned(t, nil)})}
	w.dispatcher.Register(w.iam.Operations()...)
	w.dispatcher.Intercept(call.CheckPermissions(w.iam))
	return w
}

func admin() call.Caller { return call.Administrator(acct, "us-east-1") }

// try makes a call as the administrator and gives the error's code and text.
func try[I any](w *world, in *I) string {
	w.Helper()
	var op *call.Op
	for _, o := range w.dispatcher.Operations() {
		if o.In == reflect.TypeFor[I]() {
			op = o
		}
	}
	_, err := w.dispatcher.Do(w.Context(), admin(), op, in)
	var ae smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ae):
		return ae.ErrorCode() + ": " + ae.ErrorMessage()
	}
	return "not an API error: " + err.Error()
}

func must[O, I any](w *world, in *I) *O {
	w.Helper()
	out, err := call.Do[O](w.Context(), w.dispatcher, admin(), in)
	if err != nil {
		w.Fatalf("%T: %v", in, err)
	}
	return out
}

func role(w *world, name string) {
	w.Helper()
	must[api.CreateRoleOutput](w, &api.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trust)})
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	name := aws.String("worker")
	role(w, "worker")
	must[api.PutRolePolicyOutput](w, &api.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)})
	must[api.CreatePolicyOutput](w, &api.CreatePolicyInput{PolicyName: aws.String("mine"), PolicyDocument: aws.String(allow)})
	mine := aws.String("arn:aws:iam::" + acct + ":policy/mine")
	if _, err := w.iam.EnsureServiceRole(acct, "config.amazonaws.com"); err != nil {
		t.Fatal(err)
	}
	big := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:*","Resource":"arn:aws:lambda:` + strings.Repeat("x", 11000) + `"}]}`
	tests := []struct {
		name string
		got  string
		want string
	}{
		{"role twice, other case", try(w, &api.CreateRoleInput{RoleName: aws.String("Worker"), AssumeRolePolicyDocument: aws.String(trust)}), "EntityAlreadyExists: Role with name Worker already exists."},
		{"role name", try(w, &api.CreateRoleInput{RoleName: aws.String("a b"), AssumeRolePolicyDocument: aws.String(trust)}), `ValidationError: 1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+`},
		{"trust", try(w, &api.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(allow)}), "MalformedPolicyDocument: Has prohibited field Resource"},
		{"no trust", try(w, &api.CreateRoleInput{RoleName: aws.String("r")}), "ValidationError: 1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null"},
		{"trust of a role that is not there", try(w, &api.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(strings.Replace(trust, `{"Service":"lambda.amazonaws.com"}`, `{"AWS":"arn:aws:iam::`+acct+`:role/ghost"}`, 1))}), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::` + acct + `:role/ghost"`},
		{"long trust", try(w, &api.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(strings.Replace(trust, `"Effect"`, `"Sid":"`+strings.Repeat("a", 2048)+`","Effect"`, 1))}), "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
		{"unknown key", try(w, &api.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("k"), PolicyDocument: aws.String(strings.Replace(allow, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEquals":{"ec2:Region":"x"}}`, 1))}), "SandboxUnsupported: the layerfleet sandbox does not support the condition key ec2:region"},
		{"session duration", try(w, &api.UpdateRoleInput{RoleName: name, MaxSessionDuration: aws.Int32(60)}), "ValidationError: 1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600"},
		{"no role", try(w, &api.GetRoleInput{RoleName: aws.String("ghost")}), "NoSuchEntity: The role with name ghost cannot be found."},
		{"no inline policy", try(w, &api.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("x")}), "NoSuchEntity: The role policy with name x cannot be found."},
		{"inline size", try(w, &api.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("big"), PolicyDocument: &big}), "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role worker"},
		{"managed size", try(w, &api.CreatePolicyInput{PolicyName: aws.String("big"), PolicyDocument: &big}), "LimitExceeded: Cannot exceed quota for PolicySize: 6144"},
		{"delete role with policies", try(w, &api.DeleteRoleInput{RoleName: name}), "DeleteConflict: Cannot delete entity, must delete policies first."},
		{"policy twice", try(w, &api.CreatePolicyInput{PolicyName: aws.String("Mine"), PolicyDocument: aws.String(allow)}), "EntityAlreadyExists: A policy called Mine already exists. Duplicate names are not allowed."},
		{"attach", try(w, &api.AttachRolePolicyInput{RoleName: name, PolicyArn: mine}), ""},
		{"attach again", try(w, &api.AttachRolePolicyInput{RoleName: name, PolicyArn: mine}), ""},
		{"delete attached policy", try(w, &api.DeletePolicyInput{PolicyArn: mine}), "DeleteConflict: Cannot delete a policy attached to entities."},
		{"attach nothing", try(w, &api.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::" + acct + ":policy/no")}), "NoSuchEntity: Policy arn:aws:iam::" + acct + ":policy/no does not exist or is not attachable."},
		{"attach AWS policy that is not here", try(w, &api.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")}), "SandboxUnsupported: the layerfleet sandbox does not support the AWS managed policy arn:aws:iam::aws:policy/PowerUserAccess"},
		{"attach service role policy", try(w, &api.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/aws-service-role/AWSConfigServiceRolePolicy")}), "PolicyNotAttachable: Cannot attach a Service Role Policy to a Customer Role."},
		{"delete inline", try(w, &api.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("p")}), ""},
		{"delete role with attached", try(w, &api.DeleteRoleInput{RoleName: name}), "DeleteConflict: Cannot delete entity, must detach all policies first."},
		{"detach", try(w, &api.DetachRolePolicyInput{RoleName: name, PolicyArn: mine}), ""},
		{"detach again", try(w, &api.DetachRolePolicyInput{RoleName: name, PolicyArn: mine}), "NoSuchEntity: Policy arn:aws:iam::" + acct + ":policy/mine was not found."},
		{"delete", try(w, &api.DeleteRoleInput{RoleName: name}), ""},
		{"linked twice", try(w, &api.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("config.amazonaws.com")}), "InvalidInput: Service role name AWSServiceRoleForConfig has been taken in this account, please try a different suffix."},
		{"linked of others", try(w, &api.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("ec2.amazonaws.com")}), "SandboxUnsupported: the layerfleet sandbox does not support service-linked roles of ec2.amazonaws.com"},
		{"linked role is AWS's", try(w, &api.DeleteRoleInput{RoleName: aws.String("AWSServiceRoleForConfig")}), "UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForConfig' - this role is only modifiable by AWS"},
		{"boundary", try(w, &api.CreateRoleInput{RoleName: aws.String("b"), AssumeRolePolicyDocument: aws.String(trust), PermissionsBoundary: mine}), ""},
		{"boundary in use", try(w, &api.DeletePolicyInput{PolicyArn: mine}), "DeleteConflict: Cannot delete a policy attached to entities."},
		{"reserved tag", try(w, &api.TagRoleInput{RoleName: aws.String("b"), Tags: []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("")}}}), "InvalidInput: Tag keys starting with aws: are reserved for system use"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestRoleAsAWSShowsIt(t *testing.T) {
	w := newWorld(t)
	in := &api.CreateRoleInput{
		RoleName: aws.String("worker"), AssumeRolePolicyDocument: aws.String(trust), Path: aws.String("/team/"), Description: aws.String("d"),
		MaxSessionDuration: aws.Int32(7200), Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("1")}},
	}
	must[api.CreateRoleOutput](w, in)
	r := must[api.GetRoleOutput](w, &api.GetRoleInput{RoleName: in.RoleName}).Role
	doc, err := url.QueryUnescape(*r.AssumeRolePolicyDocument)
	if err != nil || doc != trust || strings.Contains(*r.AssumeRolePolicyDocument, "+") {
		t.Errorf("document %q, %v", *r.AssumeRolePolicyDocument, err)
	}
	if *r.Arn != "arn:aws:iam::"+acct+":role/team/worker" || *r.MaxSessionDuration != 7200 || len(*r.RoleId) != 21 || *r.Tags[0].Key != "a" {
		t.Errorf("role %+v", r)
	}
	if l := must[api.ListRolesOutput](w, &api.ListRolesInput{PathPrefix: aws.String("/team/")}); len(l.Roles) != 1 || l.Roles[0].Tags != nil {
		t.Errorf("list %+v", l.Roles)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	for _, n := range []string{"c", "a", "b"} {
		role(w, n)
	}
	var names []string
	in := &api.ListRolesInput{MaxItems: aws.Int32(2)}
	for {
		out := must[api.ListRolesOutput](w, in)
		for _, r := range out.Roles {
			names = append(names, *r.RoleName)
		}
		if names = append(names, "|"); !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	if got := strings.Join(names, ""); got != "ab|c|" {
		t.Errorf("pages %q", got)
	}
	if got := try(w, &api.ListRolesInput{Marker: aws.String("%")}); got != "InvalidInput: Invalid Marker." {
		t.Error(got)
	}
}

func TestPolicyVersions(t *testing.T) {
	w := newWorld(t)
	arn := must[api.CreatePolicyOutput](w, &api.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)}).Policy.Arn
	for i := range 4 {
		must[api.CreatePolicyVersionOutput](w, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow), SetAsDefault: i == 0})
	}
	for name, tt := range map[string]struct{ got, want string }{
		"sixth":       {try(w, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow)}), "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."},
		"default":     {try(w, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")}), "DeleteConflict: Cannot delete the default version of a policy."},
		"delete":      {try(w, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}), ""},
		"gone":        {try(w, &api.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}), "NoSuchEntity: Policy " + *arn + " version v1 does not exist or is not attachable."},
		"with others": {try(w, &api.DeletePolicyInput{PolicyArn: arn}), "DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
	if p := must[api.GetPolicyOutput](w, &api.GetPolicyInput{PolicyArn: arn}).Policy; *p.DefaultVersionId != "v2" {
		t.Errorf("default %s", *p.DefaultVersionId)
	}
	if l := must[api.ListPoliciesOutput](w, &api.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}); len(l.Policies) != 1 {
		t.Errorf("%d local policies", len(l.Policies))
	}
}

// TestPagesOfVersions lists versions whose numbers have one and two digits.
func TestPagesOfVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := must[api.CreatePolicyOutput](w, &api.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)}).Policy.Arn
	for i := range 10 {
		must[api.CreatePolicyVersionOutput](w, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allow), SetAsDefault: true})
		if i < 7 {
			must[api.DeletePolicyVersionOutput](w, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v" + strconv.Itoa(i+1))})
		}
	}
	var ids []string
	in := &api.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: aws.Int32(2)}
	for more := true; more; {
		out := must[api.ListPolicyVersionsOutput](w, in)
		for _, v := range out.Versions {
			ids = append(ids, *v.VersionId)
		}
		more, in.Marker = out.IsTruncated, out.Marker
	}
	if got := strings.Join(ids, " "); got != "v8 v9 v10 v11" {
		t.Errorf("versions %s", got)
	}
}

func TestEveryAWSPolicyCompilesInEveryPartition(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		s := iam.New(iam.Config{Clock: clock.New(1), IDs: ids.New(1), Partition: partition})
		if _, err := s.EnsureServiceRole(acct, "member.org.stacksets.cloudformation.amazonaws.com"); err != nil {
			t.Errorf("%s: %v", partition, err)
		}
	}
}

func TestAssumable(t *testing.T) {
	w := newWorld(t)
	role(w, "worker")
	arn := "arn:aws:iam::" + acct + ":role/worker"
	for service, want := range map[string]bool{"lambda.amazonaws.com": true, "ssm.amazonaws.com": false} {
		if got := w.iam.Assumable(context.Background(), service, acct, arn); got != want {
			t.Errorf("%s: %v", service, got)
		}
	}
}

// TestForeignResources checks what a policy of the own account is enough for.
func TestForeignResources(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, service, action, resource string
		want                            bool
	}{
		{name: "own function", service: "lambda", action: "lambda:GetFunction", resource: "arn:aws:lambda:us-east-1:" + acct + ":function:f", want: true},
		{name: "foreign function", service: "lambda", action: "lambda:GetFunction", resource: "arn:aws:lambda:us-east-1:100000000009:function:f"},
		{name: "foreign document", service: "ssm", action: "ssm:GetDocument", resource: "arn:aws:ssm:us-east-1:100000000009:document/d", want: true},
		{name: "foreign role", service: "ssm", action: "iam:PassRole", resource: "arn:aws:iam::100000000009:role/r"},
	} {
		err := w.iam.Authorize(t.Context(), &call.Op{Service: tt.service}, admin(), call.Permission{Action: tt.action, Resource: tt.resource})
		if (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
