package eval

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/compare"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// filter applies the filter at part i. If the walk is to continue with the
// current value, pass is true; if all was done here, done is.
func (m *machine) filter(q *query, i int, at *doc.Value, r *frame, spelling int) (pass, done bool, err error) {
	if err := m.deeper(); err != nil {
		return false, false, err
	}
	defer func() { m.depth-- }()
	p := &q.parts[i]
	before := q.parts[i-1].kind
	switch at.Kind() {
	case doc.Map:
		switch before {
		case syntax.PartAllValues, syntax.PartAllIndices:
			// The conditions look at the scope around, which after .* over a
			// map is the member, and after [*] over a list is not the element.
			s, err := m.predicate(p.filter, r)
			return s == StatusPass, false, err
		case syntax.PartKey:
			return false, true, m.filterMembers(q, i, at, r, spelling)
		}
		return false, false, fmt.Errorf("%w: a filter on a map after an index, this, or another filter", ErrUnsupported)
	case doc.List:
		return false, true, m.filterElements(q, i, at, r, spelling)
	}
	if before != syntax.PartAllIndices {
		return false, true, m.stuck(q, i, at, notFilterable)
	}
	s, err := m.predicate(p.filter, m.push(valueFrame, r, at))
	m.pop()
	return s == StatusPass, false, err
}

// predicate evaluates conditions without a trace of them.
func (m *machine) predicate(conditions lines, f *frame) (Status, error) {
	trace := m.trace
	m.trace = nil
	s, err := m.lines(conditions, f)
	m.trace = trace
	return s, err
}

func (m *machine) filterMembers(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	p := &q.parts[i]
	for n := range at.Len() {
		v := at.At(n)
		scope := m.push(valueFrame, r, v)
		s, err := m.predicate(p.filter, scope)
		if err == nil && s == StatusPass {
			if p.name != "" {
				m.capture(p.symbol, v)
			}
			err = m.walk(q, i+1, v, scope, spelling)
		}
		if err != nil {
			return err
		}
		m.pop()
	}
	return nil
}

func (m *machine) filterElements(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	p := &q.parts[i]
	for n := range at.Len() {
		v := at.At(n)
		s, err := m.predicate(p.filter, m.push(valueFrame, r, v))
		if err != nil {
			return err
		}
		m.pop()
		if s == StatusPass {
			if err := m.walk(q, i+1, v, r, spelling); err != nil {
				return err
			}
		}
	}
	return nil
}

// keysFilter walks on from the members whose names compare as asked.
func (m *machine) keysFilter(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	if at.Kind() != doc.Map {
		return m.stuck(q, i, at, notMap)
	}
	p := &q.parts[i]
	right := p.with.literal
	if right == nil {
		mark := len(m.stack)
		if err := m.walk(p.with.query, 0, at, r, spelling); err != nil {
			return err
		}
		right = m.keep(mark)
	}
	for n := range at.Len() {
		v := at.At(n)
		if err := m.step(); err != nil {
			return err
		}
		pass, err := m.keyPasses(p.keys, v, right)
		if err != nil {
			return err
		}
		if pass {
			if err := m.walk(q, i+1, v, r, spelling); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyPasses compares the name of a member with the right-hand side of a filter
// on keys. These comparisons are a little different from those of clauses: an
// equality with several values is a membership.
func (m *machine) keyPasses(k *syntax.KeysMatch, member *doc.Value, right []result) (bool, error) {
	name := doc.NewString(member.Key())
	in := k.Op == syntax.OpIn || len(right) > 1
	one, all := false, true
	for _, r := range right {
		o := compare.NotComparable
		if r.kind != unresolved {
			var err error
			if in {
				o, err = keyIn(name, r.value, k.Negated)
			} else {
				o, err = keyIs(name, r.value, k.Negated)
			}
			if err != nil {
				return false, err
			}
			if list := r.value; o == compare.NotComparable && r.kind == literal && list.Kind() == doc.List && list.Len() == 1 {
				if in {
					o, err = keyIn(name, list.At(0), k.Negated)
				} else {
					o, err = keyIs(name, list.At(0), k.Negated)
				}
				if err != nil {
					return false, err
				}
			}
		}
		one = one || o == compare.Yes
		all = all && o == compare.Yes
	}
	if in {
		return one, nil
	}
	return all && len(right) > 0, nil
}

func inverted(o compare.Outcome, negated bool) compare.Outcome {
	switch {
	case !negated || o == compare.NotComparable:
		return o
	case o == compare.Yes:
		return compare.No
	}
	return compare.Yes
}

func keyIs(name, v *doc.Value, negated bool) (compare.Outcome, error) {
	o, err := compare.Equal(name, v)
	return inverted(o, negated), err
}

func keyIn(name, v *doc.Value, negated bool) (compare.Outcome, error) {
	switch v.Kind() {
	case doc.String:
		o := compare.No
		if strings.Contains(v.Text(), name.Text()) {
			o = compare.Yes
		}
		return inverted(o, negated), nil
	case doc.List:
		found := compare.No
		for i := range v.Len() {
			o, err := compare.Equal(name, v.At(i))
			if err != nil || o == compare.NotComparable {
				return o, err
			}
			if o == compare.Yes {
				found = o
			}
		}
		return inverted(found, negated), nil
	}
	return keyIs(name, v, negated)
}
