package spec_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/spec"
)

const rules = `
rule named when a exists {
    a.Ref == "x"
    when b exists { b == 1 }
}
rule twice when a exists { a exists }
rule twice when b exists { b == 2 }
`

const tests = `
- name: good
  input: {a: !Ref x}
  expectations:
    rules: {named: PASS, twice: PASS, nosuch: FAIL}
- input:
    b: 1
  expectations:
    rules:
      named: SKIP
      twice: SKIP
`

func TestRun(t *testing.T) {
	r, err := guard.Compile([]byte(rules), guard.Options{Dialect: guard.DialectV3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := spec.Parse("t.yaml", []byte(tests))
	if err != nil {
		t.Fatal(err)
	}
	coverage := spec.NewCoverage(r.File())
	report, err := f.Run(context.Background(), r, coverage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spec.Summary{Cases: 2, Expectations: 5, Met: 3, Unmet: 1, Unknown: 1}, report.Summary()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	last := report.Cases[1].Results[1]
	if last.Rule != "twice" || last.Outcome != spec.OutcomeUnmet || last.Line != 11 || len(last.Got) != 2 {
		t.Errorf("got %+v", last)
	}
	var never []string
	for _, c := range coverage.Clauses() {
		if c.Pass+c.Fail+c.Skip == 0 {
			never = append(never, c.Rule+": "+r.File().Text(c.Clause.At()))
		}
	}
	if diff := cmp.Diff([]string{"named: b == 1"}, never); diff != "" {
		t.Errorf("never evaluated (-want +got):\n%s", diff)
	}
	if evaluated, all := coverage.Evaluated(); evaluated != 8 || all != 9 {
		t.Errorf("%d of %d clauses evaluated, want 8 of 9", evaluated, all)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1":                        "a test file is a list of cases",
		"- 1":                         "a case is a map",
		"- expectations: {rules: {}}": "a case needs an input",
		"- input: {}":                 "a case needs expectations",
		"- {input: {}, expectations: {rules: [1]}}":           "rules is a list",
		"- {input: {}, expectations: {rules: {r: FAI}}}":      "t.yaml:1:41: a verdict is PASS, FAIL or SKIP",
		"- {name: 1, input: {}, expectations: {rules: {}}}":   "name is an int, not a string",
		"- {input: {1: 2}, expectations: {rules: {r: PASS}}}": "the name of a member must be text",
	} {
		if _, err := spec.Parse("t.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}

func TestPairs(t *testing.T) {
	dir := fstest.MapFS{}
	for _, name := range []string{
		"s3/bucket.guard", "s3/bucket_names.guard", "s3/tests/bucket_tests.yml", "s3/tests/bucket_names_tests.json", "s3/tests/other_tests.yml",
		"ec2/volume.ruleset", "ec2/volume-tests.yaml", "ec2/readme.yaml", "tests/volume_tests.yml",
	} {
		dir[name] = &fstest.MapFile{}
	}
	got, err := spec.Pairs(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []spec.Pair{
		{Rules: "ec2/volume.ruleset", Tests: []string{"ec2/volume-tests.yaml"}},
		{Rules: "s3/bucket.guard", Tests: []string{"s3/tests/bucket_tests.yml"}},
		{Rules: "s3/bucket_names.guard", Tests: []string{"s3/tests/bucket_names_tests.json"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
