package eval

import (
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/fn"
)

// ErrUndefined means that a rule refers to a variable or rule that is not
// there, or cannot be seen from where it stands. It ends the evaluation.
var ErrUndefined = errors.New("undefined")

// resolve finds a variable from a scope outwards. Scopes nest as calls do: a
// parameterized rule sees the variables of its caller.
func (m *machine) resolve(f *frame, symbol int) ([]result, error) {
	for ; f.kind != rootFrame; f = f.parent {
		switch f.kind {
		case blockFrame:
			for i, l := range f.block.lets {
				if l.symbol == symbol {
					return m.bound(f, l, &f.slots[i])
				}
			}
		case paramFrame:
			for i, p := range f.target.params {
				if p == symbol {
					return f.slots[i].results, nil
				}
			}
		}
	}
	return m.bound(f, m.roots[symbol], &m.slots[symbol])
}

// bound resolves what a scope binds to a name, once. At file level captured
// names stand in the same place as resolved queries.
func (m *machine) bound(f *frame, l *let, s *slot) ([]result, error) {
	switch {
	case l != nil && l.literal != nil:
		return l.literal, nil
	case s.known:
		return s.results, nil
	case l == nil:
		return nil, fmt.Errorf("%w variable", ErrUndefined)
	}
	if err := m.deeper(); err != nil {
		return nil, err
	}
	defer func() { m.depth-- }()
	mark := len(m.stack)
	if l.call != nil {
		if err := m.call(f, l.call); err != nil {
			return nil, err
		}
	} else if err := m.query(f, l.query); err != nil {
		return nil, err
	} else if l.query.some {
		m.dropUnresolved(mark)
	}
	s.known, s.results = true, m.keep(mark)
	return s.results, nil
}

// dropUnresolved keeps what was found in the document: a "some" on a let drops
// literals, too.
func (m *machine) dropUnresolved(mark int) {
	out := m.stack[:mark]
	for _, r := range m.stack[mark:] {
		if r.kind == resolved {
			out = append(out, r)
		}
	}
	m.stack = out
}

// capture adds the name of a member to a variable at file level.
func (m *machine) capture(symbol int, member *doc.Value) {
	s := &m.slots[symbol]
	name := doc.NewString(member.Key()).Beside(member)
	s.known = true
	s.results = append(s.results, result{value: name})
}

// call pushes the results of a function.
func (m *machine) call(f *frame, c *call) error {
	args := make([]fn.Arg, len(c.args))
	for i := range c.args {
		mark := len(m.stack)
		rs, err := m.operand(f, &c.args[i])
		if err != nil {
			return err
		}
		for _, r := range rs {
			if r.kind == unresolved {
				args[i] = append(args[i], nil)
				continue
			}
			args[i] = append(args[i], r.value)
		}
		m.stack = m.stack[:mark]
	}
	values, err := fn.Call(c.src.Name, args)
	if err != nil {
		return err
	}
	for _, v := range values {
		m.stack = append(m.stack, result{value: v})
	}
	return nil
}

// operand gives the values of a right-hand side or argument; they may lie on
// the stack, from where the caller removes them.
func (m *machine) operand(f *frame, o *operand) ([]result, error) {
	if o.literal != nil {
		return o.literal, nil
	}
	mark := len(m.stack)
	var err error
	if o.call != nil {
		err = m.call(f, o.call)
	} else {
		err = m.query(f, o.query)
	}
	return m.stack[mark:len(m.stack):len(m.stack)], err
}
