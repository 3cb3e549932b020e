package guard

import (
	"context"

	"github.com/layerfleet/layerfleet/guard/internal/eval"
)

// Result is the verdict of a rule file on a document, with the reasons.
type Result struct {
	Status Status `json:"status"`
	// Rules are the rules in the order of evaluation, as in [Ruleset.Rules].
	Rules []RuleResult `json:"rules"`
}

// RuleResult is the verdict of one rule.
type RuleResult struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Findings say why the rule failed; there are none if it did not.
	Findings []Finding `json:"findings,omitempty"`

	trace *eval.Trace
	in    source
}

// Failed are the findings of all rules that failed, in the order of the rules.
func (r *Result) Failed() []Finding {
	var all []Finding
	for i := range r.Rules {
		all = append(all, r.Rules[i].Findings...)
	}
	return all
}

// Eval evaluates all rules and gives the reasons with the verdict. The error
// is as in [Ruleset.Status]; there is no result then.
func (r *Ruleset) Eval(ctx context.Context, d *Document) (*Result, error) {
	traces, err := r.program.Trace(ctx, d.Root(), r.limits)
	if err != nil {
		return nil, err
	}
	out := &Result{Rules: make([]RuleResult, len(traces))}
	for i, t := range traces {
		rule := &out.Rules[i]
		*rule = RuleResult{Name: t.Rule.Name, Status: Status(t.Status), trace: t, in: source{r.File(), d}}
		if rule.Status == StatusFail {
			f := finder{source: rule.in, rule: rule.Name}
			f.children(t, "")
			rule.Findings = f.found
		}
		if rule.Status == StatusFail || out.Status == StatusSkip {
			out.Status = rule.Status
		}
	}
	return out, nil
}
