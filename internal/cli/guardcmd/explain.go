package guardcmd

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
	"github.com/layerfleet/layerfleet/internal/term"
)

// node is a step of the account of a verdict.
type node struct {
	// Text is what was evaluated: a rule, a clause, a block or a value.
	Text   string `json:"text"`
	Status string `json:"status"`
	Rule   *place `json:"rule,omitempty"`
	// Because says why, where the parts do not show it.
	Because  string  `json:"because,omitempty"`
	Values   []value `json:"values,omitempty"`
	Children []*node `json:"children,omitempty"`
}

// value is one value that a clause asked about.
type value struct {
	Path   string `json:"path"`
	Data   place  `json:"data"`
	Found  string `json:"found,omitempty"`
	Status string `json:"status"`
	// With is what it was compared with.
	With    string `json:"with,omitempty"`
	Because string `json:"because,omitempty"`
}

// mostShown is how much of a value is shown, in bytes.
const mostShown = 120

// explainer turns the trace of a rule into nodes.
type explainer struct {
	file ruleFile
	data document
}

func explain(file ruleFile, d document, t *guard.Trace) *node { return explainer{file, d}.node(t) }

func (e explainer) node(t *guard.Trace) *node {
	n := &node{Text: e.text(t), Status: t.Status.String(), Rule: e.place(t)}
	n.Because = e.because(t)
	for i := range t.Comparisons {
		n.Values = append(n.Values, e.value(&t.Comparisons[i]))
	}
	for _, c := range t.Children {
		n.Children = append(n.Children, e.node(c))
	}
	return n
}

func (e explainer) place(t *guard.Trace) *place {
	var span syntax.Span
	switch {
	case t.Rule != nil:
		span = t.Rule.Span
	case t.Clause != nil:
		span = t.Clause.At()
	default:
		return nil
	}
	at := syntax.Locate(e.file.rules.File().Source, span.Start)
	return &place{e.file.name, at.Line, at.Column}
}

// source is a piece of the policy in one line.
func (e explainer) source(from, to int) string {
	return oneLine(e.file.rules.File().Text(syntax.Span{Start: from, End: to}))
}

func (e explainer) text(t *guard.Trace) string {
	switch c := t.Clause.(type) {
	case *syntax.Check:
		end := c.OpSpan.End
		if c.Right != nil {
			end = c.Right.Where().End
		}
		return e.source(c.Span.Start, end)
	case *syntax.BlockClause:
		return e.source(c.Span.Start, c.Body.Span.Start) + " { … }"
	case *syntax.WhenBlock:
		return e.source(c.Span.Start, c.Body.Span.Start) + " { … }"
	case *syntax.TypeBlock:
		return c.Type + " { … }"
	case *syntax.RuleRef:
		return e.source(c.Span.Start, c.NameSpan.End)
	case *syntax.Call:
		return e.source(c.Span.Start, c.Span.End)
	}
	switch t.Kind {
	case guard.TraceRule:
		return "rule " + t.Rule.Name
	case guard.TraceConditions:
		return "when"
	case guard.TraceOr:
		return "one of"
	}
	return "for " + where(t.Value)
}

func where(v *doc.Value) string {
	if path := v.Path(); path != "" {
		return path
	}
	return "the document"
}

// because says what the parts of a node do not show.
func (e explainer) because(t *guard.Trace) string {
	if t.Nothing != nil {
		return e.source(t.Nothing.Span.Start, t.Nothing.Span.End) + " selects nothing"
	}
	switch t.Kind {
	case guard.TraceCheck:
		if len(t.Comparisons) == 0 && t.Status == guard.StatusPass {
			return "there is nothing to compare"
		}
	case guard.TraceRuleRef:
		ref, _ := t.Clause.(*syntax.RuleRef)
		said := "rule " + ref.Name + " is " + t.Referred.String()
		if t.Referred == guard.StatusSkip {
			said += ", which counts as a failure"
		}
		return said
	case guard.TraceOr:
		if t.Status == guard.StatusPass {
			return "the first that passes decides"
		}
	case guard.TraceType:
		if len(t.Children) == 0 {
			return "there is no resource of that type"
		}
	}
	if first := conditions(t); first != nil && first.Status != guard.StatusPass {
		return "the conditions do not hold"
	}
	return ""
}

// conditions is the node of the conditions of a rule or block, if it has any.
func conditions(t *guard.Trace) *guard.Trace {
	if len(t.Children) > 0 && t.Children[0].Kind == guard.TraceConditions {
		return t.Children[0]
	}
	return nil
}

func (e explainer) value(c *guard.Comparison) value {
	out := value{Status: c.Status.String()}
	at := c.Left()
	if s := c.Stuck(); s != nil {
		out.Because = s.Reason
		if s.Nearest != "" {
			out.Because += " (there is " + s.Nearest + ")"
		}
		if !s.OnRight {
			at = s.At
		}
	}
	if at != nil {
		out.Path = at.Path()
		out.Data.Line, out.Data.Column = at.Position()
		out.Data.File = e.data.file(out.Path)
	}
	if c.Left() != nil {
		out.Found = c.Left().Short(mostShown)
	}
	switch {
	case c.Set != nil:
		out.With = doc.NewList(c.Set).Short(mostShown)
		out.Because = "both sides are queries, and are compared as sets"
	case c.Right != nil:
		out.With = c.Right.Short(mostShown)
	}
	if c.Incomparable && c.Right != nil {
		out.Because = fmt.Sprintf("a %s and a %s cannot be compared", c.Left().Kind(), c.Right.Kind())
	}
	return out
}

func (v value) String() string {
	at := v.Path
	if at == "" {
		at = "the document"
	}
	if v.Data.Line > 0 {
		at += fmt.Sprintf(" (%s)", v.Data)
	}
	if v.Found != "" {
		at += " is " + v.Found
		if v.With != "" {
			at += ", compared with " + v.With
		}
	}
	if v.Because != "" {
		at += ": " + v.Because
	}
	return at
}

// write prints the tree below a node, its root included.
func (n *node) write(b *strings.Builder, t *term.Terminal) { n.branch(b, t, "", "") }

// branch prints a node after its own lead, what belongs to it after that of the
// lines below.
func (n *node) branch(b *strings.Builder, t *term.Terminal, lead, below string) {
	fmt.Fprintf(b, "%s%s  %s", lead, painted(t, n.Status), n.Text)
	if n.Rule != nil {
		b.WriteString("  " + t.Paint(term.Dim, n.Rule.String()))
	}
	b.WriteString("\n")
	bar := "   "
	if len(n.Children) > 0 {
		bar = "│  "
	}
	if n.Because != "" {
		fmt.Fprintf(b, "%s%s   because %s\n", below, bar, n.Because)
	}
	for _, v := range n.Values {
		fmt.Fprintf(b, "%s%s   %s  %s\n", below, bar, painted(t, v.Status), v)
	}
	for i, c := range n.Children {
		if i == len(n.Children)-1 {
			c.branch(b, t, below+"└─ ", below+"   ")
		} else {
			c.branch(b, t, below+"├─ ", below+"│  ")
		}
	}
}
