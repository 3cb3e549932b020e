package cfn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
)

// resolver gives physical ids and attributes made from the names.
type resolver struct{}

func (resolver) Ref(id string) (string, error)          { return "physical-" + id, nil }
func (resolver) Attribute(id, name string) (any, error) { return id + "/" + name, nil }
func env() cfn.Env {
	return cfn.Env{AccountID: "100000000001", Region: "eu-west-1", Partition: "aws", URLSuffix: "amazonaws.com", StackID: "arn:stack", StackName: "s"}
}

func bind(t *testing.T, body string, params map[string]string) *cfn.Bound {
	t.Helper()
	tpl, err := cfn.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tpl.Bind(params, env())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const functionsYAML = `
AWSTemplateFormatVersion: 2010-09-09
Description: every function
Parameters:
  Name: {Type: String, Default: layerfleet}
  Ids: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Count: {Type: Number, Default: 3}
  Flag: {Type: String, Default: 'true', AllowedValues: ['true', 'false']}
Mappings:
  Numbers:
    eu-west-1: {L0New: '7', L0Old: [1, 2]}
Conditions:
  On: !Equals [!Ref Flag, 'true']
  Off: !Not [{Condition: On}]
  Both: !And [!Condition On, !Or [!Condition Off, !Equals [!Select [3, !Split [':', 'arn:aws:lambda:eu-west-1']], !Ref AWS::Region]]]
Resources:
  First:
    Type: T
    Properties:
      Sub: !Sub 'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:${Name} ${!Literal} ${Second.Arn} {{ x }}'
      SubMap: !Sub ['${A}-${Second}', {A: !Ref Count}]
      Join: !Join ['-', !Ref Ids]
      Select: !Select [1, !Ref Ids]
      Index: !Select ['0', ['x', !Ref AWS::NoValue]]
      Split: !Split [',', 'p,q']
      If: !If [Off, gone, !If [Both, [kept, !Ref 'AWS::NoValue'], no]]
      Removed: !If [Off, gone, !Ref 'AWS::NoValue']
      Map: !FindInMap [Numbers, !Ref 'AWS::Region', L0New]
      MapList: !FindInMap [Numbers, !Ref 'AWS::Region', L0Old]
      Base64: !Base64 hi
      Att: !GetAtt Second.Compliance.Type
      LongAtt: {Fn::GetAtt: [Second, Arn]}
      Date: 2012-10-17
      Number: 3.10
      Account: 012345678901
      Bool: true
      Policy: {Condition: {StringEquals: {a: b}}}
  Second:
    Type: T
  Third:
    Type: T
    Condition: Off
  Fourth:
    Type: T
    DependsOn: [First, Third]
    DeletionPolicy: Retain
    Metadata: {Of: !Ref Name}
    Properties: {X: !If [Off, !Ref Third, none]}
Outputs:
  Arn: {Description: d, Value: !GetAtt First.Arn}
  Never: {Condition: Off, Value: !Ref Third}
`

func TestFunctions(t *testing.T) {
	b := bind(t, functionsYAML, nil)
	var order []string
	for _, r := range b.Resources() {
		order = append(order, r.LogicalID)
	}
	if diff := cmp.Diff([]string{"Second", "First", "Fourth"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	first, _ := b.Template.Resource("First")
	got, err := b.Properties(first, resolver{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Sub":    "arn:aws:lambda:eu-west-1:100000000001:layerfleet ${Literal} Second/Arn {{ x }}",
		"SubMap": "3-physical-Second", "Join": "a-b-c", "Select": "b", "Index": "x", "Split": []any{"p", "q"},
		"If": []any{"kept"}, "Map": "7", "MapList": []any{"1", "2"}, "Base64": "aGk=",
		"Att": "Second/Compliance.Type", "LongAtt": "Second/Arn",
		"Date": "2012-10-17", "Number": json.Number("3.10"), "Account": "012345678901", "Bool": true,
		"Policy": map[string]any{"Condition": map[string]any{"StringEquals": map[string]any{"a": "b"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	outs, err := b.Outputs(resolver{})
	if diff := cmp.Diff([]cfn.OutputValue{{Name: "Arn", Description: "d", Value: "First/Arn"}}, outs); diff != "" || err != nil {
		t.Errorf("outputs %v (-want +got):\n%s", err, diff)
	}
	fourth, _ := b.Template.Resource("Fourth")
	if meta, err := b.Metadata(fourth, resolver{}); meta != `{"Of":"layerfleet"}` || err != nil {
		t.Errorf("metadata %q, %v", meta, err)
	}
	if fourth.DeletionPolicy != cfn.Retain || first.DeletionPolicy != cfn.Delete {
		t.Errorf("deletion policies %q, %q", fourth.DeletionPolicy, first.DeletionPolicy)
	}
}

func TestJSON(t *testing.T) {
	b := bind(t, "{\n\t\"Resources\": {\"A\": {\"Type\": \"T\", \"Properties\": {\"X\": {\"Fn::Join\": [\"\", [\"a\", 1, true]]}, \"N\": 1.50}}}}", nil)
	got, err := b.Properties(b.Resources()[0], resolver{})
	if diff := cmp.Diff(map[string]any{"X": "a1true", "N": json.Number("1.50")}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// res is a template around the properties of one resource.
func res(properties string) string {
	return "Parameters: {P: {Type: String, Default: p}, L: {Type: CommaDelimitedList, Default: a}}\nMappings: {M: {k: {v: x}}}\nConditions: {C: !Equals [a, a]}\n" +
		"Resources: {A: {Type: T, Properties: {X: " + properties + "}}, B: {Type: T}}"
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, body, want string
	}{
		{"empty", "", "Template format error: YAML not well-formed."},
		{"text", "hello", "Template format error: unsupported structure."},
		{"yaml", "Resources:\n  A: [", "Template format error: YAML not well-formed. (line 3, column 1)"},
		{"json", "{\n \"Resources\": }", "Template format error: JSON not well-formed. (line 2, column 15)"},
		{"behind json", "{} {}", "JSON not well-formed"},
		{"alias", "Resources: {A: &x {Type: T}, B: *x}", "Template error: YAML aliases are not allowed in CloudFormation templates"},
		{"duplicate", "Resources: {A: {Type: T}, A: {Type: T}}", "duplicate key A. (line 1, column 27)"},
		{"null", "Resources: {A: {Type: T, Properties: {X: }}}", "Template format error: [/Resources/A] 'null' values are not allowed in templates"},
		{"no resources", "Description: x", "Template format error: At least one Resources member must be defined."},
		{"version", "AWSTemplateFormatVersion: '2011-01-01'\nResources: {A: {Type: T}}", "unsupported value for AWSTemplateFormatVersion."},
		{"section", "Foo: 1\nResources: {A: {Type: T}}", "Invalid template property or properties [Foo]"},
		{"no type", "Resources: {A: {}}", "[/Resources/A] Every Resources object must contain a Type member."},
		{"resource key", "Resources: {A: {Type: T, Foo: x}}", "Invalid template resource property 'Foo'"},
		{"name", "Resources: {a-b: {Type: T}}", "Template format error: Resource name a-b is non alphanumeric."},
		{"transform", "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: T}}", "the transform AWS::Serverless-2016-10-31"},
		{"export", "Resources: {A: {Type: T}}\nOutputs: {O: {Value: x, Export: {Name: y}}}", "exports (Outputs/O/Export)"},
		{"creation policy", "Resources: {A: {Type: T, CreationPolicy: {}}}", "the resource attribute CreationPolicy"},
		{"snapshot", "Resources: {A: {Type: T, DeletionPolicy: Snapshot}}", "the DeletionPolicy Snapshot"},
		{"parameter type", "Parameters: {P: {Type: 'AWS::EC2::VPC::Id'}}\nResources: {A: {Type: T}}", "the parameter type AWS::EC2::VPC::Id"},
		{"ref", res("!Ref Nope"), "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template"},
		{"sub", res("!Sub '${Nope} ${P}'"), "Unresolved resource dependencies [Nope] in the Resources block"},
		{"sub attribute", res("!Sub '${Nope.Arn}'"), "Template error: instance of Fn::Sub references invalid resource attribute Nope.Arn"},
		{"sub name", res("!Sub '${a b}'"), "variable names in Fn::Sub syntax"},
		{"getatt", res("!GetAtt Nope.Arn"), "Template error: instance of Fn::GetAtt references undefined resource Nope"},
		{"getatt shape", res("!GetAtt B"), "every Fn::GetAtt object requires two non-empty parameters"},
		{"join shape", res("!Join [',']"), "every Fn::Join object requires two parameters"},
		{"if condition", res("!If [Nope, a, b]"), "Unresolved condition dependency Nope in the Resources block of the template"},
		{"map", res("!FindInMap [N, k, v]"), "Mapping named 'N' is not present"},
		{"getazs", res("!GetAZs ''"), "the function Fn::GetAZs"},
		{"import", res("!ImportValue x"), "the function Fn::ImportValue"},
		{"length", res("{Fn::Length: [a]}"), "the function Fn::Length (a function of the transform AWS::LanguageExtensions)"},
		{"foreach", res("{'Fn::ForEach::Loop': [a, [b], {}]}"), "the function Fn::ForEach"},
		{"unknown function", res("{Fn::Foo: x}"), "Encountered unsupported function: Fn::Foo"},
		{"unknown tag", res("!Foo x"), "unresolved tag !Foo"},
		{"equals in a resource", res("!Equals [a, b]"), "Fn::Equals is not supported in the Resources block"},
		{"other keys", res("{Fn::Sub: a, B: b}"), "the function Fn::Sub is next to other keys"},
		{"dynamic", res("'{{resolve:ssm:name}}'"), "dynamic references (resolve:ssm)"},
		{"ref in a condition", "Conditions: {C: !Equals [!Ref A, x]}\nResources: {A: {Type: T}}", "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template"},
		{"condition cycle", "Conditions: {C: !Not [{Condition: D}], D: !Not [{Condition: C}]}\nResources: {A: {Type: T}}", "Circular dependency in the condition"},
		{"cycle", "Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, Properties: {X: !Ref A}}}", "Circular dependency between resources: [A, B]"},
		{"depends", "Resources: {A: {Type: T, DependsOn: Z}}", "Unresolved resource dependencies [Z] in the Resources block"},
		{"output", "Resources: {A: {Type: T}}\nOutputs: {O: {Value: !Ref Z}}", "Unresolved resource dependencies [Z] in the Outputs block of the template"},
		{"description", "Description: " + strings.Repeat("x", 1025) + "\nResources: {A: {Type: T}}", "'Description' length is greater than 1024"},
		{"many", "Resources:\n" + repeat(501, "  A%d: {Type: T}\n"), "Number of resources, 501, is greater than maximum allowed, 500"},
		{"if in a rule", "Rules: {R: {Assertions: [{Assert: !If [C, a, b]}]}}\nResources: {A: {Type: T}}", "Fn::If is not supported in the Rules block"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cfn.Parse(tt.body)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestParameters(t *testing.T) {
	const body = `
Parameters:
  Arn: {Type: String, AllowedPattern: '(arn:(aws|aws-cn):lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9_-]{1,140}:\d+)|', ConstraintDescription: must be a layer version ARN, Default: ''}
  Ahead: {Type: String, AllowedPattern: '(?!x)[a-z]+', Default: a}
  Pick: {Type: String, AllowedValues: [a, b], Default: a}
  Size: {Type: Number, MinValue: 1, MaxValue: 5, Default: 2}
  Sizes: {Type: List<Number>, Default: '1, 2'}
  Short: {Type: String, MinLength: 2, MaxLength: 3, Default: ab}
  Must: {Type: String}
Rules:
  Both:
    RuleCondition: !Equals [!Ref Pick, b]
    Assertions:
      - Assert: !Contains [[a, b, !Ref Short], !Ref Must]
        AssertDescription: Must must be one of them
      - Assert: !EachMemberIn [!Ref Sizes, ['1', '2', '3']]
Resources: {A: {Type: T, Properties: {X: !Ref Must}}}
`
	tpl, err := cfn.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, key, value, want string
	}{
		{name: "good", key: "Arn", value: "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"},
		{name: "constraint", key: "Arn", value: "x", want: "Parameter Arn failed to satisfy constraint: must be a layer version ARN"},
		{name: "lookahead", key: "Ahead", value: "xa", want: "Parameter 'Ahead' must match pattern (?!x)[a-z]+"},
		{name: "allowed", key: "Pick", value: "c", want: "Parameter 'Pick' must be one of AllowedValues"},
		{name: "number", key: "Size", value: "many", want: "Parameter 'Size' must be a number"},
		{name: "low", key: "Size", value: "0", want: "not less than 1"},
		{name: "high", key: "Size", value: "6", want: "not greater than 5"},
		{name: "numbers", key: "Sizes", value: "1,x", want: "Parameter 'Sizes' must be a number"},
		{name: "short", key: "Short", value: "a", want: "at least 2 characters"},
		{name: "long", key: "Short", value: "abcd", want: "at most 3 characters"},
		{name: "unknown", key: "Nope", value: "x", want: "Parameters: [Nope] do not exist in the template"},
		{name: "huge", key: "Must", value: strings.Repeat("x", 4097), want: "longer than 4096 bytes"},
		{name: "rule", key: "Pick", value: "b", want: "Must must be one of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := map[string]string{"Must": "v"}
			given[tt.key] = tt.value
			_, err := tpl.Bind(given, env())
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := tpl.Bind(nil, env()); err == nil || err.Error() != "Parameters: [Must] must have values" {
		t.Errorf("missing: %v", err)
	}
	if _, err := tpl.Bind(map[string]string{"Must": "b", "Pick": "b"}, env()); err != nil {
		t.Errorf("rule that holds: %v", err)
	}
}

func TestRefOfAbsentResource(t *testing.T) {
	tpl, err := cfn.Parse("Conditions: {C: !Equals [a, b]}\nResources: {A: {Type: T, Condition: C}, B: {Type: T, Properties: {X: !Ref A}}}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tpl.Bind(nil, env())
	if err == nil || err.Error() != "Template format error: Unresolved resource dependencies [A] in the Resources block of the template" {
		t.Errorf("error %v", err)
	}
}

func TestCapability(t *testing.T) {
	tests := []struct{ name, resources, want string }{
		{"none", "{A: {Type: T}}", ""},
		{"role", "{A: {Type: 'AWS::IAM::Role'}}", cfn.CapabilityIAM},
		{"named", "{A: {Type: 'AWS::IAM::Role'}, B: {Type: 'AWS::IAM::Role', Properties: {RoleName: x}}}", cfn.CapabilityNamedIAM},
	}
	for _, tt := range tests {
		tpl, err := cfn.Parse("Resources: " + tt.resources)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := tpl.Capability(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPosition(t *testing.T) {
	_, err := cfn.Parse("Resources:\n  A:\n    Type: T\n    Properties:\n      X: !Join [a]\n")
	var e *cfn.Error
	if !errors.As(err, &e) || e.Line != 5 {
		t.Errorf("error %#v, want line 5", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(functionsYAML)
	f.Add(`{"Resources": {"A": {"Type": "T", "Properties": {"X": {"Fn::Sub": ["${A}", {"A": "1"}]}}}}}`)
	f.Add(res("!If [C, !GetAtt B.Arn, !Sub '${P}${!x}']"))
	f.Fuzz(func(t *testing.T, body string) {
		tpl, err := cfn.Parse(body)
		if err != nil {
			return
		}
		b, err := tpl.Bind(nil, env())
		if err != nil {
			return
		}
		for _, r := range b.Resources() {
			p, err := b.Properties(r, resolver{})
			if err != nil {
				continue
			}
			if _, err := json.Marshal(p); err != nil {
				t.Errorf("properties of %s: %v", r.LogicalID, err)
			}
		}
		_, _ = b.Outputs(resolver{})
	})
}
