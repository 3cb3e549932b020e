package spec

import (
	"context"
	"fmt"

	"github.com/layerfleet/layerfleet/guard"
)

// Outcome says how an expectation came out.
type Outcome uint8

// The outcomes. OutcomeNoRule means that there is no such rule; cfn-guard ignores
// such expectations.
const (
	OutcomeMet Outcome = iota
	OutcomeUnmet
	OutcomeNoRule
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{"met", "unmet", "unknown rule"}[o]
}

// Report is what a run of a test file gave.
type Report struct {
	File  string
	Cases []CaseReport
}

// CaseReport is what the run of a case gave.
type CaseReport struct {
	Name string
	Line int
	// Err is set if the evaluation gave no verdict; all expectations are
	// unmet then.
	Err     error
	Results []Result
	// Rules are the verdicts with their reasons, nil with Err.
	Rules []guard.RuleResult
}

// Result is how one expectation came out.
type Result struct {
	Expectation
	// Got are the verdicts of the rules of that name, nil if unknown.
	Got     []guard.Status
	Outcome Outcome
}

// Summary counts a report.
type Summary struct {
	Cases, Expectations, Met, Unmet, Unknown int
}

// Run evaluates the cases of a file. If coverage is not nil, what they
// evaluate is counted there.
func (f *File) Run(ctx context.Context, rules *guard.Ruleset, coverage *Coverage) (*Report, error) {
	r := &Report{File: f.Name}
	for i := range f.Cases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.Cases = append(r.Cases, f.Cases[i].run(ctx, rules, coverage))
	}
	return r, nil
}

func (c *Case) run(ctx context.Context, rules *guard.Ruleset, coverage *Coverage) CaseReport {
	out := CaseReport{Name: c.Name, Line: c.Line}
	known := map[string]bool{}
	for _, name := range rules.Rules() {
		known[name] = true
	}
	got := map[string][]guard.Status{}
	result, err := rules.Eval(ctx, c.Input)
	if err != nil {
		out.Err = fmt.Errorf("no verdict: %w", err)
	} else {
		out.Rules = result.Rules
		for _, r := range result.Rules {
			got[r.Name] = append(got[r.Name], r.Status)
		}
		coverage.add(result)
	}
	for _, e := range c.Expectations {
		r := Result{Expectation: e, Got: got[e.Rule], Outcome: OutcomeUnmet}
		switch {
		case !known[e.Rule]:
			r.Outcome = OutcomeNoRule
		case out.Err == nil && meets(r.Got, e.Want):
			r.Outcome = OutcomeMet
		}
		out.Results = append(out.Results, r)
	}
	return out
}

// meets compares as cfn-guard does where several rules have one name: one of
// them must have the verdict, but a skip must be that of all.
func meets(got []guard.Status, want guard.Status) bool {
	skips := 0
	for _, s := range got {
		if s == want && want != guard.StatusSkip {
			return true
		}
		if s == guard.StatusSkip {
			skips++
		}
	}
	return want == guard.StatusSkip && skips == len(got)
}

// Summary counts the cases and how their expectations came out.
func (r *Report) Summary() Summary {
	s := Summary{Cases: len(r.Cases)}
	for _, c := range r.Cases {
		s.Expectations += len(c.Results)
		for _, res := range c.Results {
			switch res.Outcome {
			case OutcomeMet:
				s.Met++
			case OutcomeUnmet:
				s.Unmet++
			case OutcomeNoRule:
				s.Unknown++
			}
		}
	}
	return s
}
