package guard

import "github.com/layerfleet/layerfleet/guard/internal/eval"

// Explain accounts for the verdict of the rule: every clause with the values that
// it asked about, passes and skips included.
func (r *RuleResult) Explain() *Step { return r.in.step(r.trace) }

func (s source) step(t *eval.Trace) *Step {
	out := &Step{Text: s.title(t), Status: Status(t.Status), Clause: t.Clause, Because: s.because(t)}
	switch {
	case t.Rule != nil:
		out.Pos = s.file.Position(t.Rule.Span.Start)
	case t.Clause != nil:
		out.Pos = s.file.Position(t.Clause.At().Start)
	}
	for i := range t.Comparisons {
		out.Values = append(out.Values, s.comparison(&t.Comparisons[i]))
	}
	for _, c := range t.Children {
		out.Steps = append(out.Steps, s.step(c))
	}
	return out
}

func (s source) title(t *eval.Trace) string {
	switch {
	case t.Clause != nil:
		return s.clause(t.Clause)
	case t.Kind == eval.TraceRule:
		return "rule " + t.Rule.Name
	case t.Kind == eval.TraceConditions:
		return "when"
	case t.Kind == eval.TraceOr:
		return "one of"
	}
	path, _ := s.place(t.Value)
	return "for " + named(path)
}

// named is the path of a value in words.
func named(path string) string {
	if path == "" {
		return "the document"
	}
	return printable(path)
}

// because says what the parts of a step do not show.
func (s source) because(t *eval.Trace) string {
	if t.Nothing != nil {
		return s.nothing(t)
	}
	switch t.Kind {
	case eval.TraceCheck:
		if len(t.Comparisons) == 0 && t.Status == eval.StatusPass {
			return "there is nothing to compare"
		}
	case eval.TraceRuleRef:
		return outcome(t.Referred)
	case eval.TraceOr:
		if t.Status == eval.StatusPass {
			return "the first that passes decides"
		}
	case eval.TraceType:
		if len(t.Children) == 0 {
			return "there is no resource of that type"
		}
	}
	if len(t.Children) > 0 && t.Children[0].Kind == eval.TraceConditions && t.Children[0].Status != eval.StatusPass {
		return "the conditions do not hold"
	}
	return ""
}

// mostCompared is how much of a value an explanation shows, in bytes.
const mostCompared = 120

func (s source) comparison(c *eval.Comparison) Comparison {
	out := Comparison{Status: Status(c.Status)}
	at := c.Left()
	if at != nil {
		out.Found = at.Short(mostCompared)
	}
	if k := c.Stuck(); k != nil {
		out.Because = k.Reason
		switch {
		case k.OnRight:
			out.Because = "on the right: " + k.Reason
		default:
			at = k.At
		}
		if k.Nearest != "" {
			out.Because += "; did you mean " + k.Nearest + "?"
		}
	}
	if at != nil {
		out.Path, out.Data = s.place(at)
	}
	switch {
	case c.Set != nil:
		out.With = set(c.Set, mostCompared)
		out.Because = "both sides are queries, and are compared as sets"
	case c.Right != nil:
		out.With = c.Right.Short(mostCompared)
		if c.Incomparable {
			out.Because = incomparable(c.Left(), c.Right)
		}
	}
	return out
}
