package lint

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// queries checks how a query walks.
func (l *linter) queries(node any, s *scope) {
	q, ok := node.(*syntax.Query)
	if !ok {
		return
	}
	l.rootInScope(q, s)
	l.variableList(q, s)
	for i := range q.Parts {
		p := &q.Parts[i]
		switch p.Kind {
		case syntax.PartFilter:
			l.filtered(q, i, s)
		case syntax.PartIndex:
			l.index(q, i, s)
		case syntax.PartKeysFilter:
			if p.Name != "" {
				l.add(KeysCapture, s, p.Span, "a name before 'keys' is never bound: %"+p.Name+" ends the evaluation without a verdict", "")
			}
		}
	}
}

// filtered checks what a filter follows.
func (l *linter) filtered(q *syntax.Query, i int, s *scope) {
	if i == 0 {
		return
	}
	before := &q.Parts[i-1]
	_, variable := q.Parts[0].Variable()
	at := syntax.Span{Start: before.Span.Start, End: q.Parts[i].Span.End}
	switch before.Kind {
	case syntax.PartAllIndices, syntax.PartAllValues:
		if i == 2 && variable && before.Kind == syntax.PartAllIndices {
			return // that takes the values of the variable
		}
		if before.Kind == syntax.PartAllValues && (i < 2 || !l.lists[q.Parts[i-2].Name]) {
			return // over a map the filter looks at the members
		}
		l.add(FilterAfterStar, s, at, "after "+l.file.Text(before.Span)+" the conditions are evaluated on what is around the list, not on its elements", l.file.Text(q.Parts[i].Span))
	case syntax.PartFilter, syntax.PartKeysFilter, syntax.PartIndex:
		rewrite := ""
		if before.Kind == syntax.PartFilter && before.Name == "" && q.Parts[i].Name == "" {
			rewrite = "[ " + inside(l.file.Text(before.Span)) + " " + inside(l.file.Text(q.Parts[i].Span)) + " ]"
		}
		l.add(FilterAfterFilter, s, at, "a filter here works on lists only: on a map the engines crash", rewrite)
	}
}

// inside is a filter without its brackets.
func inside(text string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
}

// index checks an index.
func (l *linter) index(q *syntax.Query, i int, s *scope) {
	p := &q.Parts[i]
	if p.Index < 0 {
		l.add(NegativeIndex, s, p.Span, "the sign of an index is ignored: this is the element "+strings.Trim(l.file.Text(p.Span), "[]. -")+", counted from 0", "")
	}
	if i == 0 {
		return
	}
	if _, variable := q.Parts[i-1].Variable(); variable && i > 1 {
		at := syntax.Span{Start: q.Parts[i-1].Span.Start, End: p.Span.End}
		l.add(InterpolationIndex, s, at, "the index picks one of the names, and is then applied to the value of that name, too", "")
	}
}

// resources is where a template has its resources, by name.
const resources = "Resources"

// rootInScope finds queries for what is at the root of a document, made
// where queries begin further down.
func (l *linter) rootInScope(q *syntax.Query, s *scope) {
	first := &q.Parts[0]
	if !s.inside || !property(first) {
		return
	}
	switch first.Name {
	case resources:
		// Other things have Resources, too; those of a template are a map.
		if len(q.Parts) < 2 || q.Parts[1].Kind == syntax.PartAllIndices || q.Parts[1].Kind == syntax.PartIndex {
			return
		}
		fallthrough
	case parameters, "supplementaryConfiguration":
		where := "in a block"
		if s.place == filter {
			where = "in a filter"
		}
		l.add(RootInScope, s, syntax.Span{Start: first.Span.Start, End: q.Span.End}, where+" a query begins at the current value, which has no "+first.Name+
			": bind it with a let outside of all blocks", "")
	}
}
