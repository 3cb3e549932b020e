package guard

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// source is what an evaluation was about: the rules and the document.
type source struct {
	file *syntax.File
	doc  *Document
}

// place is where a value is: its path and its position. A literal of the rules
// is not in the document.
func (s source) place(v *doc.Value) (path string, at Position) {
	root := v
	for root.Parent() != nil {
		root = root.Parent()
	}
	if root != s.doc.Root() {
		return "", Position{File: s.doc.Name}
	}
	line, column := v.Position()
	return v.Path(), Position{File: s.doc.File(v), Line: line, Column: column}
}

// text is a piece of the rules on one line.
func (s source) text(from, to int) string {
	return oneLine(s.file.Text(syntax.Span{Start: from, End: to}))
}

// expr is an expression of the rules on one line.
func (s source) expr(e syntax.Expr) string { return s.text(e.At().Start, e.At().End) }

// clause is a clause on one line, without its message and its body.
func (s source) clause(c syntax.Clause) string {
	start := c.At().Start
	switch c := c.(type) {
	case *syntax.Check:
		if c.Right != nil {
			return s.text(start, c.Right.At().End)
		}
		return s.text(start, c.OpSpan.End)
	case *syntax.RuleRef:
		return s.text(start, c.NameSpan.End)
	case *syntax.Call:
		if c.Message != nil {
			return s.text(start, c.Message.Span.Start)
		}
	case *syntax.BlockClause:
		return s.text(start, c.Body.Span.Start) + " { … }"
	case *syntax.WhenBlock:
		return s.text(start, c.Body.Span.Start) + " { … }"
	case *syntax.TypeBlock:
		return c.Type + " { … }"
	}
	return s.text(start, c.At().End)
}

// nothing says that a query selects nothing, "" if that is not what happened.
func (s source) nothing(t *eval.Trace) string {
	if t.Nothing == nil {
		return ""
	}
	return s.expr(t.Nothing) + " selects nothing"
}

// oneLine makes all white space single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// set renders values like a list, in about n bytes.
func set(values []*doc.Value, n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > n {
			b.WriteString("…")
			break
		}
		b.WriteString(v.Short(n))
	}
	b.WriteByte(']')
	return b.String()
}
