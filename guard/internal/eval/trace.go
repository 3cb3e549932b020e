package eval

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// TraceKind says what a node of a trace is about.
type TraceKind uint8

// The kinds of nodes.
const (
	TraceRule       TraceKind = iota + 1 // a rule
	TraceConditions                      // what is after a when
	TraceOr                              // alternatives
	TraceCheck                           // a clause with its comparisons
	TraceBlock                           // a block clause
	TraceType                            // a type block
	TraceValue                           // a block's body for one value
	TraceWhen                            // a when block
	TraceRuleRef                         // a reference to a rule
	TraceCall                            // a call of a parameterized rule
)

// Trace is a node of the account of an evaluation.
type Trace struct {
	Kind   TraceKind
	Status Status
	// Clause is what was evaluated, nil for rules, conditions, alternatives
	// and values.
	Clause syntax.Clause
	Rule   *syntax.Rule // of a TraceRule
	Value  *doc.Value   // of a TraceValue
	// Referred is the verdict of the rule that a TraceRuleRef names.
	Referred Status
	// Nothing is the query that selected nothing, and left nothing to decide.
	Nothing     *syntax.Query
	Comparisons []Comparison
	Children    []*Trace
}

// Comparison is one value that a clause asked about.
type Comparison struct {
	Status Status
	// Right is the value compared with, Set the values if it was a set.
	Right *doc.Value
	Set   []*doc.Value
	// Incomparable is true if the kinds of the values do not allow to compare.
	Incomparable bool
	left, right  result
}

// Left is the value asked about, nil if it was not found.
func (c *Comparison) Left() *doc.Value {
	if c.left.kind == unresolved {
		return nil
	}
	return c.left.value
}

// Stuck says where a query got stuck and why.
type Stuck struct {
	// At is the last value that was found, Rest the part that led no further.
	At    *doc.Value
	Query *syntax.Query
	Part  int
	// Reason is a short text: what was missing.
	Reason string
	// Nearest is the name of a member of At that is spelled nearly like the
	// one that is missing, if there is one.
	Nearest string
	// OnRight is true if the query stands on the right of the operator.
	OnRight bool
}

// Stuck gives the place where the comparison lacked a value, or nil.
func (c *Comparison) Stuck() *Stuck {
	switch {
	case c.left.kind == unresolved:
		return c.left.stuck(false)
	case c.right.kind == unresolved:
		return c.right.stuck(true)
	}
	return nil
}

func (m *machine) enter(kind TraceKind, c syntax.Clause) *Trace {
	if m.trace == nil {
		return nil
	}
	above := m.trace
	t := &Trace{Kind: kind, Clause: c}
	above.Children = append(above.Children, t)
	m.trace = t
	return above
}

func (m *machine) leave(above *Trace, s Status) {
	if above != nil {
		m.trace.Status = s
		m.trace = above
	}
}

func (m *machine) note(c Comparison) {
	if m.trace != nil {
		m.trace.Comparisons = append(m.trace.Comparisons, c)
	}
}

func (m *machine) nothing(q *query) {
	if m.trace != nil && q != nil {
		m.trace.Nothing = q.src
	}
}

func (r result) stuck(onRight bool) *Stuck {
	s := &Stuck{At: r.value, OnRight: onRight}
	if r.query == nil {
		return s
	}
	s.Query, s.Part = r.query.src, int(r.part)
	p := &r.query.parts[r.part]
	kind := r.value.Kind().WithArticle()
	switch r.reason {
	case noKey:
		s.Reason = fmt.Sprintf("there is no property %s", p.name)
		s.Nearest = nearest(p.name, r.value)
	case notMap:
		s.Reason = fmt.Sprintf("%s has no property %s", kind, p.name)
		if p.kind == syntax.PartKeysFilter {
			s.Reason = fmt.Sprintf("%s has no keys", kind)
		}
	case notList:
		s.Reason = fmt.Sprintf("%s has no elements", kind)
	case outOfRange:
		s.Reason = fmt.Sprintf("the list has only %d elements", r.value.Len())
		if r.value.Len() == 1 {
			s.Reason = "the list has only 1 element"
		}
	case noElements:
		s.Reason = fmt.Sprintf("the %s is empty", r.value.Kind())
	case notFilterable:
		s.Reason = fmt.Sprintf("%s cannot be filtered", kind)
	case noInterpolated:
		s.Reason = fmt.Sprintf("there is no property of a name that %s holds", p.name)
	case unresolvedName:
		s.Reason = fmt.Sprintf("%s holds no name", p.name)
	}
	return s
}

// longestName is the length of a name, in bytes, up to which one that is spelled
// nearly like it is looked for.
const longestName = 64

// nearest finds the member whose name is most like a name, if any is: about a
// third of the letters may differ.
func nearest(name string, v *doc.Value) string {
	if len(name) > longestName {
		return ""
	}
	name = strings.ToLower(name)
	length := utf8.RuneCountInString(name)
	found, least := "", min(length/3+2, length)
	for i := range v.Len() {
		key := v.At(i).Key()
		if len(key) > 2*longestName {
			continue
		}
		if d := levenshtein.ComputeDistance(name, strings.ToLower(key)); d < least {
			found, least = key, d
		}
	}
	return found
}
