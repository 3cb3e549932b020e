package lint

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// clauses checks what a clause asks.
func (l *linter) clauses(node any, s *scope) {
	switch c := node.(type) {
	case *syntax.Check:
		l.ignoredNot(c, s)
		if c.Op.Unary() {
			l.variableEmpty(c, s)
			return
		}
		l.sets(c, s)
		l.someDiffers(c, s)
		l.literals(c, s)
		l.numbers(c, s)
		l.vacuous(c, s)
		l.missing(c, s)
	case *syntax.Call:
		if c.Not {
			l.add(IgnoredNot, s, c.Span, "the negation of a call is ignored: this passes if "+c.Name+" passes", "")
		}
	case *syntax.RuleRef:
		l.skipAsFail(c, s)
	case *syntax.TypeBlock:
		l.typeBlock(c, s)
	case *syntax.BlockClause:
		l.variableBlock(c, s)
	}
}

// ignoredNot finds a negation before a comparison.
func (l *linter) ignoredNot(c *syntax.Check, s *scope) {
	if !c.Not || c.Op.Unary() {
		return
	}
	k := *c
	k.Not = false
	switch c.Op {
	case syntax.OpLt:
		k.Op = syntax.OpGe
	case syntax.OpLe:
		k.Op = syntax.OpGt
	case syntax.OpGt:
		k.Op = syntax.OpLe
	case syntax.OpGe:
		k.Op = syntax.OpLt
	default:
		k.Negated = !c.Negated
	}
	l.add(IgnoredNot, s, c.Span, "the 'not' before a comparison is ignored: this means "+l.written(c, ""), l.written(&k, ""))
}

// written puts a clause together from its parts, without a leading negation.
// Instead of the right-hand side another may stand there.
func (l *linter) written(c *syntax.Check, right string) string {
	some := ""
	if c.Query.Some {
		some = "some "
	}
	if right == "" {
		right = l.file.Text(c.Right.At())
	}
	text := some + l.bare(c.Query) + " " + operator(c) + " " + right
	if c.Message != nil {
		text += " " + l.file.Text(c.Message.Span)
	}
	return text
}

func operator(c *syntax.Check) string {
	switch {
	case !c.Negated:
		return c.Op.String()
	case c.Op == syntax.OpEq:
		return "!="
	}
	return "not " + c.Op.String()
}

// sets finds comparisons between two queries.
func (l *linter) sets(c *syntax.Check, s *scope) {
	if l.constant(c.Right, s) != nil || l.constant(c.Query, s) != nil {
		return
	}
	k := *c
	k.Op = syntax.OpIn
	left, right := l.bare(c.Query), l.file.Text(c.Right.At())
	switch {
	case c.Op == syntax.OpEq && c.Negated:
		k.Query = plain(c.Query)
		l.add(QueryInequality, s, c.Span, "both sides are queries, which are compared as sets: whatever the values, this fails unless "+
			left+" selects more values than "+right, l.written(&k, ""))
	case c.Op == syntax.OpEq && l.many(c.Right, s):
		l.add(QueryEquality, s, c.Span, "both sides are queries, which are compared as sets: this fails if "+
			right+" has a value that "+left+" does not have", l.written(&k, ""))
	case c.Op == syntax.OpIn && !c.Negated && c.Query.Some:
		l.add(SomeInQuery, s, c.Span, "with a query on the right only the values that are not in it count: one is enough to fail this, in spite of 'some'", "")
	}
}

// plain is a query without "some".
func plain(q *syntax.Query) *syntax.Query {
	without := *q
	without.Some = false
	return &without
}

// someDiffers finds "some" with a negated comparison.
func (l *linter) someDiffers(c *syntax.Check, s *scope) {
	if !c.Query.Some || !c.Negated {
		return
	}
	k := *c
	k.Query = plain(c.Query)
	if c.Op == syntax.OpEq && l.constant(c.Right, s) == nil {
		k.Op = syntax.OpIn // or else it would compare sets
	}
	l.add(SomeInequality, s, c.Span, "this asks whether one of the values differs, not whether all do: one that differs hides those that do not", l.written(&k, ""))
}

// literals finds comparisons whose right-hand side is of a kind that is
// compared in an unexpected way.
func (l *linter) literals(c *syntax.Check, s *scope) {
	right := l.constant(c.Right, s)
	switch {
	case right == nil:
		if ordered(c.Op) && (l.firstKey(c.Right, s, 0) == parameters || l.firstKey(c.Query, s, 0) == parameters) {
			l.add(StringOrder, s, c.Span, "a rule parameter is a string: it cannot be compared with a number, and with a string only letter by letter", "")
		}
	case c.Op == syntax.OpIn && right.Kind == syntax.LiteralString:
		k := *c
		k.Op = syntax.OpEq
		l.add(SubstringIn, s, c.Span, "'in' with a string asks for a part of it: \""+first(right.Text)+"\" passes, and so does the empty string", l.written(&k, ""))
	case ordered(c.Op) && right.Kind == syntax.LiteralString:
		l.add(StringOrder, s, c.Span, "strings are compared letter by letter: \"10\" comes before \"9\"", "")
	case c.Op == syntax.OpEq && c.Negated && right.Kind == syntax.LiteralList && len(right.Items) > 1 && !l.isList(c.Query, s):
		k := *c
		k.Op = syntax.OpIn
		l.add(ListInequality, s, c.Span, "a value that is not a list cannot be compared with a list: this fails whatever the value", l.written(&k, ""))
	}
}

// first is the first letter of a text.
func first(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}

// parameters is where AWS Config puts the parameters of a rule.
const parameters = "CONFIG_RULE_PARAMETERS"

func ordered(op syntax.Op) bool {
	return op == syntax.OpLt || op == syntax.OpLe || op == syntax.OpGt || op == syntax.OpGe
}

// vacuous finds comparisons that pass on an empty list.
func (l *linter) vacuous(c *syntax.Check, s *scope) {
	right := l.constant(c.Right, s)
	if c.Negated || c.Query.Some || right == nil || !l.isList(c.Query, s) {
		return
	}
	switch isList := right.Kind == syntax.LiteralList; {
	case c.Op == syntax.OpEq && isList, c.Op == syntax.OpIn && !isList:
		return
	}
	name, _ := l.lastKey(c.Query, s, 0)
	if right.Kind == syntax.LiteralBool && !l.lists[name] {
		return // a name like RestrictPublicBuckets
	}
	if l.guarded(c.Query, s) && l.asksEmpty(c.Query, s) {
		return
	}
	rewrite := ""
	if property(&c.Query.Parts[len(c.Query.Parts)-1]) {
		rewrite = strings.Replace(l.written(c, ""), l.bare(c.Query), l.bare(c.Query)+"[*]", 1)
	}
	l.add(VacuousPass, s, c.Span, "if "+name+" is an empty list there is nothing to compare, and the clause passes", rewrite)
}

// asksEmpty reports whether the rule also asks if the list of a clause is empty.
func (l *linter) asksEmpty(q *syntax.Query, s *scope) bool {
	path := l.path(q)
	for ; s != nil; s = s.parent {
		for _, line := range s.holds {
			for _, c := range line {
				if k, ok := c.(*syntax.Check); ok && k.Op == syntax.OpEmpty && l.path(k.Query) == path {
					return true
				}
			}
		}
	}
	return false
}

// missing finds negated comparisons of a property that may not be there.
func (l *linter) missing(c *syntax.Check, s *scope) {
	if !c.Negated || c.Query.Some || always(c.Query) || l.ofConstant(c.Query, s) || l.guarded(c.Query, s) {
		return
	}
	if c.Op == syntax.OpEq && l.constant(c.Right, s) == nil {
		return // it compares sets, which is worse
	}
	what := l.bare(c.Query)
	rewrite := ""
	if len(s.line) == 1 {
		rewrite = what + " !exists or " + l.written(c, "")
	}
	switch s.place {
	case body:
		l.add(MissingFails, s, c.Span, "this fails if there is no "+what+", as if it had the wrong value", rewrite)
	case condition:
		l.add(MissingSkips, s, c.Span, "the condition does not hold if there is no "+what+", and the rule skips", rewrite)
	case filter:
		l.add(MissingSkips, s, c.Span, "the filter leaves out what has no "+what, rewrite)
	}
}

// ofConstant reports whether a query begins with a variable that is a literal.
func (l *linter) ofConstant(q *syntax.Query, s *scope) bool {
	return l.constant(&syntax.Query{Parts: q.Parts[:1]}, s) != nil
}

// always reports whether a query selects what every document has, or an
// element itself.
func always(q *syntax.Query) bool {
	last := &q.Parts[len(q.Parts)-1]
	if !property(last) {
		_, variable := q.Parts[0].Variable()
		star := last.Kind == syntax.PartAllIndices || last.Kind == syntax.PartAllValues
		return !star || variable && len(q.Parts) == 2 // a variable, a filter, an element, or "this"
	}
	switch last.Name {
	case "resourceType", "resourceId", "awsAccountId", "accountId", "awsRegion", "configurationItemStatus":
		return len(q.Parts) == 1
	case "Type":
		return true
	}
	return false
}
