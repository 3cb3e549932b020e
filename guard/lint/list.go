package lint

import (
	"strings"
	"unicode"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// isList reports whether a query gives a list as it is: the file treats the
// property as one elsewhere, or its name says so.
func (l *linter) isList(q *syntax.Query, s *scope) bool {
	name, ok := l.lastKey(q, s, 0)
	return ok && (l.lists[name] || plural(name))
}

// plural reports whether the last word of a name is one that AWS gives to lists.
// Words that look plural and count something (days, bytes) are not among them.
func plural(name string) bool {
	from := strings.LastIndexFunc(name, unicode.IsUpper)
	word := strings.ToLower(name[max(from, 0):])
	if i := strings.LastIndexAny(word, "_-"); i >= 0 {
		word = word[i+1:]
	}
	switch word {
	case "accounts", "actions", "addresses", "aliases", "architectures", "arns", "attachments", "buckets", "certificates",
		"cidrs", "ciphers", "destinations", "domains", "endpoints", "events", "exports", "filters", "functions", "groups",
		"headers", "hosts", "ids", "instances", "layers", "listeners", "methods", "names", "origins", "permissions",
		"policies", "ports", "principals", "protocols", "queues", "ranges", "regions", "relationships", "roles", "rules",
		"statements", "subnets", "tags", "targets", "topics", "users", "volumes", "zones":
		return true
	}
	return false
}

// variableOf is the let of the variable that a query begins with, if that is
// bound to a query.
func (l *linter) variableOf(q *syntax.Query, s *scope) (*syntax.Let, *syntax.Query, *scope) {
	name, variable := q.Parts[0].Variable()
	if !variable {
		return nil, nil, nil
	}
	b := l.lookup(s, name)
	if b.let == nil {
		return nil, nil, nil
	}
	bound, _ := b.let.Value.(*syntax.Query)
	return b.let, bound, b.scope
}

// variableList finds steps from a variable to the elements of a list that it
// holds as one value.
func (l *linter) variableList(q *syntax.Query, s *scope) {
	if len(q.Parts) < 3 || q.Parts[1].Kind != syntax.PartAllIndices || !property(&q.Parts[2]) {
		return
	}
	_, bound, at := l.variableOf(q, s)
	if bound == nil || !property(&bound.Parts[len(bound.Parts)-1]) {
		return
	}
	if !q.Parts[1].Implied || l.isList(bound, at) {
		l.holdsList(q, bound, s)
	}
}

// holdsList reports a variable that should be bound to the elements.
func (l *linter) holdsList(q, bound *syntax.Query, s *scope) {
	name, _ := q.Parts[0].Variable()
	value := l.bare(bound)
	at := syntax.Span{Start: q.Parts[0].Span.Start, End: q.Span.End}
	l.add(VariableList, s, at, "%"+name+" holds the list as one value, and [*] takes the values of a variable, not the elements: this always fails", value+"[*]")
	l.found[len(l.found)-1].RewriteSpan = syntax.Span{Start: bound.Parts[0].Span.Start, End: bound.Span.End}
}

// variableBlock finds a block over a variable that holds a list as one value.
func (l *linter) variableBlock(c *syntax.BlockClause, s *scope) {
	q := c.Query
	starred := len(q.Parts) == 2 && q.Parts[1].Kind == syntax.PartAllIndices && q.Parts[1].Name == ""
	if len(q.Parts) > 1 && !starred {
		return
	}
	_, bound, at := l.variableOf(q, s)
	if bound != nil && property(&bound.Parts[len(bound.Parts)-1]) && (starred || l.isList(bound, at)) {
		l.holdsList(q, bound, s)
	}
}

// variableEmpty finds "empty" of a variable, which asks whether the variable
// has values.
func (l *linter) variableEmpty(c *syntax.Check, s *scope) {
	if c.Op != syntax.OpEmpty || len(c.Query.Parts) > 1 {
		return
	}
	let, bound, at := l.variableOf(c.Query, s)
	if bound == nil || bound.Some || l.many(bound, at) || !property(&bound.Parts[len(bound.Parts)-1]) {
		return
	}
	not := ""
	if c.Negated != c.Not {
		not = "!"
	}
	rewrite := ""
	if sameBase(s, at) {
		rewrite = l.bare(bound) + " " + not + "empty"
		if c.Message != nil {
			rewrite += " " + l.file.Text(c.Message.Span)
		}
	}
	l.add(VariableEmpty, s, c.Span, "'empty' of a variable asks whether it has values: if "+l.bare(bound)+" is an empty list, %"+let.Name+" has one, the list", rewrite)
}

// sameBase reports whether queries mean the same in a scope and in one around it.
func sameBase(s, around *scope) bool {
	for ; s != nil && s != around; s = s.parent {
		if s.rebased {
			return false
		}
	}
	return s != nil
}
