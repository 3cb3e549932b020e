package layer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer"
)

func TestParseVersionARN(t *testing.T) {
	tests := []struct {
		name, text string
		problem    string // "" when the text is good
	}{
		{name: "commercial", text: "arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:7"},
		{name: "china", text: "arn:aws-cn:lambda:cn-north-1:111122223333:layer:a:1"},
		{name: "gov", text: "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:layer:a_B-9:90"},
		{name: "european sovereign", text: "arn:aws-eusc:lambda:eusc-de-east-1:111122223333:layer:a:1"},
		{name: "no version", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a", problem: "has no version"},
		{name: "empty version", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:", problem: "without a version"},
		{name: "version zero", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:0", problem: "from 1 up"},
		{name: "version with zeros", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:007", problem: "from 1 up"},
		{name: "version word", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:latest", problem: "from 1 up"},
		{name: "function", text: "arn:aws:lambda:eu-west-1:111122223333:function:a:1", problem: "not the ARN of a Lambda layer"},
		{name: "other service", text: "arn:aws:s3:::bucket", problem: "not the ARN of a Lambda layer"},
		{name: "managed by AWS", text: "arn:aws:lambda:::awslayer:AmazonLinux1803", problem: "AWS manages"},
		{name: "not an ARN", text: "common-deps", problem: "does not begin with arn:"},
		{name: "short account", text: "arn:aws:lambda:eu-west-1:1111:layer:a:1", problem: "twelve digits"},
		{name: "no such Region form", text: "arn:aws:lambda:europe:111122223333:layer:a:1", problem: "not the name of one"},
		{name: "partition and Region disagree", text: "arn:aws:lambda:cn-north-1:111122223333:layer:a:1", problem: "is in aws-cn"},
		{name: "quote in the name", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a'b:1", problem: "layer name"},
		{name: "too many parts", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:1:2", problem: "9 parts"},
		{name: "empty", text: "", problem: "does not begin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := layer.ParseVersionARN(tt.text)
			if tt.problem == "" {
				if err != nil || v.String() != tt.text {
					t.Fatalf("read as %s, %v", v, err)
				}
				return
			}
			var parse *layer.ParseError
			if !errors.As(err, &parse) || !strings.Contains(err.Error(), tt.problem) {
				t.Fatalf("error is %v, want one with %q", err, tt.problem)
			}
		})
	}
}

func TestParseARNRefusesAVersion(t *testing.T) {
	_, err := layer.ParseARN("arn:aws:lambda:eu-west-1:111122223333:layer:a:3")
	if err == nil || !strings.Contains(err.Error(), "has a version") {
		t.Fatalf("error is %v", err)
	}
	a, err := layer.ParseARN("arn:aws:lambda:eu-west-1:111122223333:layer:a")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.WithRegion("cn-north-1").At(2).String(), "arn:aws-cn:lambda:cn-north-1:111122223333:layer:a:2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSelector(t *testing.T) {
	const here = "arn:aws:lambda:eu-west-1:111122223333:layer:a:"
	tests := []struct {
		name      string
		text      string
		olderThan int64
		version   string
		want      bool
	}{
		{name: "any layer", text: "", version: here + "1", want: true},
		{name: "by name", text: "a", version: here + "1", want: true},
		{name: "other name", text: "b", version: here + "1"},
		{name: "by layer", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a", version: here + "9", want: true},
		{name: "other Region", text: "arn:aws:lambda:eu-west-2:111122223333:layer:a", version: here + "9"},
		{name: "other account, same name", text: "arn:aws:lambda:eu-west-1:111122224444:layer:a", version: here + "9"},
		{name: "by version", text: here + "4", version: here + "4", want: true},
		{name: "other version", text: here + "4", version: here + "5"},
		{name: "older", text: "a", olderThan: 4, version: here + "3", want: true},
		{name: "not older", text: "a", olderThan: 4, version: here + "4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sel, err := layer.ParseSelector(tt.text, tt.olderThan)
			if err != nil {
				t.Fatal(err)
			}
			v, err := layer.ParseVersionARN(tt.version)
			if err != nil {
				t.Fatal(err)
			}
			if got := sel.Match(v); got != tt.want {
				t.Errorf("%s matches %s: %v", sel, v, got)
			}
		})
	}
}

func TestSelectorRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		olderThan  int64
	}{
		{name: "spaces", text: "my layer"},
		{name: "one version and older", text: "arn:aws:lambda:eu-west-1:111122223333:layer:a:3", olderThan: 4},
		{name: "older than nothing", olderThan: 4},
		{name: "negative", text: "a", olderThan: -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if sel, err := layer.ParseSelector(tt.text, tt.olderThan); err == nil {
				t.Errorf("accepted as %s", sel)
			}
		})
	}
}

func FuzzParseVersionARN(f *testing.F) {
	f.Add("arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:7")
	f.Add("arn:aws:lambda:::awslayer:x")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := layer.ParseVersionARN(s)
		if err == nil && v.String() != s {
			t.Errorf("%q came back as %q", s, v)
		}
	})
}
