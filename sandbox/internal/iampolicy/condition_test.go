package iampolicy

import (
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	values := map[string][]string{
		"aws:username": {"bob"}, "aws:n": {"10"}, "aws:currenttime": {"2026-11-22T10:00:00Z"}, "aws:sourceip": {"10.1.2.3"},
		"aws:securetransport": {"true"}, "aws:arn": {"arn:aws:iam::100000000001:role/a/b"},
		"aws:tags": {"red", "blue"}, "aws:star": {"*"}, "aws:none": {},
	}
	tests := []struct {
		condition string
		want      bool
	}{
		{`{"StringEquals":{"aws:username":["al","bob"]}}`, true},
		{`{"StringEquals":{"aws:username":"b*"}}`, false},
		{`{"StringEquals":{"aws:username":"bob","aws:n":"11"}}`, false},
		{`{"StringNotEquals":{"aws:username":["al","bob"]}}`, false},
		{`{"StringNotEquals":{"aws:missing":"x"}}`, true},
		{`{"StringEquals":{"aws:missing":"x"}}`, false},
		{`{"StringEqualsIfExists":{"aws:missing":"x"}}`, true},
		{`{"StringEqualsIfExists":{"aws:username":"x"}}`, false},
		{`{"StringEqualsIgnoreCase":{"aws:UserName":"BOB"}}`, true},
		{`{"StringNotEqualsIgnoreCase":{"aws:UserName":"BOB"}}`, false},
		{`{"StringLike":{"aws:username":"b?b"}}`, true},
		{`{"StringNotLike":{"aws:username":"b?b"}}`, false},
		{`{"StringLike":{"aws:n":"${aws:star}"}}`, false}, // a variable's star is a star
		{`{"StringLike":{"aws:star":"${*}"}}`, true},
		{`{"StringLike":{"aws:username":"${*}"}}`, false},
		{`{"StringEquals":{"aws:username":"${aws:missing, 'bob'}"}}`, true},
		{`{"StringEquals":{"aws:username":"${aws:missing}"}}`, false},
		{`{"NumericEquals":{"aws:n":10.0}}`, true},
		{`{"NumericNotEquals":{"aws:n":10}}`, false},
		{`{"NumericLessThan":{"aws:n":"10"}}`, false},
		{`{"NumericLessThanEquals":{"aws:n":"10"}}`, true},
		{`{"NumericGreaterThan":{"aws:n":"9"}}`, true},
		{`{"NumericGreaterThanEquals":{"aws:username":"9"}}`, false},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`, true},
		{`{"DateLessThan":{"aws:CurrentTime":"1700000000"}}`, false},
		{`{"Bool":{"aws:SecureTransport":true}}`, true},
		{`{"Bool":{"aws:SecureTransport":"false"}}`, false},
		{`{"IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.0.0.0/8"]}}`, true},
		{`{"NotIpAddress":{"aws:SourceIp":"10.1.2.3"}}`, false},
		{`{"ArnLike":{"aws:arn":"arn:aws:iam::*:role/*"}}`, true},
		{`{"ArnEquals":{"aws:arn":"arn:aws:iam::*:role/a/?"}}`, true},
		{`{"ArnLike":{"aws:arn":"arn:*:role/*"}}`, false}, // a star does not cross a colon
		{`{"ArnNotLike":{"aws:arn":"arn:aws:iam::*:role/*"}}`, false},
		{`{"Null":{"aws:missing":"true"}}`, true},
		{`{"Null":{"aws:username":"true"}}`, false},
		{`{"Null":{"aws:username":false}}`, true},
		{`{"ForAllValues:StringEquals":{"aws:tags":["red","blue","green"]}}`, true},
		{`{"ForAllValues:StringEquals":{"aws:tags":["red"]}}`, false},
		{`{"ForAllValues:StringEquals":{"aws:missing":["red"]}}`, true},
		{`{"ForAllValues:StringEquals":{"aws:none":["red"]}}`, true},
		{`{"ForAllValues:StringNotEquals":{"aws:tags":["green"]}}`, true},
		{`{"ForAllValues:StringNotEquals":{"aws:tags":["red"]}}`, false},
		{`{"ForAnyValue:StringLike":{"aws:tags":"bl*"}}`, true},
		{`{"ForAnyValue:StringLike":{"aws:missing":"bl*"}}`, false},
		{`{"ForAnyValue:StringNotEquals":{"aws:tags":["red"]}}`, true},
		{`{"ForAnyValue:StringNotEquals":{"aws:tags":["red","blue"]}}`, false},
		{`{"ForAnyValue:StringEqualsIfExists":{"aws:missing":"x"}}`, true},
	}
	for _, tt := range tests {
		p := mustParse(t, Identity, `"Effect":"Allow","Action":"*","Resource":"*","Condition":`+tt.condition)
		c := Check{
			Request: Request{
				Action: "a:b", Resource: "*",
				Value: func(k string) ([]string, bool) { v, ok := values[k]; return v, ok },
			},
			Identity: []Source{{Policy: p}},
		}
		if got := c.Decide().Allowed; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.condition, got, tt.want)
		}
	}
}

func TestVariablesNeedTheVersion(t *testing.T) {
	text := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username}"}}`
	for version, want := range map[string]bool{"": false, `"Version":"2012-10-17",`: true} {
		p, err := Parse(strings.Replace(text, "{", "{"+version, 1), Identity)
		if err != nil {
			t.Fatal(err)
		}
		c := Check{
			Request:  Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::bob", Value: func(string) ([]string, bool) { return []string{"bob"}, true }},
			Identity: []Source{{Policy: p}},
		}
		if got := c.Decide().Allowed; got != want {
			t.Errorf("version %q: %v, want %v", version, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"a*c", "abbc", true},
		{"a*c", "abb", false},
		{"a?c", "aüc", true},
		{"a?c", "ac", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*aab", "aaaaab", true},
		{"", "", true},
		{"", "a", false},
	}
	for _, tt := range tests {
		p, err := compilePattern(tt.pattern, false, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.match(tt.s, nil); got != tt.want {
			t.Errorf("%q on %q: %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}
