package eval

import (
	"context"

	"github.com/layerfleet/layerfleet/guard/doc"
)

// Status gives the verdict over all rules. It allocates nothing for simple
// clauses, once the program has been used.
func (p *Program) Status(ctx context.Context, root *doc.Value, limits Limits) (Status, error) {
	m := p.machine(ctx, root, limits)
	passes, fails := 0, 0
	for _, r := range p.rules {
		s, err := m.fileRule(r)
		if err != nil {
			m.abandon()
			return Skip, err
		}
		switch s {
		case Pass:
			passes++
		case Fail:
			fails++
		}
	}
	m.release()
	return both(passes, fails), nil
}

// Statuses gives the verdict of every rule, in the order of evaluation.
func (p *Program) Statuses(ctx context.Context, root *doc.Value, limits Limits) ([]Status, error) {
	m := p.machine(ctx, root, limits)
	out := make([]Status, len(p.rules))
	for i, r := range p.rules {
		var err error
		if out[i], err = m.fileRule(r); err != nil {
			m.abandon()
			return nil, err
		}
	}
	m.release()
	return out, nil
}

// Trace evaluates all rules and says why. The traces are in the order of
// evaluation; if an error ended it, the last one is not complete.
func (p *Program) Trace(ctx context.Context, root *doc.Value, limits Limits) ([]*Trace, error) {
	m := p.machine(ctx, root, limits)
	top := &Trace{}
	for _, r := range p.rules {
		m.trace = top
		if _, err := m.fileRule(r); err != nil {
			m.abandon()
			return top.Children, err
		}
	}
	m.release()
	return top.Children, nil
}

// fileRule evaluates a rule in its turn. The engines evaluate it anew even if
// another rule has referred to it.
func (m *machine) fileRule(r *rule) (Status, error) {
	if v := &m.alone[r.index]; v.known && !m.captures && m.trace == nil {
		return v.status, nil
	}
	s, err := m.rule(r, m.push(rootFrame, nil, m.root))
	if err != nil {
		return Skip, err
	}
	m.pop()
	m.alone[r.index] = verdict{known: true, status: s}
	return s, nil
}

// abandon puts a machine back after an error.
func (m *machine) abandon() {
	for _, f := range m.frames {
		f.slots = f.slots[:0]
	}
	m.release()
}
