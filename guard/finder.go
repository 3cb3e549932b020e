package guard

import (
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// finder collects the findings of a failed rule.
type finder struct {
	source
	rule  string
	found []Finding
}

// children looks below a node that failed; message is that of the call around.
func (f *finder) children(t *eval.Trace, message string) {
	for _, c := range t.Children {
		if c.Status == eval.StatusFail && c.Kind != eval.TraceConditions {
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
		fd.Expected, fd.Reason = "rule "+c.Name+" to pass", outcome(t.Referred)
		if c.Not {
			fd.Expected = "rule " + c.Name + " not to pass"
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

// outcome says in words what became of a rule that another one names.
func outcome(s eval.Status) string {
	switch s {
	case eval.StatusPass:
		return "it passes"
	case eval.StatusFail:
		return "it fails"
	}
	return "it skips, which counts as a failure"
}

func (f *finder) at(c syntax.Clause, message string) Finding {
	span := c.At()
	return Finding{
		Rule: f.rule, Clause: f.clause(c), Span: span, Pos: f.file.Position(span.Start), Message: message,
		Data: Position{File: f.doc.Name},
	}
}

func (f *finder) block(t *eval.Trace, c *syntax.BlockClause, message string) {
	fd := f.at(c, message)
	for i := range t.Comparisons {
		missing := fd
		missing.Expected = "a value"
		f.stuck(&missing, &t.Comparisons[i])
		f.found = append(f.found, missing)
	}
	if c.NotEmpty && t.Nothing != nil {
		fd.Expected, fd.Reason = "at least one value", f.nothing(t)
		f.found = append(f.found, fd)
	}
}

func (f *finder) check(t *eval.Trace, c *syntax.Check, message string) {
	fd := f.at(c, message)
	failed := false
	for i := range t.Comparisons {
		cmp := &t.Comparisons[i]
		if cmp.Status != eval.StatusFail || failed && cmp.Set != nil && len(cmp.Set) == 0 {
			continue // a set that is empty because its values are missing says nothing new
		}
		failed = true
		one := fd
		f.compared(&one, c, cmp)
		f.found = append(f.found, one)
	}
	if !failed {
		fd.Expected, fd.Reason = f.expected(c, nil), f.nothing(t)
		if fd.Reason == "" {
			fd.Reason = "no value is"
		}
		f.found = append(f.found, fd)
	}
}

// mostFound is how much of a value a finding shows, in bytes.
const mostFound = 200

func (f *finder) compared(fd *Finding, c *syntax.Check, cmp *eval.Comparison) {
	fd.Expected = f.expected(c, cmp)
	v := cmp.Left()
	if v != nil {
		fd.Path, fd.Data = f.place(v)
		fd.Found = v.Short(mostFound)
	}
	switch {
	case cmp.Stuck() != nil:
		f.stuck(fd, cmp)
	case cmp.Incomparable && cmp.Right != nil:
		fd.Reason = incomparable(v, cmp.Right)
	case !c.Negated && slices.Contains(cmp.Set, v): // what differs is on the right
		fd.Found, fd.Reason = "", f.expr(c.Query)+" does not have "+fd.Found
	}
}

// incomparable says that the kinds of two values do not allow to compare them.
func incomparable(a, b *doc.Value) string {
	return a.Kind().WithArticle() + " cannot be compared with " + b.Kind().WithArticle()
}

// stuck says why there is no value, and where the query ended.
func (f *finder) stuck(fd *Finding, cmp *eval.Comparison) {
	s := cmp.Stuck()
	fd.Reason, fd.Nearest = s.Reason, s.Nearest
	if s.OnRight {
		fd.Reason = "on the right: " + s.Reason
	} else {
		fd.Path, fd.Data = f.place(s.At)
	}
	if s.Query != nil && s.Part < len(s.Query.Parts) {
		from := s.Query.Parts[s.Part].Span.Start
		fd.Missing = strings.TrimPrefix(f.text(from, s.Query.Span.End), ".")
	}
}
