package eval

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/compare"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// The engines compare in one of four ways, according to which side is a
// literal: two literals, a literal with each value, each value with a literal,
// or two sets of values. What cannot be compared fails, negated or not.

// lone gives the value of a side that is a single literal.
func lone(side []result) *doc.Value {
	if len(side) == 1 && side[0].kind == literal {
		return side[0].value
	}
	return nil
}

// selected puts the values of a side on the value stack; the caller pops them.
func (m *machine) selected(side []result) []*doc.Value {
	mark := len(m.values)
	for i := range side {
		if side[i].kind != unresolved {
			m.values = append(m.values, side[i].value)
		}
	}
	return m.values[mark:len(m.values):len(m.values)]
}

// sides selects the values of both sides and fails for what is missing.
func (m *machine) sides(left, right []result, t *tally) (ls, rs []*doc.Value) {
	m.missing(left, t)
	ls = m.selected(left)
	m.missingRight(right, ls, t)
	return ls, m.selected(right)
}

// missing fails for each value on the left that was not found.
func (m *machine) missing(left []result, t *tally) {
	for i := range left {
		if left[i].kind == unresolved {
			t.fail++
			m.note(Comparison{Status: StatusFail, left: left[i]})
		}
	}
}

// missingRight fails every value on the left for each value on the right that
// was not found.
func (m *machine) missingRight(right []result, ls []*doc.Value, t *tally) {
	for i := range right {
		if right[i].kind != unresolved {
			continue
		}
		t.fail += len(ls)
		if m.trace == nil {
			continue
		}
		for _, l := range ls {
			m.note(Comparison{Status: StatusFail, left: result{value: l}, right: right[i]})
		}
	}
}

// pair counts a comparison of two values.
func (m *machine) pair(t *tally, o compare.Outcome, l, r *doc.Value) {
	ok := o != compare.NotComparable && (o == compare.Yes) != t.negated
	t.count(ok)
	if m.trace != nil {
		m.note(Comparison{Status: verdictOf(ok), left: result{value: l}, Right: r, Incomparable: o == compare.NotComparable})
	}
}

func (m *machine) equalPair(t *tally, l, r *doc.Value) error {
	o, err := compare.Equal(l, r)
	if err == nil {
		m.pair(t, o, l, r)
	}
	return err
}

// equal is "==" and "!=".
func (m *machine) equal(left, right []result, t *tally) error {
	l, r := lone(left), lone(right)
	switch {
	case l != nil && r != nil:
		return m.equalPair(t, l, r)
	case r != nil:
		return m.equalLiteral(left, r, t)
	case l != nil:
		return m.literalEqual(l, right, t)
	}
	mark := len(m.values)
	ls, rs := m.sides(left, right, t)
	values, others := rs, ls
	if len(ls) > len(rs) {
		values, others = ls, rs
	}
	diff, err := m.without(values, others)
	if err != nil {
		return err
	}
	err = m.sets(t, ls, rs, diff)
	m.values = m.values[:mark]
	return err
}

// without gives the values that are not among others.
func (m *machine) without(values, others []*doc.Value) ([]*doc.Value, error) {
	mark := len(m.values)
	for _, v := range values {
		if err := m.work(1 + len(others)); err != nil {
			return nil, err
		}
		if !compare.Among(others, v) {
			m.values = append(m.values, v)
		}
	}
	return m.values[mark:len(m.values):len(m.values)], nil
}

// equalLiteral compares each value with a literal. For a scalar, a list of one
// element stands for that element; lists are compared element by element with a
// literal that is no list.
func (m *machine) equalLiteral(left []result, r *doc.Value, t *tally) error {
	m.missing(left, t)
	for i := range left {
		if left[i].kind == unresolved {
			continue
		}
		l := left[i].value
		var err error
		switch {
		case r.Kind() == doc.List && r.Len() == 1 && l.Kind() != doc.List && l.Kind() != doc.Map:
			err = m.equalPair(t, l, r.At(0))
		case r.Kind() != doc.List && l.Kind() == doc.List:
			for n := 0; n < l.Len() && err == nil; n++ {
				err = m.equalPair(t, l.At(n), r)
			}
		default:
			err = m.equalPair(t, l, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// literalEqual compares a literal, bound to a variable, with each value.
func (m *machine) literalEqual(l *doc.Value, right []result, t *tally) error {
	m.missingLiteral(l, right, t)
	for _, r := range right {
		var err error
		switch {
		case r.kind == unresolved:
		case l.Kind() != doc.List && r.value.Kind() == doc.List:
			for n := 0; n < r.value.Len() && err == nil; n++ {
				err = m.equalPair(t, l, r.value.At(n))
			}
		default:
			err = m.equalPair(t, l, r.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// missingLiteral fails a literal for each value on the right that was not
// found.
func (m *machine) missingLiteral(l *doc.Value, right []result, t *tally) {
	for i := range right {
		if right[i].kind == unresolved {
			t.fail++
			m.note(Comparison{Status: StatusFail, left: result{value: l}, right: right[i]})
		}
	}
}

// sets counts a comparison of two sets of values. Negated it asks which values
// of the left side are not in the difference.
func (m *machine) sets(t *tally, ls, rs, diff []*doc.Value) error {
	same := len(diff) == 0
	failed := diff
	switch {
	case t.negated && same:
		same, failed = false, ls
	case t.negated:
		var err error
		if failed, err = m.without(ls, diff); err != nil {
			return err
		}
		same = len(failed) == 0
	}
	if same {
		t.pass += len(ls)
		failed = ls
	} else {
		t.fail += len(failed)
	}
	if m.trace != nil {
		set := append([]*doc.Value{}, rs...)
		for _, v := range failed {
			m.note(Comparison{Status: verdictOf(same), left: result{value: v}, Set: set})
		}
	}
	return nil
}

// ordered is <, <=, > and >=: lists count as their elements, and all pairs are
// compared.
func (m *machine) ordered(op syntax.Op, left, right []result, t *tally) error {
	mark := len(m.values)
	m.missing(left, t)
	ls := m.flattened(left)
	m.missingRight(right, ls, t)
	rs := m.flattened(right)
	for _, l := range ls {
		if err := m.work(1 + len(rs)); err != nil {
			return err
		}
		for _, r := range rs {
			m.pair(t, order(op, l, r), l, r)
		}
	}
	m.values = m.values[:mark]
	return nil
}

func (m *machine) flattened(side []result) []*doc.Value {
	mark := len(m.values)
	for _, r := range side {
		switch {
		case r.kind == unresolved:
		case r.value.Kind() == doc.List:
			for i := range r.value.Len() {
				m.values = append(m.values, r.value.At(i))
			}
		default:
			m.values = append(m.values, r.value)
		}
	}
	return m.values[mark:len(m.values):len(m.values)]
}

func order(op syntax.Op, l, r *doc.Value) compare.Outcome {
	o, ok := compare.Order(l, r)
	if !ok {
		return compare.NotComparable
	}
	var yes bool
	switch op {
	case syntax.OpLt:
		yes = o < 0
	case syntax.OpLe:
		yes = o <= 0
	case syntax.OpGt:
		yes = o > 0
	default:
		yes = o >= 0
	}
	if yes {
		return compare.Yes
	}
	return compare.No
}

// substring is "in" of a string in a string.
func substring(l, r *doc.Value) compare.Outcome {
	switch {
	case l.Kind() != doc.String || r.Kind() != doc.String:
		return compare.NotComparable
	case strings.Contains(r.Text(), l.Text()):
		return compare.Yes
	}
	return compare.No
}
