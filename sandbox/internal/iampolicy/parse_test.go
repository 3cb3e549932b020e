package iampolicy

import (
	"errors"
	"strings"
	"testing"
)

func statement(body string) string {
	return `{"Version":"2012-10-17","Statement":[{` + body + `}]}`
}

func TestParseReasons(t *testing.T) {
	tests := []struct {
		name, text  string
		kind        Kind
		malformed   string
		unsupported string
	}{
		{name: "single statement", text: `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`},
		{name: "not JSON", text: `{`, malformed: "This policy contains invalid Json"},
		{name: "not an object", text: `[]`, malformed: "Syntax errors in policy."},
		{name: "version", text: `{"Version":"2013-01-01","Statement":[]}`, malformed: "Syntax errors in policy."},
		{name: "no statement", text: `{"Version":"2012-10-17"}`, malformed: "Syntax errors in policy."},
		{name: "no effect", text: statement(`"Action":"a:b","Resource":"*"`), malformed: "Syntax errors in policy."},
		{name: "effect", text: statement(`"Effect":"allow","Action":"a:b","Resource":"*"`), malformed: "Syntax errors in policy."},
		{name: "no action", text: statement(`"Effect":"Allow","Resource":"*"`), malformed: "Policy statement must contain actions."},
		{name: "no resource", text: statement(`"Effect":"Allow","Action":"a:b"`), malformed: "Policy statement must contain resources."},
		{name: "empty resources", text: statement(`"Effect":"Allow","Action":"a:b","Resource":[]`), malformed: "Policy statement must contain resources."},
		{name: "vendor missing", text: statement(`"Effect":"Allow","Action":"GetRole","Resource":"*"`), malformed: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{name: "vendor", text: statement(`"Effect":"Allow","Action":"i_m:GetRole","Resource":"*"`), malformed: "Vendor i_m is not valid"},
		{name: "resource form", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"x"`), malformed: `Resource x must be in ARN format or "*".`},
		{name: "both forms", text: statement(`"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"`), malformed: "Syntax errors in policy."},
		{name: "repeated member", text: statement(`"Effect":"Deny","Effect":"Allow","Action":"a:b","Resource":"*"`), malformed: "Syntax errors in policy."},
		{name: "same sid", text: `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"}]}`, malformed: "Statement IDs (SID) in a single policy must be unique."},
		{name: "principal in identity", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*"`), malformed: "Policy document should not specify a principal."},
		{name: "unknown field", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Comment":"x"`), malformed: "Syntax errors in policy."},
		{name: "trust unknown field", kind: Trust, text: statement(`"Comment":"x"`), malformed: "Unknown field Comment"},
		{name: "trust with resource", kind: Trust, text: statement(`"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Principal":"*"`), malformed: "Has prohibited field Resource"},
		{name: "trust without principal", kind: Trust, text: statement(`"Effect":"Allow","Action":"sts:AssumeRole"`), malformed: "Missing required field Principal"},
		{name: "trust action", kind: Trust, text: statement(`"Effect":"Allow","Action":"s3:GetObject","Principal":"*"`), malformed: "AssumeRole policy may only specify STS AssumeRole actions."},
		{name: "principal form", kind: Trust, text: statement(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::1:root"}`), malformed: `Invalid principal in policy: "AWS":"arn:aws:iam::1:root"`},
		{name: "service form", kind: Trust, text: statement(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda"}`), malformed: `Invalid principal in policy: "SERVICE":"lambda"`},
		{name: "federated", kind: Trust, text: statement(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Federated":"x"}`), unsupported: "the principal kind Federated"},
		{name: "operator", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}}`), malformed: "Invalid Condition type : StringEqual"},
		{name: "misplaced not", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"NotBool":{"a:b":"true"}}`), malformed: "Invalid Condition type : NotBool"},
		{name: "binary", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"BinaryEquals":{"a:b":"c"}}`), unsupported: "the condition operator BinaryEquals"},
		{name: "key without vendor", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"b":"c"}}`), malformed: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{name: "date", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}`), malformed: "The policy failed legacy parsing"},
		{name: "open variable", text: statement(`"Effect":"Allow","Action":"a:b","Resource":"arn:${aws:username"`), malformed: "The policy failed legacy parsing"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.text, tt.kind)
		var m *MalformedError
		var u *UnsupportedError
		switch {
		case tt.malformed != "":
			if !errors.As(err, &m) || m.Reason != tt.malformed {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.malformed)
			}
		case tt.unsupported != "":
			if !errors.As(err, &u) || u.What != tt.unsupported {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.unsupported)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	p, err := Parse(statement(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${aws:PrincipalTag/Team}/*","Condition":{"StringEquals":{"aws:X":["${aws:Y}","${aws:x, 'z'}"]}}`), Identity)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Keys(), " "); got != "aws:principaltag/team aws:x aws:y" {
		t.Errorf("keys %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(statement(`"Effect":"Allow","Action":["a:b*"],"Resource":"arn:aws:s3:::${aws:username}?","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:X":["a*",1]}}`), "arn:aws:s3:::bob1")
	f.Add(statement(`"Effect":"Deny","NotAction":"a:b","NotResource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), "x")
	f.Fuzz(func(t *testing.T, text, resource string) {
		for _, k := range []Kind{Identity, Resource, Trust} {
			p, err := Parse(text, k)
			if err != nil {
				var m *MalformedError
				var u *UnsupportedError
				if !errors.As(err, &m) && !errors.As(err, &u) {
					t.Fatalf("error of another kind: %v", err)
				}
				continue
			}
			c := Check{
				Request: Request{
					Principal: Principal{ARN: "arn:aws:iam::100000000000:user/bob", Account: "100000000000"}, Action: "a:b", Resource: resource,
					Value: func(string) ([]string, bool) { return []string{"bob"}, true },
				},
				Identity: []Source{{Policy: p}},
			}
			c.Decide()
		}
	})
}
