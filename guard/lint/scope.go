package lint

import (
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// binding is what a variable stands for.
type binding struct {
	let     *syntax.Let // nil for a parameter, a captured name or nothing
	scope   *scope      // of the let
	rule    *syntax.Rule
	param   int
	capture bool
}

func (b binding) none() bool { return b.let == nil && b.rule == nil && !b.capture }

// lookup finds a variable from a scope outwards.
func (l *linter) lookup(s *scope, name string) binding {
	for ; s != nil; s = s.parent {
		for _, let := range slices.Backward(s.lets) {
			if let.Name == name {
				return binding{let: let, scope: s}
			}
		}
		if i := slices.Index(s.params, name); i >= 0 {
			return binding{rule: s.rule, param: i}
		}
	}
	return binding{capture: l.captured[name]}
}

// constant is the literal that an expression is, itself or by a variable. A
// literal that came as an argument is none to the engines.
func (l *linter) constant(e syntax.Expr, s *scope) *syntax.Literal {
	if q, ok := e.(*syntax.Query); ok {
		name, variable := q.Parts[0].Variable()
		if !variable || len(q.Parts) > 1 {
			return nil
		}
		if b := l.lookup(s, name); b.let != nil {
			e = b.let.Value
		}
	}
	lit, _ := e.(*syntax.Literal)
	return lit
}

// deepest is how many variables are followed; more are a circle.
const deepest = 30

// many reports whether an expression may stand for more than one value.
func (l *linter) many(e syntax.Expr, s *scope) bool { return l.several(e, s, map[binding]bool{}) }

// several is many; seen are the variables that were looked at and have one
// value, as far as is known.
func (l *linter) several(e syntax.Expr, s *scope, seen map[binding]bool) bool {
	switch e := e.(type) {
	case *syntax.FuncCall:
		return slices.ContainsFunc(e.Args, func(a syntax.Expr) bool { return l.several(a, s, seen) })
	case *syntax.Query:
		for i := range e.Parts {
			p := &e.Parts[i]
			switch p.Kind {
			case syntax.PartAllValues, syntax.PartFilter, syntax.PartKeysFilter:
				return true
			case syntax.PartAllIndices:
				// After a leading variable it takes the values of the variable.
				if _, first := e.Parts[0].Variable(); i != 1 || !first {
					return true
				}
			}
			if name, variable := p.Variable(); variable && l.severalIn(l.lookup(s, name), seen) {
				return true
			}
		}
	}
	return false
}

func (l *linter) severalIn(b binding, seen map[binding]bool) bool {
	if seen[b] {
		return false
	}
	seen[b] = true
	switch {
	case b.let != nil:
		return l.several(b.let.Value, b.scope, seen)
	case b.rule != nil:
		return slices.ContainsFunc(l.calls[b.rule.Name], func(c call) bool {
			return b.param < len(c.args) && l.several(c.args[b.param], c.from, seen)
		})
	}
	return b.capture
}

// lastKey is the property whose value a query gives as it is, followed through
// variables.
func (l *linter) lastKey(q *syntax.Query, s *scope, depth int) (string, bool) {
	if depth > deepest {
		return "", false
	}
	last := &q.Parts[len(q.Parts)-1]
	if property(last) {
		return last.Name, true
	}
	name, variable := last.Variable()
	if !variable || len(q.Parts) > 1 {
		return "", false
	}
	if b := l.lookup(s, name); b.let != nil {
		if inner, ok := b.let.Value.(*syntax.Query); ok {
			return l.lastKey(inner, b.scope, depth+1)
		}
	}
	return "", false
}

// firstKey is the property that a query begins with, followed through
// variables.
func (l *linter) firstKey(e syntax.Expr, s *scope, depth int) string {
	q, ok := e.(*syntax.Query)
	if !ok || depth > deepest {
		return ""
	}
	name, variable := q.Parts[0].Variable()
	if !variable {
		return q.Parts[0].Name
	}
	if b := l.lookup(s, name); b.let != nil {
		return l.firstKey(b.let.Value, b.scope, depth+1)
	}
	return ""
}

// bare is a query without its "some", as written.
func (l *linter) bare(q *syntax.Query) string {
	return l.file.Text(syntax.Span{Start: q.Parts[0].Span.Start, End: q.Span.End})
}

// path is a query without white space and "some", to compare it with others.
func (l *linter) path(q *syntax.Query) string {
	return strings.Join(strings.Fields(l.bare(q)), "")
}

// guarded reports whether the rule itself asks, where the query is or
// around it, whether there is a value.
func (l *linter) guarded(q *syntax.Query, s *scope) bool {
	path := l.path(q)
	for ; s != nil; s = s.parent {
		for _, c := range s.line {
			if k, ok := c.(*syntax.Check); ok && absence(k) && l.covers(l.path(k.Query), path) {
				return true
			}
		}
		for _, line := range s.holds {
			k, ok := line[0].(*syntax.Check)
			if ok && len(line) == 1 && presence(k) && l.covers(l.path(k.Query), path) {
				return true
			}
		}
		if s.rebased {
			return false
		}
	}
	return false
}

// covers reports whether what is known of one query tells that another finds
// something: they are the same, one begins the other and only elements follow,
// or it ends further down.
func (l *linter) covers(known, path string) bool {
	if rest, ok := strings.CutPrefix(path, known); ok && (rest == "" || rest[0] == '[' || strings.HasPrefix(rest, ".*")) {
		return true
	}
	return strings.HasPrefix(known, path+".") || strings.HasPrefix(known, path+"[")
}

// presence reports whether a clause passes only if there is a value.
func presence(k *syntax.Check) bool {
	negated := k.Negated
	if k.Op.Unary() {
		negated = k.Negated != k.Not
	}
	return negated == (k.Op == syntax.OpEmpty)
}

// absence reports whether a clause passes if there is no value.
func absence(k *syntax.Check) bool {
	switch k.Op {
	case syntax.OpExists:
		return k.Negated != k.Not
	case syntax.OpEmpty:
		return k.Negated == k.Not
	}
	return false
}
