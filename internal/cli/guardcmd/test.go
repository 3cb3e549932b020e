package guardcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/spec"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/report"
)

type testOptions struct {
	rules, tests, dir string
	strict            bool
	dialect           dialect
	format            command.Format
}

// tested is the JSON value of test.
type tested struct {
	FormatVersion string       `json:"format_version"`
	Summary       testSummary  `json:"summary"`
	Files         []testedFile `json:"files"`
}

type testSummary struct {
	Cases        int `json:"cases"`
	Expectations int `json:"expectations"`
	Passed       int `json:"passed"`
	Failed       int `json:"failed"`
	UnknownRules int `json:"unknown_rules"`
}

// testedFile is a policy with its test files.
type testedFile struct {
	Rules string `json:"rules"`
	// Error says why the policy or a test file of it could not be read.
	Error    string     `json:"error,omitempty"`
	Tests    []testFile `json:"tests"`
	Coverage *coverage  `json:"coverage,omitempty"`
}

type testFile struct {
	File  string     `json:"file"`
	Cases []testCase `json:"cases"`
}

type testCase struct {
	Name string `json:"name,omitempty"`
	Line int    `json:"line"`
	// Error says why there is no verdict.
	Error        string        `json:"error,omitempty"`
	Expectations []expectation `json:"expectations"`
}

type expectation struct {
	Rule     string         `json:"rule"`
	Line     int            `json:"line"`
	Expected guard.Status   `json:"expected"`
	Got      []guard.Status `json:"got"`
	// Outcome is passed, failed or unknown_rule.
	Outcome string `json:"outcome"`
	// Findings say why the rule failed, if that was not expected.
	Findings []guard.Finding `json:"findings,omitempty"`
}

// coverage counts the clauses that some case evaluated.
type coverage struct {
	Clauses   int       `json:"clauses"`
	Evaluated int       `json:"evaluated"`
	Missed    []missing `json:"missed"`
}

type missing struct {
	Rule   string `json:"rule"`
	Clause string `json:"clause"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func newTest(f *command.Factory) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test --rules FILE --tests FILE | --dir DIR",
		Short: "run unit tests of policies, in cfn-guard's format",
		Long: `test runs test files as "cfn-guard test" does: lists of documents with the verdicts that
rules are to have on them. With --dir, policies are paired with the test files whose
names begin with theirs: tests/NAME_….yaml in a directory next to NAME.guard, or
NAME-tests.yaml next to it.

An expectation for a rule that does not exist is listed; cfn-guard ignores it. With
--strict it is an error. The clauses that no case evaluates are listed, too.

The exit code is 0 if all expectations are met, 2 if one is not, 1 if a file cannot be
read. A test file:

  - name: a function with the old layer
    input:
      configuration: {layers: [{arn: "arn:aws:lambda:eu-west-1:100000000000:layer:deps:1"}]}
    expectations:
      rules: {no_old_layer: FAIL}`,
		Example: `  layerfleet guard test --rules layers.guard --tests layers_tests.yaml
  layerfleet guard test --dir policies --strict
  layerfleet guard test --dir rules --dialect 3 -o json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pair := o.rules != "" && o.tests != ""
			if pair == (o.dir != "") || !pair && o.rules+o.tests != "" {
				return need(cmd, "either --rules and --tests, or --dir")
			}
			return runTest(cmd.Context(), f, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.rules, "rules", "", "policy")
	flags.StringVar(&o.tests, "tests", "", "test file")
	flags.StringVar(&o.dir, "dir", "", "directory of policies and test files")
	flags.BoolVar(&o.strict, "strict", false, "fail on expectations for rules that do not exist")
	o.dialect.flag(cmd)
	command.FormatFlag(cmd, &o.format)
	return cmd
}

func runTest(ctx context.Context, f *command.Factory, o testOptions) error {
	pairs := []spec.Pair{{Rules: o.rules, Tests: []string{o.tests}}}
	if o.dir != "" {
		var err error
		if pairs, err = pairsBelow(o.dir); err != nil {
			return err
		}
	}
	out := tested{FormatVersion: report.FormatVersion, Files: []testedFile{}}
	unreadable, untested := 0, 0
	for _, p := range pairs {
		if len(p.Tests) == 0 {
			untested++
			continue
		}
		file, err := testPolicy(ctx, p, o.dialect.Dialect, &out.Summary)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if o.dir == "" {
				return err
			}
			file.Error = err.Error()
			unreadable++
		}
		out.Files = append(out.Files, file)
	}
	if err := f.Show(o.format, out, func() error { return writeTested(f.Terminal, out) }); err != nil {
		return err
	}
	if untested > 0 {
		f.Terminal.Say("note: %s without tests", count.Of(untested, "policy file"))
	}
	switch {
	case unreadable > 0:
		return fmt.Errorf("%s could not be tested", count.Of(unreadable, "policy file"))
	case o.strict && out.Summary.UnknownRules > 0:
		return fmt.Errorf("%s for rules that do not exist", count.Of(out.Summary.UnknownRules, "expectation"))
	}
	return command.Conclude(true, out.Summary.Failed > 0)
}

func pairsBelow(dir string) ([]spec.Pair, error) {
	pairs, err := spec.Pairs(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	tests := 0
	for i := range pairs {
		pairs[i].Rules = filepath.Join(dir, pairs[i].Rules)
		for j := range pairs[i].Tests {
			pairs[i].Tests[j] = filepath.Join(dir, pairs[i].Tests[j])
			tests++
		}
	}
	if tests == 0 {
		return nil, fmt.Errorf("no policy with tests below %s", dir)
	}
	return pairs, nil
}

// testPolicy runs all test files of a policy. The error joins those of all files
// that could not be read; the others were run.
func testPolicy(ctx context.Context, p spec.Pair, d guard.Dialect, sum *testSummary) (testedFile, error) {
	out := testedFile{Rules: p.Rules, Tests: []testFile{}}
	policy, err := compile(p.Rules, d)
	if err != nil {
		return out, err
	}
	counts := spec.NewCoverage(policy.rules.File())
	var unread []error
	for _, name := range p.Tests {
		one, err := runTests(ctx, policy, name, counts, sum)
		if err != nil {
			unread = append(unread, err)
			continue
		}
		out.Tests = append(out.Tests, one)
	}
	out.Coverage = covered(policy, counts)
	return out, errors.Join(unread...)
}

func runTests(ctx context.Context, policy ruleFile, name string, counts *spec.Coverage, sum *testSummary) (testFile, error) {
	out := testFile{File: name, Cases: []testCase{}}
	text, err := os.ReadFile(name)
	if err != nil {
		return out, err
	}
	file, err := spec.Parse(name, text)
	if err != nil {
		return out, err
	}
	result, err := file.Run(ctx, policy.rules, counts)
	if err != nil {
		return out, err
	}
	s := result.Summary()
	sum.Cases += s.Cases
	sum.Expectations += s.Expectations
	sum.Passed += s.Met
	sum.Failed += s.Unmet
	sum.UnknownRules += s.Unknown
	for i := range result.Cases {
		out.Cases = append(out.Cases, caseOf(&result.Cases[i]))
	}
	return out, nil
}

func caseOf(c *spec.CaseReport) testCase {
	out := testCase{Name: c.Name, Line: c.Line, Expectations: []expectation{}}
	if c.Err != nil {
		out.Error = c.Err.Error()
	}
	for _, r := range c.Results {
		e := expectation{Rule: r.Rule, Line: r.Line, Expected: r.Want, Got: append([]guard.Status{}, r.Got...), Outcome: outcome(r.Outcome)}
		if r.Outcome == spec.OutcomeUnmet {
			for _, rule := range c.Rules {
				if rule.Name == r.Rule {
					e.Findings = append(e.Findings, rule.Findings...)
				}
			}
		}
		out.Expectations = append(out.Expectations, e)
	}
	return out
}

// The outcomes of expectations.
const (
	passed      = "passed"
	failed      = "failed"
	unknownRule = "unknown_rule"
)

func outcome(o spec.Outcome) string {
	switch o {
	case spec.OutcomeMet:
		return passed
	case spec.OutcomeUnmet:
		return failed
	}
	return unknownRule
}

func covered(policy ruleFile, counts *spec.Coverage) *coverage {
	out := &coverage{Missed: []missing{}}
	out.Evaluated, out.Clauses = counts.Evaluated()
	for _, k := range counts.Clauses() {
		if k.Pass+k.Fail+k.Skip == 0 {
			text := oneLine(policy.rules.File().Text(k.Clause.At()))
			out.Missed = append(out.Missed, missing{k.Rule, text, k.Pos.Line, k.Pos.Column})
		}
	}
	return out
}
