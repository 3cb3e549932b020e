package iampolicy

import (
	"testing"
)

const (
	acct    = "100000000001"
	roleARN = "arn:aws:iam::100000000001:role/worker"
	session = "arn:aws:sts::100000000001:assumed-role/worker/s"
)

func mustParse(t testing.TB, kind Kind, body string) *Policy {
	t.Helper()
	p, err := Parse(statement(body), kind)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return p
}

func TestDecide(t *testing.T) {
	const (
		allow    = `"Effect":"Allow","Action":"lambda:Get*","Resource":"*"`
		deny     = `"Effect":"Deny","Action":"lambda:GetFunction","Resource":"*"`
		other    = `"Effect":"Allow","Action":"s3:*","Resource":"*"`
		prefix   = "User: " + session + " is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:r:100000000001:function:f "
		noneText = prefix + "because no identity-based policy allows the lambda:GetFunction action"
	)
	to := func(principal string) string { return allow + `,"Principal":` + principal }
	tests := []struct {
		name                                  string
		identity, boundary, session, resource string
		cross, decides                        bool
		want                                  string // denial text, empty when allowed
	}{
		{name: "nothing", want: noneText},
		{name: "identity", identity: allow},
		{name: "identity of something else", identity: other, want: noneText},
		{name: "identity denies", identity: deny, resource: to(`"*"`), want: prefix + "with an explicit deny in an identity-based policy"},
		{name: "boundary", identity: allow, boundary: allow},
		{name: "boundary leaves it out", identity: allow, boundary: other, want: prefix + "because no permissions boundary allows the lambda:GetFunction action"},
		{name: "boundary denies", identity: allow, boundary: deny, want: prefix + "with an explicit deny in a permissions boundary"},
		{name: "session", identity: allow, session: allow},
		{name: "session leaves it out", identity: allow, session: other, want: prefix + "because no session policy allows the lambda:GetFunction action"},
		{name: "session denies", identity: allow, session: deny, want: prefix + "with an explicit deny in a session policy"},
		{name: "session without identity", session: allow, want: noneText},
		{name: "resource names the role", resource: to(`{"AWS":"` + roleARN + `"}`)},
		{name: "resource names the role, session leaves it out", session: other, resource: to(`{"AWS":"` + roleARN + `"}`), want: prefix + "because no session policy allows the lambda:GetFunction action"},
		{name: "resource names the session", session: other, resource: to(`{"AWS":"` + session + `"}`)},
		{name: "resource names the account", resource: to(`{"AWS":"` + acct + `"}`), want: noneText},
		{name: "resource names the account, identity too", identity: allow, resource: to(`{"AWS":"` + acct + `"}`)},
		{name: "resource names everyone", resource: to(`"*"`)},
		{name: "resource denies the account", identity: allow, resource: deny + `,"Principal":{"AWS":"` + acct + `"}`, want: prefix + "with an explicit deny in a resource-based policy"},
		{name: "resource denies all but the role", identity: allow, resource: deny + `,"NotPrincipal":{"AWS":"` + roleARN + `"}`},
		{name: "resource denies all but another", identity: allow, resource: deny + `,"NotPrincipal":{"AWS":"arn:aws:iam::100000000001:role/x"}`, want: prefix + "with an explicit deny in a resource-based policy"},
		{name: "cross-account, identity only", identity: allow, cross: true, want: prefix + "because no resource-based policy allows the lambda:GetFunction action"},
		{name: "cross-account, resource only", resource: to(`{"AWS":"` + roleARN + `"}`), cross: true, want: noneText},
		{name: "cross-account, both", identity: allow, resource: to(`{"AWS":"` + acct + `"}`), cross: true},
		{name: "trust missing", identity: allow, decides: true, want: prefix + "because no resource-based policy allows the lambda:GetFunction action"},
		{name: "trust of the account", resource: to(`{"AWS":"` + acct + `"}`), decides: true, want: noneText},
		{name: "trust of the account, identity too", identity: allow, resource: to(`{"AWS":"` + acct + `"}`), decides: true},
		{name: "trust of the role", resource: to(`{"AWS":"` + roleARN + `"}`), decides: true},
	}
	for _, tt := range tests {
		c := Check{
			Request: Request{
				Principal: Principal{ARN: session, Role: roleARN, Account: acct},
				Action:    "lambda:GetFunction", Resource: "arn:aws:lambda:r:100000000001:function:f",
				Value: func(string) ([]string, bool) { return nil, false },
			},
			CrossAccount: tt.cross, ResourceDecides: tt.decides,
		}
		if tt.identity != "" {
			c.Identity = []Source{{Name: "p", Policy: mustParse(t, Identity, tt.identity)}}
		}
		if tt.boundary != "" {
			c.Boundary = mustParse(t, Identity, tt.boundary)
		}
		if tt.session != "" {
			c.Session = []*Policy{mustParse(t, Identity, tt.session)}
		}
		if tt.resource != "" {
			c.Resource = mustParse(t, Resource, tt.resource)
		}
		d := c.Decide()
		got := ""
		if !d.Allowed {
			got = d.Message(&c.Request)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestServicePrincipal(t *testing.T) {
	trust := mustParse(t, Trust, `"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["ssm.amazonaws.com","lambda.amazonaws.com"]},"Condition":{"StringEquals":{"aws:SourceAccount":"`+acct+`"}}`)
	for service, want := range map[string]bool{"ssm.amazonaws.com": true, "scheduler.amazonaws.com": false} {
		c := Check{
			Request: Request{
				Principal: Principal{Service: service}, Action: "sts:AssumeRole", Resource: roleARN,
				Value: func(k string) ([]string, bool) { return []string{acct}, k == "aws:sourceaccount" },
			},
			Resource: trust,
		}
		if d := c.Decide(); d.Allowed != want {
			t.Errorf("%s: %+v", service, d)
		}
	}
}

func TestGrantIsTheFirstPatternThatAllows(t *testing.T) {
	c := Check{
		Request: Request{
			Principal: Principal{ARN: session}, Action: "a:C", Resource: "arn:aws:a:::two",
			Value: func(string) ([]string, bool) { return nil, false },
		},
		Identity: []Source{
			{Name: "one", Policy: mustParse(t, Identity, `"Effect":"Allow","Action":"a:B","Resource":"*"`)},
			{Name: "two", Policy: mustParse(t, Identity, `"Effect":"Allow","Action":["a:B","a:c"],"Resource":["arn:aws:a:::one","arn:aws:a:::t*"]`)},
		},
	}
	d := c.Decide()
	if want := (Grant{Source: 1, Statement: 0, Action: 1, Resource: 1}); !d.Allowed || d.Grant != want {
		t.Errorf("grant %+v, want %+v", d.Grant, want)
	}
}

func BenchmarkDecide(b *testing.B) {
	c := Check{
		Request: Request{
			Principal: Principal{ARN: session, Role: roleARN, Account: acct},
			Action:    "lambda:UpdateFunctionConfiguration", Resource: "arn:aws:lambda:us-east-1:100000000001:function:payments-1234",
			Value: func(string) ([]string, bool) {
				return []string{"arn:aws:lambda:us-east-1:100000000000:layer:common:3"}, true
			},
		},
		Identity: []Source{{Policy: mustParse(b, Identity, `"Effect":"Allow","Action":["lambda:GetFunction","lambda:GetLayerVersion","lambda:UpdateFunctionConfiguration"],"Resource":"arn:aws:lambda:*:*:function:*",
			"Condition":{"ForAllValues:StringLike":{"lambda:Layer":"arn:aws:lambda:*:100000000000:layer:common:*"}}`)}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if d := c.Decide(); !d.Allowed {
			b.Fatal(d)
		}
	}
}
