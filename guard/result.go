package guard

import (
	"context"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Result is the verdict of a rule file on a document, with the reasons.
type Result struct {
	Status Status
	Rules  []RuleResult
}

// RuleResult is the verdict of one rule.
type RuleResult struct {
	Name   string
	Status Status
	// Findings say why the rule failed; there are none if it did not.
	Findings []Finding
	// Trace is the whole account of the evaluation.
	Trace *eval.Trace
}

// Finding is one reason for the failure of a rule.
type Finding struct {
	Rule string
	// Clause is the text of the clause that failed; Span and Pos say where it
	// stands in the rule file.
	Clause string
	Span   syntax.Span
	Pos    syntax.Position
	// Message is the custom message of the clause, without the space around.
	Message string
	// Path is the JSON pointer of the value in the document, or of the last
	// value that was found on the way; Line and Column are its place, counted
	// from 1, or 0 if the document has no text.
	Path         string
	Line, Column int
	// Expected is what the clause asks for, Found the value that is there; it
	// is empty if there is none.
	Expected, Found string
	// Reason says in a few words what is wrong.
	Reason string
	// Missing is the rest of the query that led nowhere, Nearest the name of
	// a property that is there and spelled nearly like the one that is not.
	Missing, Nearest string
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
		rule.Name, rule.Status, rule.Trace = t.Rule.Name, t.Status, t
		if t.Status == StatusFail {
			f := finder{file: r.File(), rule: t.Rule.Name}
			f.children(t, "")
			rule.Findings = f.found
		}
		if t.Status == StatusFail || out.Status == StatusSkip {
			out.Status = t.Status
		}
	}
	return out, nil
}

// finder collects the findings of a failed rule.
type finder struct {
	file  *syntax.File
	rule  string
	found []Finding
}

// children looks below a node that failed; message is that of the call around.
func (f *finder) children(t *eval.Trace, message string) {
	for _, c := range t.Children {
		if c.Status == StatusFail && c.Kind != eval.TraceConditions {
			f.node(c, message)
		}
	}
}

func (f *finder) node(t *eval.Trace, message string) {
	switch c := t.Clause.(type) {
	case *syntax.Check:
		f.check(t, c, text(c.Message, message))
		return
	case *syntax.RuleRef:
		fd := f.at(c, text(c.Message, message))
		fd.Expected, fd.Reason = "rule "+c.Name+" passes", "rule "+c.Name+" is "+t.Referred.String()
		if c.Not {
			fd.Expected = "rule " + c.Name + " does not pass"
		}
		f.found = append(f.found, fd)
		return
	case *syntax.Call:
		message = text(c.Message, message)
	case *syntax.BlockClause:
		f.block(t, c, message)
	}
	f.children(t, message)
}

// text is the custom message of a clause, or else of the call around it.
func text(m *syntax.Message, around string) string {
	if m == nil {
		return around
	}
	return strings.TrimSpace(m.Text)
}

func (f *finder) at(c syntax.Clause, message string) Finding {
	span := c.At()
	return Finding{
		Rule: f.rule, Clause: f.file.Text(span), Span: span, Pos: syntax.Locate(f.file.Source, span.Start), Message: message,
	}
}

func (f *finder) block(t *eval.Trace, c *syntax.BlockClause, message string) {
	fd := f.at(c, message)
	fd.Clause = f.file.Text(c.Query.Span) + " { … }"
	for i := range t.Comparisons {
		missing := fd
		missing.stuck(f.file, &t.Comparisons[i])
		f.found = append(f.found, missing)
	}
	if c.NotEmpty && t.Nothing != nil {
		fd.Reason = "the query selects nothing"
		f.found = append(f.found, fd)
	}
}

func (f *finder) check(t *eval.Trace, c *syntax.Check, message string) {
	fd := f.at(c, message)
	fd.Expected = f.expected(c)
	failed := false
	for i := range t.Comparisons {
		cmp := &t.Comparisons[i]
		if cmp.Status != StatusFail || failed && cmp.Set != nil && len(cmp.Set) == 0 {
			continue // a set that is empty because its values are missing says nothing new
		}
		failed = true
		one := fd
		one.compared(f.file, c, cmp)
		f.found = append(f.found, one)
	}
	if !failed {
		fd.Reason = "no value matches"
		if t.Nothing != nil {
			fd.Reason = "the query selects nothing"
		}
		f.found = append(f.found, fd)
	}
}

// expected is the operator with its right-hand side, as written.
func (f *finder) expected(c *syntax.Check) string {
	op := c.Op.String()
	switch {
	case c.Op == syntax.OpEq && c.Negated:
		op = "!="
	case c.Op.Unary() && c.Not != c.Negated, c.Op == syntax.OpIn && c.Negated:
		op = "not " + op
	}
	if c.Right == nil {
		return op
	}
	return op + " " + f.file.Text(c.Right.Where())
}

// mostFound is how much of a value a finding shows, in bytes.
const mostFound = 200

func (fd *Finding) place(v *doc.Value) {
	fd.Path = v.Path()
	fd.Line, fd.Column = v.Position()
}

func (fd *Finding) compared(file *syntax.File, c *syntax.Check, cmp *eval.Comparison) {
	if cmp.Stuck() != nil {
		if v := cmp.Left(); v != nil {
			fd.place(v)
			fd.Found = v.Short(mostFound)
		}
		fd.stuck(file, cmp)
		return
	}
	v := cmp.Left()
	fd.place(v)
	fd.Found = v.Short(mostFound)
	switch {
	case cmp.Incomparable && cmp.Right != nil:
		fd.Reason = "a " + v.Kind().String() + " cannot be compared with a " + cmp.Right.Kind().String()
	case cmp.Set != nil:
		fd.Reason = "the value is not among those of the other query"
		if c.Negated {
			fd.Reason = "the value is among those of the other query"
		}
	case c.Op.Unary():
		fd.Reason = "the value is a " + v.Kind().String()
	default:
		fd.Reason = "the value does not satisfy the clause"
	}
	if _, ok := c.Right.(*syntax.Query); ok && cmp.Right != nil {
		fd.Expected += " (" + cmp.Right.Short(mostFound) + ")"
	}
}

func (fd *Finding) stuck(file *syntax.File, cmp *eval.Comparison) {
	s := cmp.Stuck()
	fd.Reason, fd.Nearest = s.Reason, s.Nearest
	if s.OnRight {
		fd.Reason = "on the right: " + s.Reason
	} else {
		fd.place(s.At)
	}
	if s.Query != nil && s.Part < len(s.Query.Parts) {
		from := s.Query.Parts[s.Part].Span.Start
		fd.Missing = strings.TrimPrefix(file.Text(syntax.Span{Start: from, End: s.Query.Span.End}), ".")
	}
}
