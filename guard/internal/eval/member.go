package eval

import (
	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/compare"
)

// in is "in" and "not in".
func (m *machine) in(left, right []result, t *tally) error {
	l, r := lone(left), lone(right)
	switch {
	case l != nil && r != nil:
		if substring(l, r) == compare.Yes {
			m.pair(t, compare.Yes, l, r)
			return nil
		}
		return m.inside(l, r, t)
	case r != nil:
		return m.inLiteral(left, r, t)
	case l != nil:
		return m.literalIn(l, right, t)
	}
	mark := len(m.values)
	ls, rs := m.sides(left, right, t)
	at := len(m.values)
	for _, v := range ls {
		found := false
		for _, list := range rs {
			if err := m.work(1 + list.Len()*max(v.Len(), 1)); err != nil {
				return err
			}
			ok, err := isInside(v, list)
			if err != nil {
				return err
			}
			if found = ok; found {
				break
			}
		}
		if !found {
			m.values = append(m.values, v)
		}
	}
	err := m.sets(t, ls, rs, m.values[at:len(m.values):len(m.values)])
	m.values = m.values[:mark]
	return err
}

// inLiteral asks for each value whether it is in a literal.
func (m *machine) inLiteral(left []result, r *doc.Value, t *tally) error {
	m.missing(left, t)
	for i := range left {
		if left[i].kind == unresolved {
			continue
		}
		switch l := left[i].value; {
		case r.Kind() != doc.String:
			if err := m.inside(l, r, t); err != nil {
				return err
			}
		case l.Kind() == doc.List:
			for n := range l.Len() {
				m.pair(t, substring(l.At(n), r), l.At(n), r)
			}
		default:
			m.pair(t, substring(l, r), l, r)
		}
	}
	return nil
}

// literalIn asks whether a literal, bound to a variable, is in the values: in
// each, or if none of them is a list, a list among all.
func (m *machine) literalIn(l *doc.Value, right []result, t *tally) error {
	mark := len(m.values)
	defer func() { m.values = m.values[:mark] }()
	m.missingLiteral(l, right, t)
	rs := m.selected(right)
	lists := false
	for _, r := range rs {
		lists = lists || r.Kind() == doc.List
	}
	if lists || l.Kind() != doc.List {
		for _, r := range rs {
			if err := m.inside(l, r, t); err != nil {
				return err
			}
		}
		return nil
	}
	at := len(m.values)
	for i := range l.Len() {
		if err := m.work(1 + len(rs)); err != nil {
			return err
		}
		if !compare.Among(rs, l.At(i)) {
			m.values = append(m.values, l.At(i))
		}
	}
	return m.sets(t, []*doc.Value{l}, rs, m.values[at:len(m.values):len(m.values)])
}

// inside counts whether a value is in another: a list in a list of lists as an
// element, in any other list as a subset; a value in a list as an element.
func (m *machine) inside(l, r *doc.Value, t *tally) error {
	if err := m.work(1 + r.Len()*max(l.Len(), 1)); err != nil {
		return err
	}
	switch {
	case r.Kind() != doc.List && l.Kind() != doc.List:
		return m.equalPair(t, l, r)
	case r.Kind() != doc.List:
		m.pair(t, compare.NotComparable, l, r)
		return nil
	case l.Kind() != doc.List:
		o := compare.No
		if compare.Holds(r, l) {
			o = compare.Yes
		}
		m.pair(t, o, l, r)
		return nil
	}
	ok := m.subset(l, r, t.negated)
	t.count(ok)
	if m.trace != nil {
		m.note(Comparison{Status: verdictOf(ok), left: result{value: l}, Right: r})
	}
	return nil
}

// subset asks whether a list is in a list. Negated it wants no element in
// common. An empty list is in every list, and never "not in" one; in a list of
// lists it is an element like others.
func (m *machine) subset(l, r *doc.Value, negated bool) bool {
	if r.Len() > 0 && r.At(0).Kind() == doc.List {
		in := compare.Holds(r, l)
		if negated {
			// The difference is the list itself, which none of its elements is.
			return !in && l.Len() == 0
		}
		return in
	}
	mark := len(m.values)
	defer func() { m.values = m.values[:mark] }()
	for i := range l.Len() {
		if !compare.Holds(r, l.At(i)) {
			m.values = append(m.values, l.At(i))
		}
	}
	diff := m.values[mark:]
	if !negated {
		return len(diff) == 0
	}
	if len(diff) == 0 {
		return false
	}
	for i := range l.Len() {
		if !compare.Among(diff, l.At(i)) {
			return false
		}
	}
	return true
}

// isInside is inside without a count.
func isInside(l, r *doc.Value) (bool, error) {
	switch {
	case r.Kind() != doc.List && l.Kind() != doc.List:
		o, err := compare.Equal(l, r)
		return o == compare.Yes, err
	case r.Kind() != doc.List:
		return false, nil
	case l.Kind() != doc.List || r.Len() > 0 && r.At(0).Kind() == doc.List:
		return compare.Holds(r, l), nil
	}
	for i := range l.Len() {
		if !compare.Holds(r, l.At(i)) {
			return false, nil
		}
	}
	return true, nil
}
