package eval

import (
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/fn"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// ErrUnsupported means that a query does what the engines give up on.
var ErrUnsupported = errors.New("not supported")

// reason says why a query got stuck.
type reason uint8

const (
	noReason reason = iota
	noKey
	notMap
	notList
	outOfRange
	noElements
	notFilterable
	noInterpolated
	unresolvedName
)

// query pushes what a query selects in a scope.
func (m *machine) query(f *frame, q *query) error {
	return m.walk(q, 0, f.value, f.resolver(), -1)
}

// stuck pushes an unresolved result.
func (m *machine) stuck(q *query, i int, at *doc.Value, why reason) error {
	m.stack = append(m.stack, result{value: at, query: q, part: int32(i), kind: unresolved, reason: why}) //nolint:gosec // fewer parts than that
	return nil
}

// walk follows a query from its part i. The scope r is what filters on the way
// look at; spelling is the conversion of names that has worked before in this
// walk, or -1.
func (m *machine) walk(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	for ; i < len(q.parts); i++ {
		if err := m.step(); err != nil {
			return err
		}
		p := &q.parts[i]
		if i == 0 && p.isVar {
			return m.variable(q, r, spelling)
		}
		switch p.kind {
		case syntax.PartThis:
		case syntax.PartKey:
			switch {
			case p.isIndex:
				if at.Kind() != doc.List {
					return m.stuck(q, 0, at, notList)
				}
				if p.index >= at.Len() {
					return m.stuck(q, 0, at, outOfRange)
				}
				at = at.At(p.index)
				continue
			case at.Kind() != doc.Map:
				return m.stuck(q, i, at, notMap)
			case p.isVar:
				return m.interpolate(q, i, at, r, spelling)
			}
			next := at.Get(p.name)
			if next == nil {
				next, spelling = respelled(p, at, spelling)
			}
			if next == nil {
				return m.stuck(q, i, at, noKey)
			}
			at = next
		case syntax.PartIndex:
			if at.Kind() != doc.List {
				return m.stuck(q, i, at, notList)
			}
			if p.index >= at.Len() {
				return m.stuck(q, 0, at, outOfRange)
			}
			at = at.At(p.index)
		case syntax.PartAllIndices, syntax.PartAllValues:
			switch {
			case at.Kind() == doc.List:
				return m.elements(q, i, at, r, spelling)
			case at.Kind() == doc.Map && (p.kind == syntax.PartAllValues || p.name != ""):
				return m.members(q, i, at, r, spelling)
			}
			// A single value stands for a list of one, and a map for itself.
		case syntax.PartFilter:
			pass, done, err := m.filter(q, i, at, r, spelling)
			if done || err != nil || !pass {
				return err
			}
		case syntax.PartKeysFilter:
			return m.keysFilter(q, i, at, r, spelling)
		}
	}
	m.stack = append(m.stack, result{value: at})
	return nil
}

// respelled looks a member up under the other spellings of its name. Once one
// has been found, the rest of the walk uses that conversion alone.
func respelled(p *part, at *doc.Value, spelling int) (*doc.Value, int) {
	if spelling >= 0 {
		return at.Get(p.spelled.all[spelling]), spelling
	}
	for _, i := range p.spelled.tries {
		if v := at.Get(p.spelled.all[i]); v != nil {
			return v, int(i)
		}
	}
	return nil, spelling
}

// variable walks on from every value of the variable that a query begins with.
func (m *machine) variable(q *query, r *frame, spelling int) error {
	values, err := m.resolve(r, q.parts[0].symbol)
	if err != nil {
		if errors.Is(err, ErrUndefined) {
			return fmt.Errorf("%w %s", err, q.parts[0].name)
		}
		return err
	}
	from := 1
	if len(q.parts) > 1 && q.parts[1].kind == syntax.PartAllIndices {
		from = 2 // the grammar puts a [*] there, which takes all values
	}
	for _, v := range values {
		if v.kind == unresolved || from >= len(q.parts) {
			m.stack = append(m.stack, v)
			continue
		}
		if err := m.deeper(); err != nil {
			return err
		}
		scope := m.push(valueFrame, r, v.value)
		if err := m.walk(q, from, v.value, scope, spelling); err != nil {
			return err
		}
		m.pop()
		m.depth--
	}
	return nil
}

// elements walks on from all elements of a list.
func (m *machine) elements(q *query, i int, list *doc.Value, r *frame, spelling int) error {
	if list.Len() == 0 {
		return m.stuck(q, i, list, noElements)
	}
	for n := range list.Len() {
		if err := m.step(); err != nil {
			return err
		}
		if err := m.walk(q, i+1, list.At(n), r, spelling); err != nil {
			return err
		}
	}
	return nil
}

// members walks on from all members of a map, each the value at hand.
func (m *machine) members(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	if at.Len() == 0 {
		return m.stuck(q, i, at, noElements)
	}
	p := &q.parts[i]
	for n := range at.Len() {
		v := at.At(n)
		if err := m.deeper(); err != nil {
			return err
		}
		scope := m.push(valueFrame, r, v)
		if p.name != "" {
			m.capture(p.symbol, v)
		}
		if err := m.walk(q, i+1, v, scope, spelling); err != nil {
			return err
		}
		m.pop()
		m.depth--
	}
	return nil
}

// interpolate looks up the members whose names a variable holds.
func (m *machine) interpolate(q *query, i int, at *doc.Value, r *frame, spelling int) error {
	names, err := m.resolve(r, q.parts[i].symbol)
	if err != nil {
		if errors.Is(err, ErrUndefined) {
			return fmt.Errorf("%w %s", err, q.parts[i].name)
		}
		return err
	}
	if i+1 < len(q.parts) {
		switch next := &q.parts[i+1]; next.kind {
		case syntax.PartAllIndices, syntax.PartKey:
		case syntax.PartIndex:
			// The index picks a name, and is then applied to the value, too.
			if next.index >= len(names) {
				return m.stuck(q, i, at, noInterpolated)
			}
			names = names[next.index : next.index+1]
		default:
			return fmt.Errorf("%w: %s followed by something else than a key, an index or [*]", ErrUnsupported, q.parts[i].name)
		}
	}
	for _, name := range names {
		switch {
		case name.kind == unresolved:
			err = m.stuck(q, i, at, unresolvedName)
		case name.value.Kind() == doc.String:
			err = m.named(q, i, at, name.value, r, spelling)
		case name.value.Kind() == doc.List:
			for n := 0; n < name.value.Len() && err == nil; n++ {
				err = m.named(q, i, at, name.value.At(n), r, spelling)
			}
		default:
			err = fmt.Errorf("%w: %s holds %s where names are wanted", ErrUnsupported, q.parts[i].name, name.value.Kind().WithArticle())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) named(q *query, i int, at, name *doc.Value, r *frame, spelling int) error {
	if name.Kind() != doc.String {
		return fmt.Errorf("%w: %s holds %s where names are wanted", ErrUnsupported, q.parts[i].name, name.Kind().WithArticle())
	}
	if v := at.Get(name.Text()); v != nil {
		return m.walk(q, i+1, v, r, spelling)
	}
	return m.stuck(q, i, at, noInterpolated)
}

// ErrUndefined means that a rule refers to a variable or rule that is not
// there, or cannot be seen from where it is. It ends the evaluation.
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
	name := doc.NewString(member.Key()).WithPlaceOf(member)
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
