package spec_test

import (
	"context"
	"fmt"
	"log"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/spec"
)

func ExampleFile_Run() {
	rules, err := guard.Compile([]byte(`rule has_owner when resourceType exists { tags.owner exists }`), guard.Options{})
	if err != nil {
		log.Fatal(err)
	}
	tests, err := spec.Parse("owner_tests.yaml", []byte(`
- name: no owner
  input: {resourceType: AWS::Lambda::Function, tags: {}}
  expectations: {rules: {has_owner: FAIL}}
- name: an owner
  input: {resourceType: AWS::Lambda::Function, tags: {owner: payments}}
  expectations: {rules: {has_owner: SKIP}}
`))
	if err != nil {
		log.Fatal(err)
	}
	report, err := tests.Run(context.Background(), rules, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range report.Cases {
		for _, r := range c.Results {
			fmt.Printf("%s: rule %s is %v, expected %v: %v\n", c.Name, r.Rule, r.Got, r.Want, r.Outcome)
		}
	}
	// Output:
	// no owner: rule has_owner is [FAIL], expected FAIL: met
	// an owner: rule has_owner is [PASS], expected SKIP: unmet
}
