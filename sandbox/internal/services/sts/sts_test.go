package sts_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	api "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/sts"
)

const (
	management = "100000000000"
	member     = "100000000001"
	suspended  = "100000000002"
	outsider   = "999999999999"
	function   = "arn:aws:lambda:us-east-1:100000000001:function:f"
)

// organization is the part of the port that iam and sts ask.
type organization struct{ ports.Organization }

func (organization) ID() string { return "o-abcdefghij" }
func (organization) Path(account string) string {
	return "o-abcdefghij/r-abcd/ou-abcd-" + account + "/"
}

func (organization) Account(id string) (ports.Account, bool) {
	switch id {
	case management, member:
		return ports.Account{ID: id, State: "ACTIVE"}, true
	case suspended:
		return ports.Account{ID: id, State: "SUSPENDED"}, true
	}
	return ports.Account{}, false
}

// layers is a resource policy of another service.
type layers map[string]string

func (l layers) ResourcePolicy(arn string) (string, bool) { p, ok := l[arn]; return p, ok }

type world struct {
	testing.TB
	dispatcher *call.Dispatcher
	iam        *iam.Service
	sts        *sts.Service
}

func newWorld(t testing.TB, policies layers) *world {
	t.Helper()
	clk := clock.New(1)
	w := &world{TB: t, dispatcher: call.New(clk)}
	w.iam = iam.New(iam.Config{Clock: clk, IDs: ids.New(1), Organization: organization{}, Policies: []ports.ResourcePolicies{policies}, Quirks: quirktest.Turned(t, nil)})
	w.sts = sts.New(sts.Config{IAM: w.iam, Organization: organization{}, Secret: "secret"})
	w.dispatcher.Register(w.iam.Operations()...)
	w.dispatcher.Register(w.sts.Operations()...)
	w.dispatcher.Register(
		call.Operation("lambda", "GetFunction", func(context.Context, call.Caller, *lambda.GetFunctionInput) (*lambda.GetFunctionOutput, error) {
			return &lambda.GetFunctionOutput{}, nil
		}).Accepts("FunctionName").Permissions(call.On(func(_ call.Caller, in *lambda.GetFunctionInput) string { return *in.FunctionName })),
		call.Operation("lambda", "GetLayerVersionByArn", func(context.Context, call.Caller, *lambda.GetLayerVersionByArnInput) (*lambda.GetLayerVersionByArnOutput, error) {
			return &lambda.GetLayerVersionByArnOutput{}, nil
		}).Accepts("Arn").Permissions(call.OnAction("lambda:GetLayerVersion", func(_ call.Caller, in *lambda.GetLayerVersionByArnInput) string { return *in.Arn })),
	)
	w.dispatcher.Intercept(call.CheckPermissions(w.iam))
	return w
}

func (w *world) role(account, name, principal, condition string, policies ...string) string {
	w.Helper()
	c := call.Administrator(account, "us-east-1")
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}]}`
	out, err := call.Do[iamapi.CreateRoleOutput](w.Context(), w.dispatcher, c, &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &doc})
	if err != nil {
		w.Fatal(err)
	}
	for i, p := range policies {
		if _, err := call.Do[iamapi.PutRolePolicyOutput](w.Context(), w.dispatcher, c, &iamapi.PutRolePolicyInput{
			RoleName: &name, PolicyName: aws.String(fmt.Sprint("p", i)), PolicyDocument: aws.String(policy(p)),
		}); err != nil {
			w.Fatal(err)
		}
	}
	return *out.Role.Arn
}

func policy(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

func (w *world) assume(ctx context.Context, c call.Caller, in *api.AssumeRoleInput) (call.Caller, error) {
	if in.RoleSessionName == nil {
		in.RoleSessionName = aws.String("session")
	}
	out, err := call.Do[api.AssumeRoleOutput](ctx, w.dispatcher, c, in)
	if err != nil {
		return call.Caller{}, err
	}
	cred, ok := w.sts.Credential(*out.Credentials.AccessKeyId)
	if !ok || cred.Secret != *out.Credentials.SecretAccessKey || cred.Token != *out.Credentials.SessionToken || !cred.Expires.Equal(*out.Credentials.Expiration) {
		w.Fatalf("credential %+v of %+v", cred, out.Credentials)
	}
	return cred.Caller.InRegion("us-east-1"), nil
}

func code(err error) string {
	var ae smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &ae):
		return ae.ErrorCode() + ": " + ae.ErrorMessage()
	}
	return "not an API error: " + err.Error()
}

func TestAssumeRole(t *testing.T) {
	w := newWorld(t, nil)
	root := `{"AWS":"arn:aws:iam::` + management + `:root"}`
	access := w.role(member, "access", root, "")
	external := w.role(member, "external", root, `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}`)
	byService := w.role(member, "service", `{"Service":"scheduler.amazonaws.com"}`, `,"Condition":{"StringEquals":{"aws:SourceAccount":"`+member+`"},"ArnLike":{"aws:SourceArn":"arn:aws:scheduler:*:*:schedule-group/*"}}`)
	own := w.role(management, "own", root, "")
	org := w.role(member, "org", `"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}`)
	closed := w.role(suspended, "closed", root, "")
	mgmt := call.Administrator(management, "us-east-1")
	helper, err := w.assume(t.Context(), mgmt, &api.AssumeRoleInput{RoleArn: &own})
	if err != nil {
		t.Fatal(err)
	}
	group := iampolicy.WithSourceARN(t.Context(), "arn:aws:scheduler:us-east-1:"+member+":schedule-group/default")
	scheduler := call.ServiceCaller("scheduler.amazonaws.com", member, "us-east-1")
	denied := func(c call.Caller, role string) string {
		return "AccessDenied: User: " + c.Principal + " is not authorized to perform: sts:AssumeRole on resource: " + role
	}
	tests := []struct {
		name string
		ctx  context.Context
		c    call.Caller
		in   api.AssumeRoleInput
		want string
	}{
		{name: "trusted account", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access}},
		{name: "own account", c: mgmt, in: api.AssumeRoleInput{RoleArn: &own}},
		{name: "a role without the permission", c: helper, in: api.AssumeRoleInput{RoleArn: &access}, want: denied(helper, access)},
		{name: "another account", c: call.Administrator(outsider, "r"), in: api.AssumeRoleInput{RoleArn: &access}, want: denied(call.Administrator(outsider, "r"), access)},
		{name: "its own account's administrator is not trusted", c: call.Administrator(member, "r"), in: api.AssumeRoleInput{RoleArn: &access}, want: denied(call.Administrator(member, "r"), access)},
		{name: "no such role", c: mgmt, in: api.AssumeRoleInput{RoleArn: aws.String(access + "x")}, want: denied(mgmt, access+"x")},
		{name: "external id", c: mgmt, in: api.AssumeRoleInput{RoleArn: &external, ExternalId: aws.String("secret")}},
		{name: "no external id", c: mgmt, in: api.AssumeRoleInput{RoleArn: &external}, want: denied(mgmt, external)},
		{name: "organization", c: mgmt, in: api.AssumeRoleInput{RoleArn: &org}},
		{name: "outside the organization", c: call.Administrator(outsider, "r"), in: api.AssumeRoleInput{RoleArn: &org}, want: denied(call.Administrator(outsider, "r"), org)},
		{name: "service", ctx: group, c: scheduler, in: api.AssumeRoleInput{RoleArn: &byService}},
		{name: "service without a source", c: scheduler, in: api.AssumeRoleInput{RoleArn: &byService}, want: denied(scheduler, byService)},
		{name: "another service", ctx: group, c: call.ServiceCaller("ssm.amazonaws.com", member, "r"), in: api.AssumeRoleInput{RoleArn: &byService}, want: denied(call.ServiceCaller("ssm.amazonaws.com", "", ""), byService)},
		{name: "suspended", c: mgmt, in: api.AssumeRoleInput{RoleArn: &closed}, want: denied(mgmt, closed)},
		{name: "ARN", c: mgmt, in: api.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::1:role/some-role")}, want: "ValidationError: arn:aws:iam::1:role/some-role is invalid"},
		{name: "short ARN", c: mgmt, in: api.AssumeRoleInput{RoleArn: aws.String("x")}, want: "ValidationError: 1 validation error detected: Value 'x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20"},
		{name: "session name", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, RoleSessionName: aws.String("a b")}, want: `ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{name: "short", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, DurationSeconds: aws.Int32(60)}, want: "ValidationError: 1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		{name: "longer than the role allows", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, DurationSeconds: aws.Int32(7200)}, want: "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{name: "policy", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, Policy: aws.String("{")}, want: "MalformedPolicyDocument: This policy contains invalid Json"},
		{name: "policy ARN", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::" + member + ":policy/no")}}}, want: "ValidationError: Policy arn:aws:iam::" + member + ":policy/no does not exist or is not attachable."},
		{name: "tags", c: mgmt, in: api.AssumeRoleInput{RoleArn: &access, Tags: []types.Tag{{}}}, want: "SandboxUnsupported: the layerfleet sandbox does not support the member Tags of sts AssumeRole"},
	}
	for _, tt := range tests {
		if tt.ctx == nil {
			tt.ctx = t.Context()
		}
		if _, err := w.assume(tt.ctx, tt.c, &tt.in); code(err) != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, code(err), tt.want)
		}
	}
}

func TestRoleChainingEndsAfterAnHour(t *testing.T) {
	w := newWorld(t, nil)
	root := `{"AWS":"arn:aws:iam::` + member + `:root"}`
	first := w.role(member, "first", root, "", `"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"`)
	second := w.role(member, "second", root, "")
	admin := call.Administrator(member, "us-east-1")
	if _, err := call.Do[iamapi.UpdateRoleOutput](t.Context(), w.dispatcher, admin, &iamapi.UpdateRoleInput{RoleName: aws.String("second"), MaxSessionDuration: aws.Int32(43200)}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.assume(t.Context(), admin, &api.AssumeRoleInput{RoleArn: &second, DurationSeconds: aws.Int32(43200)}); err != nil {
		t.Error(err)
	}
	c, err := w.assume(t.Context(), admin, &api.AssumeRoleInput{RoleArn: &first})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.assume(t.Context(), c, &api.AssumeRoleInput{RoleArn: &second}); err != nil {
		t.Error(err)
	}
	_, err = w.assume(t.Context(), c, &api.AssumeRoleInput{RoleArn: &second, DurationSeconds: aws.Int32(7200)})
	if got := code(err); !strings.Contains(got, "role chaining") {
		t.Error(got)
	}
}

func TestSessionsAreJudged(t *testing.T) {
	const own, foreign, private = "arn:aws:lambda:us-east-1:100000000001:layer:l:1", "arn:aws:lambda:us-east-1:100000000000:layer:l:1", "arn:aws:lambda:us-east-1:100000000000:layer:l:2"
	w := newWorld(t, layers{foreign: `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"organization","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"` + foreign + `","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}}]}`})
	root := `{"AWS":"arn:aws:iam::` + member + `:root"}`
	w.role(member, "reader", root, "",
		`"Effect":"Allow","Action":["lambda:GetLayerVersion","lambda:GetFunction"],"Resource":"*"`, `"Effect":"Deny","Action":"lambda:*","Resource":"`+function+`-secret"`)
	w.role(member, "idle", root, "")
	admin := call.Administrator(member, "us-east-1")
	session := func(role string, in api.AssumeRoleInput) call.Caller {
		t.Helper()
		in.RoleArn = aws.String("arn:aws:iam::" + member + ":role/" + role)
		c, err := w.assume(t.Context(), admin, &in)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain, idle := session("reader", api.AssumeRoleInput{}), session("idle", api.AssumeRoleInput{})
	scoped := session("reader", api.AssumeRoleInput{Policy: aws.String(policy(`"Effect":"Allow","Action":"lambda:GetLayerVersion","Resource":"*"`))})
	managed := session("reader", api.AssumeRoleInput{PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}}})
	user := func(c call.Caller) string {
		return "AccessDeniedException: User: " + c.Principal + " is not authorized to perform: "
	}
	getFunction := func(c call.Caller, arn string) error {
		_, err := call.Do[lambda.GetFunctionOutput](t.Context(), w.dispatcher, c, &lambda.GetFunctionInput{FunctionName: &arn})
		return err
	}
	getLayer := func(c call.Caller, arn string) error {
		_, err := call.Do[lambda.GetLayerVersionByArnOutput](t.Context(), w.dispatcher, c, &lambda.GetLayerVersionByArnInput{Arn: &arn})
		return err
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"administrator", getFunction(admin, function), ""},
		{"administrator elsewhere", getFunction(admin, strings.Replace(function, member, management, 1)), user(admin) + "lambda:GetFunction on resource: " + strings.Replace(function, member, management, 1) + " because no resource-based policy allows the lambda:GetFunction action"},
		{"role", getFunction(plain, function), ""},
		{"role without policies", getFunction(idle, function), user(idle) + "lambda:GetFunction on resource: " + function + " because no identity-based policy allows the lambda:GetFunction action"},
		{"explicit deny", getFunction(plain, function+"-secret"), user(plain) + "lambda:GetFunction on resource: " + function + "-secret with an explicit deny in an identity-based policy"},
		{"session policy", getFunction(scoped, function), user(scoped) + "lambda:GetFunction on resource: " + function + " because no session policy allows the lambda:GetFunction action"},
		{"session policy allows", getLayer(scoped, own), ""},
		{"session policy by ARN", getFunction(managed, function), ""},
		{"shared layer", getLayer(plain, foreign), ""},
		{"shared layer without identity policy", getLayer(idle, foreign), user(idle) + "lambda:GetLayerVersion on resource: " + foreign + " because no identity-based policy allows the lambda:GetLayerVersion action"},
		{"layer that is not shared", getLayer(plain, private), user(plain) + "lambda:GetLayerVersion on resource: " + private + " because no resource-based policy allows the lambda:GetLayerVersion action"},
		{"shared with the organization only", getLayer(call.Administrator(outsider, "us-east-1"), foreign), user(call.Administrator(outsider, "")) + "lambda:GetLayerVersion on resource: " + foreign + " because no resource-based policy allows the lambda:GetLayerVersion action"},
		{"service by itself", getFunction(call.ServiceCaller("ssm.amazonaws.com", member, "us-east-1"), function), "AccessDeniedException: User: ssm.amazonaws.com is not authorized to perform: lambda:GetFunction on resource: " + function + " because no resource-based policy allows the lambda:GetFunction action"},
	}
	for _, tt := range tests {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	grants, ok := w.iam.Grants(member, "reader")
	if !ok || len(grants) != 1 || grants[0].Actions[0].Uses != 2 || grants[0].Actions[1].Uses != 2 {
		t.Errorf("grants %+v", grants)
	}

	// A role that was deleted takes its sessions' permissions along, also when another role gets its name.
	for _, p := range []string{"p0", "p1"} {
		if _, err := call.Do[iamapi.DeleteRolePolicyOutput](t.Context(), w.dispatcher, admin, &iamapi.DeleteRolePolicyInput{RoleName: aws.String("reader"), PolicyName: &p}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := call.Do[iamapi.DeleteRoleOutput](t.Context(), w.dispatcher, admin, &iamapi.DeleteRoleInput{RoleName: aws.String("reader")}); err != nil {
		t.Fatal(err)
	}
	w.role(member, "reader", root, "", `"Effect":"Allow","Action":"*","Resource":"*"`)
	if got := code(getFunction(plain, function)); !strings.Contains(got, "no identity-based policy") {
		t.Errorf("session of a deleted role: %q", got)
	}
}

func TestConditionKeys(t *testing.T) {
	w := newWorld(t, nil)
	admin := call.Administrator(member, "us-east-1")
	name, root := "keyed", `{"AWS":"`+member+`"}`
	role := w.role(member, name, root, "")
	if _, err := call.Do[iamapi.TagRoleOutput](t.Context(), w.dispatcher, admin, &iamapi.TagRoleInput{RoleName: &name, Tags: []iamtypes.Tag{{Key: aws.String("Team"), Value: aws.String("blue")}}}); err != nil {
		t.Fatal(err)
	}
	c, err := w.assume(t.Context(), admin, &api.AssumeRoleInput{RoleArn: &role})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		condition string
		caller    call.Caller
		want      bool
	}{
		{`{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`, c, true},
		{`{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`, c.InRegion("eu-west-1"), false},
		{`{"ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"}}`, c, false},
		{`{"ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"}}`, c.Through("cloudformation.amazonaws.com"), true},
		{`{"Bool":{"aws:ViaAWSService":"false"}}`, c.Through("cloudformation.amazonaws.com"), false},
		{`{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}`, c, true},
		{`{"StringEquals":{"aws:PrincipalTag/team":"blue"}}`, c, true},
		{`{"ArnEquals":{"aws:PrincipalArn":"` + role + `"}}`, c, true},
		{`{"StringLike":{"aws:userid":"AROA*:session"}}`, c, true},
		{`{"Null":{"aws:username":"true"}}`, c, true},
		{`{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}`, c, true},
		{`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abcdefghij/*"}}`, c, true},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, c, true},
		{`{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, c, false},
	}
	for _, tt := range tests {
		doc := policy(`"Effect":"Allow","Action":"lambda:GetFunction","Resource":"*","Condition":` + tt.condition)
		if _, err := call.Do[iamapi.PutRolePolicyOutput](t.Context(), w.dispatcher, admin, &iamapi.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("p"), PolicyDocument: &doc}); err != nil {
			t.Fatal(err)
		}
		if _, err := call.Do[lambda.GetFunctionOutput](t.Context(), w.dispatcher, tt.caller, &lambda.GetFunctionInput{FunctionName: aws.String(function)}); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.condition, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	w := newWorld(t, nil)
	for key, want := range map[string]bool{member: true, suspended: false, outsider: false, "ASIAXXXXXXXXXXXXXXXX": false} {
		if c, ok := w.sts.Credential(key); ok != want || ok && (c.Secret != "secret" || c.Caller.Account != member) {
			t.Errorf("%s: %+v, %v", key, c, ok)
		}
	}
}

func TestGetCallerIdentity(t *testing.T) {
	w := newWorld(t, nil)
	admin := call.Administrator(member, "us-east-1")
	role := w.role(member, "worker", `{"AWS":"`+member+`"}`, "")
	c, err := w.assume(t.Context(), admin, &api.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("me")})
	if err != nil {
		t.Fatal(err)
	}
	out, err := call.Do[api.GetCallerIdentityOutput](t.Context(), w.dispatcher, c, &api.GetCallerIdentityInput{})
	if err != nil || *out.Arn != "arn:aws:sts::"+member+":assumed-role/worker/me" || *out.Account != member || !strings.HasPrefix(*out.UserId, "AROA") || !strings.HasSuffix(*out.UserId, ":me") {
		t.Errorf("%+v, %v", out, err)
	}
	if out, err = call.Do[api.GetCallerIdentityOutput](t.Context(), w.dispatcher, admin, &api.GetCallerIdentityInput{}); err != nil || !strings.HasPrefix(*out.UserId, "AIDA") {
		t.Errorf("%+v, %v", out, err)
	}
}

func BenchmarkAuthorizedCall(b *testing.B) {
	w := newWorld(b, nil)
	c := call.Administrator(member, "us-east-1")
	in := &lambda.GetFunctionInput{FunctionName: aws.String(function)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := call.Do[lambda.GetFunctionOutput](context.Background(), w.dispatcher, c, in); err != nil {
			b.Fatal(err)
		}
	}
}
