package automation

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rotation is a document in the shape of the one that layerfleet deploys.
const rotation = `
description: Move a function to another layer version.
schemaVersion: "0.3"
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole:
    type: AWS::IAM::Role::Arn
  FunctionName:
    type: String
    allowedPattern: "[a-zA-Z0-9-_]{1,64}"
  Dry:
    type: Boolean
    default: false
mainSteps:
  - name: rotate
    action: aws:executeScript
    maxAttempts: 2
    timeoutSeconds: 300
    isEnd: true
    inputs:
      Runtime: python3.11
      Handler: main
      InputPayload:
        function: "{{ FunctionName }}"
        dry: "{{Dry}}"
        text: "in {{ global:REGION }}"
      Script: |
        def main(events, context):
          return {"before": [], "after": []}
    outputs:
      - Name: After
        Selector: $.Payload.after
        Type: StringList
outputs:
  - rotate.After
`

func TestParse(t *testing.T) {
	d, err := Parse(rotation, YAML)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Steps[0]
	if s.Name != "rotate" || s.Timeout != 5*time.Minute || s.MaxAttempts != 2 || !s.IsEnd || !s.IsCritical || s.OnFailure != "Abort" {
		t.Errorf("step %+v", s)
	}
	inJSON, err := Convert(rotation, YAML, JSON)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(inJSON, JSON)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Inputs, again.Steps[0].Inputs); diff != "" {
		t.Errorf("inputs in YAML and JSON (-yaml +json):\n%s", diff)
	}
	back, err := Convert(inJSON, JSON, YAML)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(back, YAML); err != nil {
		t.Errorf("converted twice: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	change := func(old, now string) string {
		if !strings.Contains(rotation, old) {
			t.Fatalf("the document has no %q", old)
		}
		return strings.Replace(rotation, old, now, 1)
	}
	step := func(action, inputs string) string {
		return "schemaVersion: '0.3'\nmainSteps:\n- name: a\n  action: " + action + "\n  inputs: " + inputs + "\n"
	}
	for _, tt := range []struct{ name, content, want string }{
		{"not YAML", "a: [", "it is not YAML"},
		{"a list", "[]", "it is not a mapping"},
		{"a key twice", "a: 1\na: 2", "twice"},
		{"another schema version", change(`"0.3"`, `"2.2"`), `not "2.2"`},
		{"an unknown top property", rotation + "\nsteps: []", "steps: there is no such property"},
		{"runbook variables", rotation + "\nvariables: {}", "not supported: the property variables"},
		{"no steps", "schemaVersion: '0.3'\nmainSteps: []", "there are no steps"},
		{"an unknown step property", change("    isEnd: true", "    isLast: true"), "mainSteps[0].isLast: there is no such property"},
		{"an unknown input", change("      Handler: main", "      Handler: main\n      Language: py"), "mainSteps[0].inputs.Language: there is no such property"},
		{"an unknown action", change("aws:executeScript", "aws:doMagic"), `there is no action "aws:doMagic"`},
		{"an action of AWS that is not run here", change("aws:executeScript", "aws:runCommand"), "not supported: the action aws:runCommand"},
		{"a retired runtime", change("python3.11", "python3.8"), "mainSteps[0].inputs.Runtime: the runtime python3.8 is retired"},
		{"another runtime", change("python3.11", "PowerShell 7.0"), "not supported: the runtime PowerShell 7.0"},
		{"no handler", change("Handler: main", "Handler: ''"), "mainSteps[0].inputs.Handler: it is missing"},
		{"a script longer than 600 s", change("300", "601"), "at most 600 seconds"},
		{"an undeclared parameter", change("{{ FunctionName }}", "{{ Function }}"), "mainSteps[0].inputs.InputPayload.function: {{ Function }} names no parameter"},
		{"an unknown system value", change("global:REGION", "global:PLANET"), "{{ global:PLANET }} is not known"},
		{"Parameter Store in a step", change("global:REGION", "ssm:/a"), "only in a parameter's default"},
		{"a runbook variable", change("global:REGION", "variable:x"), "not supported: the runbook variable"},
		{"a missing step's output", change("global:REGION", "other.After"), "names no step"},
		{"a missing output", change("- rotate.After", "- rotate.Before"), "the step rotate has no output Before"},
		{"a key with a reference", change("        dry:", "        '{{ Dry }}':"), "only values may have"},
		{"a role that is none", change(`"{{ AutomationAssumeRole }}"`, "admin"), "assumeRole: it is neither"},
		{"a bad selector", change("$.Payload.after", "$.Payload[*]"), "[*] is not the index"},
		{"an unknown type", change("type: String", "type: Text"), `parameters.FunctionName.type: there is no type "Text"`},
		{"a resource type without pattern", change("type: String", "type: AWS::EC2::Image::Id"), "not supported: the parameter type AWS::EC2::Image::Id"},
		{"a default of another type", change("default: false", "default: maybe"), "parameters.Dry.default: maybe is not of type Boolean"},
		{"a default from elsewhere", change("default: false", "default: '{{ ssm:x }}'"), "not supported: the default"},
		{"a bad pattern", change("{1,64}", "{1,64}("), "allowedPattern"},
		{"a next step that is missing", change("isEnd: true", "nextStep: b"), "mainSteps[0].nextStep: there is no step b"},
		{"a failure step that is missing", change("isEnd: true", "onFailure: step:b"), "there is no step b"},
		{"a strange onFailure", change("isEnd: true", "onFailure: Ignore"), "mainSteps[0].onFailure"},
		{"a sleep without length", step("aws:sleep", "{}"), "either Duration or Timestamp"},
		{"a sleep too long", step("aws:sleep", "{Duration: P8D}"), "longer than 604799 seconds"},
		{"a strange duration", step("aws:sleep", "{Duration: 5m}"), "ISO 8601"},
		{"a branch to nowhere", step("aws:branch", "{Choices: [{NextStep: b, Variable: x, StringEquals: y}]}"), "there is no step b"},
		{"a rule that compares nothing", step("aws:branch", "{Choices: [{NextStep: a, Variable: x}]}"), "the rule compares nothing"},
		{"a rule with an unknown operator", step("aws:branch", "{Choices: [{NextStep: a, Variable: x, Matches: y}]}"), "Choices[0].Matches: there is no such property"},
		{"an assertion without selector", step("aws:assertAwsResourceProperty", "{Service: lambda, Api: GetFunction, DesiredValues: [a]}"), "PropertySelector: it is missing"},
		{"an assertion that wants nothing", step("aws:assertAwsResourceProperty", "{Service: lambda, Api: GetFunction, PropertySelector: $.a}"), "there are no values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.content, YAML)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			var i *InvalidError
			var u *UnsupportedError
			var v *SchemaVersionError
			if !errors.As(err, &i) && !errors.As(err, &u) && !errors.As(err, &v) {
				t.Errorf("error of type %T", err)
			}
		})
	}
}

func TestBind(t *testing.T) {
	const role = "arn:aws:iam::100000000001:role/rotation"
	d, err := Parse(rotation, YAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		given map[string][]string
		want  map[string]any
		err   string
	}{
		{
			name:  "given and default",
			given: map[string][]string{"AutomationAssumeRole": {role}, "FunctionName": {"f-1"}},
			want:  map[string]any{"AutomationAssumeRole": role, "FunctionName": "f-1", "Dry": false},
		},
		{
			name:  "a typed value",
			given: map[string][]string{"AutomationAssumeRole": {role}, "FunctionName": {"f"}, "Dry": {"true"}},
			want:  map[string]any{"AutomationAssumeRole": role, "FunctionName": "f", "Dry": true},
		},
		{name: "missing", given: map[string][]string{"FunctionName": {"f"}}, err: "the parameter AutomationAssumeRole is missing"},
		{name: "unknown", given: map[string][]string{"Name": {"f"}}, err: "the document has no parameter Name"},
		{name: "two values", given: map[string][]string{"AutomationAssumeRole": {role, role}}, err: "it has 2 values, a String has one"},
		{name: "not a role", given: map[string][]string{"AutomationAssumeRole": {"admin"}}, err: `"admin" is not an AWS::IAM::Role::Arn`},
		{name: "the pattern is for the whole value", given: map[string][]string{"AutomationAssumeRole": {role}, "FunctionName": {"f:1"}}, err: "does not match the allowed pattern"},
		{name: "not a Boolean", given: map[string][]string{"AutomationAssumeRole": {role}, "FunctionName": {"f"}, "Dry": {"yes"}}, err: `"yes" is not a Boolean`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := d.Bind(tt.given)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInterpolate(t *testing.T) {
	lookup := func(r Reference) (any, error) {
		switch r.Text {
		case "list":
			return []any{"a", "b"}, nil
		case "step.count":
			return int64(3), nil
		case "global:REGION":
			return "eu-west-1", nil
		case "sly":
			return "{{ list }}", nil
		}
		return nil, errors.New("no " + r.Text)
	}
	for _, tt := range []struct {
		name string
		in   any
		want any
		err  string
	}{
		{name: "a whole value keeps its type", in: " {{ list }} ", want: []any{"a", "b"}},
		{name: "without blanks", in: "{{step.count}}", want: int64(3)},
		{name: "inside a text", in: "{{step.count}} of {{list}} in {{ global:REGION }}.", want: `3 of ["a","b"] in eu-west-1.`},
		{name: "deep inside", in: map[string]any{"k": []any{"{{ step.count }}", true, nil}}, want: map[string]any{"k": []any{int64(3), true, nil}}},
		{name: "one level only", in: "{{ sly }}", want: "{{ list }}"},
		{name: "braces that are no reference", in: "{{ }} {{'a': 1}} }} {{", want: "{{ }} {{'a': 1}} }} {{"},
		{name: "not there", in: "x {{ gone }}", err: "no gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Interpolate(tt.in, lookup)
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelector(t *testing.T) {
	v, err := DecodeJSON([]byte(`{"a": {"b": [1, {"c": "x"}], "odd name": true}, "l": [{"c": "y"}, {"c": {"c": "z"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		selector string
		want     string // JSON, or empty when nothing is found
	}{
		{"$", `{"a":{"b":[1,{"c":"x"}],"odd name":true},"l":[{"c":"y"},{"c":{"c":"z"}}]}`},
		{"$.a.b[0]", `1`},
		{"$.a.b[1].c", `"x"`},
		{"$.a['odd name']", `true`},
		{"$.a.odd name", `true`},
		{"$..c", `["x","y",{"c":"z"},"z"]`},
		{"$.l..c.c", `["z"]`},
		{"$..nothing", `[]`},
		{"$.a.x", ``},
		{"$.l[7]", ``},
	} {
		t.Run(tt.selector, func(t *testing.T) {
			s, err := ParseSelector(tt.selector)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.Select(v)
			if ok != (tt.want != "") {
				t.Fatalf("found %v: %v", got, ok)
			}
			if data, _ := json.Marshal(got); ok && string(data) != tt.want {
				t.Errorf("%s, want %s", data, tt.want)
			}
		})
	}
	for _, bad := range []string{"", "a", "$a", "$.", "$..", "$[", "$[x]", "$[-1]", "$.a[*]", "$.*", "$[?(@.x)]", "$.a b.", "$.a]"} {
		if _, err := ParseSelector(bad); err == nil {
			t.Errorf("the selector %q is accepted", bad)
		}
	}
}

func TestRules(t *testing.T) {
	lookup := func(r Reference) (any, error) {
		return map[string]any{"n": int64(5), "s": "Python", "b": true}[r.Parameter], nil
	}
	for _, tt := range []struct {
		rule string
		want bool
		err  bool
	}{
		{rule: `{Variable: "{{ s }}", StringEquals: Python}`, want: true},
		{rule: `{Variable: "{{ s }}", EqualsIgnoreCase: python}`, want: true},
		{rule: `{Variable: "{{ s }}", StartsWith: py}`},
		{rule: `{Variable: "{{ s }}", EndsWith: on}`, want: true},
		{rule: `{Variable: "{{ s }}", Contains: th}`, want: true},
		{rule: `{Variable: "{{ n }}", NumericEquals: 5}`, want: true},
		{rule: `{Variable: "{{ n }}", NumericGreater: 5}`},
		{rule: `{Variable: "{{ n }}", NumericGreaterOrEquals: 5}`, want: true},
		{rule: `{Variable: "{{ n }}", NumericLesser: 5.5}`, want: true},
		{rule: `{Variable: "{{ n }}", NumericLesserOrEquals: 4}`},
		{rule: `{Variable: "{{ b }}", BooleanEquals: true}`, want: true},
		{rule: `{And: [{Variable: "{{ b }}", BooleanEquals: true}, {Not: {Variable: "{{ n }}", NumericEquals: 4}}]}`, want: true},
		{rule: `{Or: [{Variable: "{{ b }}", BooleanEquals: false}, {Variable: "{{ n }}", NumericEquals: 4}]}`},
		{rule: `{Variable: "{{ s }}", NumericEquals: 4}`, err: true},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			v, err := decodeYAML(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			r, err := parseRule(newFields("", v), 0)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Holds(lookup)
			if got != tt.want || (err != nil) != tt.err {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestSleepTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name, duration, timestamp string
		want                      time.Duration
		err                       bool
	}{
		{name: "days to seconds", duration: "P1DT2H3M4S", want: 26*time.Hour + 3*time.Minute + 4*time.Second},
		{name: "the longest", duration: "PT604799S", want: MaxSleep},
		{name: "too long", duration: "PT99999999H", err: true},
		{name: "a moment to come", timestamp: "2026-01-02T03:05:05Z", want: time.Minute},
		{name: "a moment that is past", timestamp: "2025-01-02T03:05:05Z"},
		{name: "not a moment", timestamp: "tomorrow", err: true},
		{name: "nothing", duration: "PT", err: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SleepTime(tt.duration, tt.timestamp, now)
			if got != tt.want || (err != nil) != tt.err {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestOperation(t *testing.T) {
	for in, want := range map[string]string{
		"GetFunction": "GetFunction", "getFunction": "GetFunction", "get_function": "GetFunction", "": "",
		"get_layer_version_by_arn": "GetLayerVersionByArn", "invoke": "Invoke",
	} {
		if got := Operation(in); got != want {
			t.Errorf("Operation(%q) = %q, want %q", in, got, want)
		}
	}
}
