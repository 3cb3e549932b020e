package lint

import (
	"strconv"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// names checks what names refer to.
func (l *linter) names(node any, s *scope) {
	switch n := node.(type) {
	case *syntax.Let:
		for _, other := range s.lets {
			if other != n && other.Name == n.Name && other.Span.Start > n.Span.Start {
				l.add(DuplicateName, s, n.Span, n.Name+" is bound again on line "+l.line(other.Span)+" in the same scope, and only one of them counts", "")
				return
			}
		}
	case *syntax.Query:
		for i := range n.Parts {
			if name, variable := n.Parts[i].Variable(); variable {
				l.variable(name, n.Parts[i].Span, s)
			}
		}
	case *syntax.RuleRef:
		if l.rules[n.Name] == nil {
			l.add(UndefinedName, s, n.NameSpan, "there is no rule "+n.Name+": the evaluation ends without a verdict", "")
		}
	case *syntax.Call:
		r := l.params[n.Name]
		switch {
		case r == nil:
			l.add(UndefinedName, s, n.NameSpan, "there is no parameterized rule "+n.Name+": the evaluation ends without a verdict", "")
		case len(r.Params) != len(n.Args):
			l.add(UndefinedName, s, n.NameSpan, n.Name+" has "+counted(len(r.Params), "parameter")+" and is called with "+
				counted(len(n.Args), "argument")+": the evaluation ends without a verdict", "")
		}
	case *syntax.FuncCall:
		if _, known := syntax.Functions()[n.Name]; !known {
			l.add(UndefinedName, s, n.NameSpan, "there is no function "+n.Name+": the evaluation ends without a verdict", "")
		}
	}
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func (l *linter) line(at syntax.Span) string {
	return strconv.Itoa(l.file.Position(at.Start).Line)
}

// variable checks that a variable can be seen. A parameterized rule also sees
// the variables of its callers.
func (l *linter) variable(name string, at syntax.Span, s *scope) {
	if !l.lookup(s, name).none() || s.rule != nil && len(s.rule.Params) > 0 && l.bound[name] {
		return
	}
	message := "there is no %" + name
	if l.bound[name] {
		message = "%" + name + " cannot be seen from here: it is bound in another rule or block"
	}
	l.add(UndefinedName, s, at, message+": the evaluation ends without a verdict", "")
}

// recursion finds rules and variables that refer to themselves.
func (l *linter) recursion() {
	rules, lets := map[any][]any{}, map[any][]any{}
	spans, scopes := map[any]syntax.Span{}, map[any]*scope{}
	l.walk(func(node any, s *scope) {
		switch n := node.(type) {
		case *syntax.RuleRef:
			for _, r := range l.rules[n.Name] {
				rules[s.rule] = append(rules[s.rule], r)
			}
		case *syntax.Call:
			if r := l.params[n.Name]; r != nil {
				rules[s.rule] = append(rules[s.rule], r)
			}
		case *syntax.Let:
			spans[n], scopes[n] = n.Span, s
			l.expr(n.Value, s, func(inner any, at *scope) {
				q, ok := inner.(*syntax.Query)
				if !ok {
					return
				}
				for i := range q.Parts {
					if name, variable := q.Parts[i].Variable(); variable {
						if b := l.lookup(at, name); b.let != nil {
							lets[n] = append(lets[n], b.let)
						}
					}
				}
			})
		}
	})
	for _, all := range [][]*syntax.Rule{l.file.Params, l.file.Rules} {
		for _, r := range all {
			if circular(rules, r) {
				l.add(Recursion, &scope{rule: r}, r.NameSpan, r.Name+" refers to itself, and its evaluation does not end: the engines crash", "")
			}
		}
	}
	for n := range spans {
		if circular(lets, n) {
			l.add(Recursion, scopes[n], spans[n], "the variable is bound to itself: a let hides the one of the same name around it, in its own value too", "")
		}
	}
}

// circular reports whether a way leads from a node back to it.
func circular(next map[any][]any, from any) bool {
	seen := map[any]bool{}
	todo := append([]any{}, next[from]...)
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == from {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, next[n]...)
		}
	}
	return false
}
