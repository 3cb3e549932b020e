package configsql_test

import (
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/configsql"
)

func Example() {
	q, err := configsql.Compile(`SELECT resourceId, configuration.layers.arn
		WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn LIKE 'arn:aws:lambda:%'`)
	if err != nil {
		fmt.Println(err)
		return
	}
	item := configsql.Document{
		"resourceType": "AWS::Lambda::Function",
		"resourceId":   "orders",
		"configuration": map[string]any{
			"layers": []any{map[string]any{"arn": "arn:aws:lambda:eu-west-1:123456789012:layer:common:3", "codeSize": 10.0}},
		},
	}
	if e := q.Evaluate(); e.Match(item) {
		fmt.Println(e.Row(item))
	}
	// Output: {"resourceId":"orders","configuration":{"layers":[{"arn":"arn:aws:lambda:eu-west-1:123456789012:layer:common:3"}]}}
}

func ExampleError_Detail() {
	_, err := configsql.Compile("SELECT resourceId WHERE configuration.runtime != 'python3.12'")
	if e, ok := errors.AsType[*configsql.Error](err); ok {
		fmt.Println(e.Detail())
	}
	// Output:
	// syntax error at line 1, column 47: the operator != is not supported
	//   SELECT resourceId WHERE configuration.runtime != 'python3.12'
	//                                                 ^
	// hint: write NOT property = value
}
