package configsql

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// condition is a node of the WHERE tree.
type condition interface {
	match(e *Evaluator, r Row) bool
	// wanted are the texts one of which the property must have for the condition to hold; false if it may have any.
	wanted(path string) ([]string, bool)
}

type (
	and     []condition
	or      []condition
	not     struct{ c condition }
	compare struct {
		path  string
		op    byte
		value literal
	}
	in struct {
		path   string
		values []literal
		texts  map[string]bool
	}
	between struct {
		path   string
		lo, hi literal
	}
	like struct {
		path, prefix string
		least        int  // characters behind the prefix, at least
		open         bool // more characters may follow
	}
)

func (c and) match(e *Evaluator, r Row) bool {
	for _, x := range c {
		if !x.match(e, r) {
			return false
		}
	}
	return true
}

func (c or) match(e *Evaluator, r Row) bool {
	for _, x := range c {
		if x.match(e, r) {
			return true
		}
	}
	return false
}

func (c not) match(e *Evaluator, r Row) bool { return !c.c.match(e, r) }

func (c compare) match(e *Evaluator, r Row) bool {
	for _, v := range e.values(r, c.path) {
		switch c.op {
		case '=':
			if c.value.equal(v) {
				return true
			}
		case '<':
			if c.value.below(v) {
				return true
			}
		case '>':
			if c.value.above(v) {
				return true
			}
		}
	}
	return false
}

func (c in) match(e *Evaluator, r Row) bool {
	for _, v := range e.values(r, c.path) {
		if v.kind == kindString && c.texts[v.text] {
			return true
		}
		for i := range c.values {
			l := &c.values[i]
			if (v.kind != kindString || l.addr.IsValid()) && l.equal(v) {
				return true
			}
		}
	}
	return false
}

func (c between) match(e *Evaluator, r Row) bool {
	for _, v := range e.values(r, c.path) {
		// At or above lo and at or below hi; a CIDR block needs only to overlap.
		if (c.lo.above(v) || c.lo.equal(v)) && (c.hi.below(v) || c.hi.equal(v)) {
			return true
		}
	}
	return false
}

func (c like) match(e *Evaluator, r Row) bool {
	for _, v := range e.values(r, c.path) {
		if v.kind != kindString || !strings.HasPrefix(v.text, c.prefix) {
			continue
		}
		rest := utf8.RuneCountInString(v.text[len(c.prefix):])
		if rest == c.least || c.open && rest > c.least {
			return true
		}
	}
	return false
}

func (c and) wanted(path string) ([]string, bool) {
	var best []string
	found := false
	for _, x := range c {
		if w, ok := x.wanted(path); ok && (!found || len(w) < len(best)) {
			best, found = w, true
		}
	}
	return best, found
}

func (c or) wanted(path string) ([]string, bool) {
	var all []string
	for _, x := range c {
		w, ok := x.wanted(path)
		if !ok {
			return nil, false
		}
		all = append(all, w...)
	}
	slices.Sort(all)
	return slices.Compact(all), true
}

func (c not) wanted(string) ([]string, bool) { return nil, false }

func (c compare) wanted(path string) ([]string, bool) {
	if c.path != path || c.op != '=' || c.value.addr.IsValid() {
		return nil, false
	}
	return []string{c.value.text}, true
}

func (c in) wanted(path string) ([]string, bool) {
	if c.path != path || slices.ContainsFunc(c.values, func(l literal) bool { return l.addr.IsValid() }) {
		return nil, false
	}
	out := make([]string, 0, len(c.texts))
	for t := range c.texts {
		out = append(out, t)
	}
	slices.Sort(out)
	return out, true
}

func (between) wanted(string) ([]string, bool) { return nil, false }
func (like) wanted(string) ([]string, bool)    { return nil, false }

// Wanted are the values one of which a text property must have in every row that matches, sorted: what WHERE demands
// by = and IN. It is false if rows with any value may match. A property inside a list (configuration.layers.arn)
// must have the value in one element. Rows with a wanted value still need [Evaluator.Match].
func (q *Query) Wanted(path string) (values []string, ok bool) {
	if q.where == nil {
		return nil, false
	}
	return q.where.wanted(path)
}
