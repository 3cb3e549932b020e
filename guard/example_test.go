package guard_test

import (
	"context"
	"fmt"

	"github.com/layerfleet/layerfleet/guard"
)

func ExampleCompile() {
	rules, err := guard.Compile([]byte(`
rule function_has_a_supported_runtime when resourceType == "AWS::Lambda::Function" {
    configuration.runtime in ["python3.12", "python3.13"]  << move to a supported Python >>
}`), guard.Options{Dialect: guard.DialectConfig, Name: "runtime.guard"})
	if err != nil {
		fmt.Println(err)
		return
	}
	item, err := guard.ParseJSON([]byte(`{"resourceType": "AWS::Lambda::Function", "configuration": {"runtime": "python3.8"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := rules.Status(context.Background(), item)
	fmt.Println(status, err)
	// Output: FAIL <nil>
}

func ExampleRuleset_Eval() {
	rules, err := guard.Compile([]byte(`
rule encrypted {
    Resources.*[ Type == "AWS::S3::Bucket" ] {
        Properties.BucketEncryption exists  << encrypt it >>
        Properties.Tags[*].Key in ["owner", "stage"]
    }
}`), guard.Options{Dialect: guard.DialectV3, Name: "s3.guard"})
	if err != nil {
		fmt.Println(err)
		return
	}
	template, err := guard.Load("template.yaml", []byte(`
Resources:
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncription: {}
      Tags:
        - {Key: owner, Value: me}
        - {Key: color, Value: red}
`), guard.LoadCLI3)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := rules.Eval(context.Background(), template)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Status)
	for _, f := range result.Failed() {
		fmt.Println(f)
	}
	// Output:
	// FAIL
	// template.yaml:6:7: rule encrypted: encrypt it: /Resources/Logs/Properties: expected a value: there is no property BucketEncryption; did you mean BucketEncription?
	// template.yaml:9:17: rule encrypted: /Resources/Logs/Properties/Tags/1/Key: expected one of ["owner", "stage"], found "color"
}

func ExampleRuleResult_Explain() {
	rules, err := guard.Compile([]byte(`
rule short_timeout when resourceType == "AWS::Lambda::Function" {
    configuration.timeout in r[1,60]
    tags.LongRunning !exists
}`), guard.Options{Name: "timeout.guard"})
	if err != nil {
		fmt.Println(err)
		return
	}
	item, err := guard.Load("item.json", []byte(`{"resourceType": "AWS::Lambda::Function", "configuration": {"timeout": 90}, "tags": {}}`), guard.LoadValues)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := rules.Eval(context.Background(), item)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(result.Rules[0].Explain())
	// Output:
	// FAIL  rule short_timeout  timeout.guard:2:1
	// ├─ PASS  when
	// │  └─ PASS  resourceType == "AWS::Lambda::Function"  timeout.guard:2:25
	// │           PASS  /resourceType (item.json:1:18) is "AWS::Lambda::Function", compared with "AWS::Lambda::Function"
	// ├─ FAIL  configuration.timeout in r[1,60]  timeout.guard:3:5
	// │        FAIL  /configuration/timeout (item.json:1:72) is 90, compared with r[1,60]
	// └─ PASS  tags.LongRunning !exists  timeout.guard:4:5
	//          PASS  /tags (item.json:1:85): there is no property LongRunning
}

func ExampleDiagnostics() {
	_, err := guard.Compile([]byte(`rule both { a == 1 && b == 2 }
rule named { both }
`), guard.Options{Name: "bad.guard"})
	fmt.Println(err)
	// Output:
	// bad.guard:1:20: unexpected '&&': block is not closed
	//   rule both { a == 1 && b == 2 }
	//                      ^
	//   hint: leave it out: clauses that follow each other are joined by 'and'
	// bad.guard:2:19: unexpected '}': 'both' needs an operator, or a line break if it names a rule
	//   rule named { both }
	//                     ^
	//   hint: a named rule must be followed by a line break
}

func ExampleFromValue() {
	rules, err := guard.Compile([]byte(`
let large = items[ size > 10 ]
rule large_items_have_names when %large !empty {
    %large.name exists
}`), guard.Options{Dialect: guard.DialectV3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, items := range [][]any{
		{map[string]any{"size": 20, "name": "a"}},
		{map[string]any{"size": 20}},
		{map[string]any{"size": 5}},
	} {
		d, err := guard.FromValue(map[string]any{"items": items})
		if err != nil {
			fmt.Println(err)
			return
		}
		status, err := rules.Status(context.Background(), d)
		fmt.Println(status, err)
	}
	// Output:
	// PASS <nil>
	// FAIL <nil>
	// SKIP <nil>
}
