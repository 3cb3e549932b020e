package eval

import (
	"fmt"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// tally counts comparisons or verdicts.
type tally struct {
	pass, fail int
	negated    bool
}

// check evaluates a clause over the values of its query.
func (m *machine) check(c *check, f *frame) (Status, error) {
	t := tally{negated: c.src.Negated}
	mark := len(m.stack)
	var skip bool
	var err error
	if c.src.Op.Unary() {
		skip, err = m.unary(c, f, &t)
	} else {
		skip, err = m.binary(c, f, &t)
	}
	if err != nil {
		return StatusSkip, err
	}
	m.stack = m.stack[:mark]
	switch {
	case skip:
		return StatusSkip, nil
	case c.query.some && t.pass > 0:
		return StatusPass, nil
	case c.query.some, t.fail > 0:
		return StatusFail, nil
	}
	return StatusPass, nil // also if there was nothing to compare
}

// unary evaluates an operator without a right-hand side.
func (m *machine) unary(c *check, f *frame, t *tally) (skip bool, err error) {
	mark := len(m.stack)
	if err := m.query(f, c.query); err != nil {
		return false, err
	}
	found := m.stack[mark:]
	invert := c.src.Negated != c.src.Not
	if c.onQuery && c.src.Op == syntax.OpEmpty {
		if len(found) == 0 {
			m.nothing(c.query)
			t.count(!invert)
			return false, nil
		}
		for _, r := range found {
			none := r.kind == unresolved || r.value.Kind() == doc.Null
			ok := none != invert
			t.count(ok)
			m.note(Comparison{Status: verdictOf(ok), left: r})
		}
		return false, nil
	}
	if len(found) == 0 {
		m.nothing(c.query)
		return true, nil
	}
	for _, r := range found {
		is, err := holds(c.src.Op, r)
		if err != nil {
			return false, err
		}
		ok := is != invert
		t.count(ok)
		m.note(Comparison{Status: verdictOf(ok), left: r})
	}
	return false, nil
}

// add counts a verdict; skips do not count.
func (t *tally) add(s Status) {
	switch s {
	case StatusPass:
		t.pass++
	case StatusFail:
		t.fail++
	}
}

// all is the verdict where nothing may fail.
func (t *tally) all() Status {
	switch {
	case t.fail > 0:
		return StatusFail
	case t.pass > 0:
		return StatusPass
	}
	return StatusSkip
}

func (t *tally) count(ok bool) {
	if ok {
		t.pass++
	} else {
		t.fail++
	}
}

func verdictOf(ok bool) Status {
	if ok {
		return StatusPass
	}
	return StatusFail
}

// holds asks one value.
func holds(op syntax.Op, r result) (bool, error) {
	if r.kind == unresolved {
		return op == syntax.OpEmpty, nil // what is not there is empty
	}
	k := r.value.Kind()
	switch op {
	case syntax.OpExists:
		return true, nil
	case syntax.OpEmpty:
		switch k {
		case doc.List, doc.Map:
			return r.value.Len() == 0, nil
		case doc.String:
			return r.value.Text() == "", nil
		case doc.Bool:
			return false, nil
		}
		return false, fmt.Errorf("%w: empty of a value of type %s at %q", ErrUnsupported, k, r.value.Path())
	case syntax.OpIsString:
		return k == doc.String, nil
	case syntax.OpIsList:
		return k == doc.List, nil
	case syntax.OpIsStruct:
		return k == doc.Map, nil
	case syntax.OpIsBool:
		return k == doc.Bool, nil
	case syntax.OpIsInt:
		return k == doc.Int, nil
	case syntax.OpIsFloat:
		return k == doc.Float, nil
	}
	return k == doc.Null, nil
}

// binary evaluates an operator with a right-hand side, which goes first. If
// either side selects nothing, the clause skips. A negation before the clause
// is ignored, as in the engines.
func (m *machine) binary(c *check, f *frame, t *tally) (skip bool, err error) {
	right, err := m.operand(f, &c.right)
	if err != nil {
		return false, err
	}
	mark := len(m.stack)
	if err := m.query(f, c.query); err != nil {
		return false, err
	}
	left := m.stack[mark:]
	if len(left) == 0 || len(right) == 0 {
		if len(left) == 0 {
			m.nothing(c.query)
		} else {
			m.nothing(c.right.query)
		}
		return true, nil
	}
	switch c.src.Op {
	case syntax.OpEq:
		err = m.equal(left, right, t)
	case syntax.OpIn:
		err = m.in(left, right, t)
	default:
		err = m.ordered(c.src.Op, left, right, t)
	}
	return false, err
}
