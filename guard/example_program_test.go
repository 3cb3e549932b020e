package guard_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/layerfleet/layerfleet/guard"
)

// check evaluates a policy on a configuration item and prints what is wrong with it.
func check(policy, item string) error {
	src, err := os.ReadFile(policy)
	if err != nil {
		return err
	}
	rules, err := guard.Compile(src, guard.Options{Name: policy})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(item)
	if err != nil {
		return err
	}
	document, err := guard.Load(item, text, guard.LoadValues)
	if err != nil {
		return err
	}
	result, err := rules.Eval(context.Background(), document)
	if err != nil {
		return err
	}
	for _, f := range result.Failed() {
		fmt.Println(f)
	}
	fmt.Println(result.Status)
	return nil
}

// A policy and an item from files, and what is wrong with the item.
func Example() {
	if err := check("testdata/example/layers.guard", "testdata/example/item.json"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// testdata/example/item.json:7:15: rule runtime_layer_is_current: move to release 2.3.1: /configuration/layers/0/arn: expected "arn:aws:lambda:eu-west-1:111122223333:layer:common-runtime:7", found "arn:aws:lambda:eu-west-1:111122223333:layer:common-runtime:6"
	// testdata/example/item.json:3:11: rule function_has_an_owner: /tags: expected a value: there is no property owner; did you mean Owners?
	// FAIL
}
