package eval

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/layerfleet/layerfleet/guard/doc"
)

// Limits bound an evaluation.
type Limits struct {
	// MaxSteps counts values looked at and clauses evaluated; 0 means 200
	// million.
	MaxSteps int
	// MaxDepth counts nested blocks, filters, rules and variables; 0 means
	// 1,000.
	MaxDepth int
}

// ErrLimit means that an evaluation was given up because it ran too long or
// too deep.
var ErrLimit = errors.New("evaluation limit exceeded")

// pool keeps machines for reuse.
type pool struct{ sync.Pool }

// machine is the state of one evaluation.
type machine struct {
	*Program
	ctx    context.Context //nolint:containedctx // lives for one call
	root   *doc.Value
	limits Limits
	steps  int
	depth  int

	// stack holds the results of the queries at work; whoever pushes, pops.
	stack []result
	// kept holds the results of variables until the end of the evaluation.
	kept   []result
	frames []*frame
	used   int // of frames
	values []*doc.Value

	verdicts []verdict // of rules evaluated by reference, by group
	alone    []verdict // of rules in the order of the file, if rules cannot influence each other
	slots    []slot    // of variables at file level, by symbol

	trace *Trace // the node at work, nil if only the status is asked for
}

// verdict is a status that may not be known yet.
type verdict struct {
	known, busy bool
	status      Status
}

// slot is a variable that may not be resolved yet.
type slot struct {
	known   bool
	results []result
}

// frameKind says what a scope adds to the one around it.
type frameKind uint8

const (
	rootFrame  frameKind = iota
	blockFrame           // the lets of a block
	valueFrame           // another value at hand
	paramFrame           // the parameters of a rule
)

// frame is a scope.
type frame struct {
	kind   frameKind
	parent *frame
	value  *doc.Value // where queries start
	block  *block
	slots  []slot
	target *rule
}

func (p *Program) machine(ctx context.Context, root *doc.Value, limits Limits) *machine {
	m, _ := p.pool.Get().(*machine)
	if m == nil {
		m = &machine{
			Program: p, verdicts: make([]verdict, len(p.byName)), alone: make([]verdict, len(p.rules)),
			slots: make([]slot, len(p.symbols)),
		}
	}
	if limits.MaxSteps == 0 {
		limits.MaxSteps = 200_000_000
	}
	if limits.MaxDepth == 0 {
		limits.MaxDepth = 1000
	}
	m.ctx, m.root, m.limits = ctx, root, limits
	return m
}

// release forgets the document and puts the machine back.
func (m *machine) release() {
	m.stack, m.kept, m.values = emptied(m.stack), emptied(m.kept), emptied(m.values)
	clear(m.verdicts)
	clear(m.alone)
	clear(m.slots)
	for _, f := range m.frames {
		clear(f.slots[:cap(f.slots)])
		*f = frame{slots: f.slots[:0]}
	}
	m.ctx, m.root, m.trace = nil, nil, nil
	m.steps, m.depth, m.used = 0, 0, 0
	m.pool.Put(m)
}

// emptied clears a slice for reuse; one that has grown large is let go.
func emptied[T any](s []T) []T {
	const most = 1 << 12
	if cap(s) > most {
		return nil
	}
	clear(s[:cap(s)])
	return s[:0]
}

// step counts work and looks whether to continue.
func (m *machine) step() error {
	m.steps++
	if m.steps&1023 != 0 {
		return nil
	}
	if m.steps > m.limits.MaxSteps {
		return fmt.Errorf("%w: more than %d steps", ErrLimit, m.limits.MaxSteps)
	}
	return m.ctx.Err()
}

// work counts n steps at once.
func (m *machine) work(n int) error {
	const often = 1024
	if m.steps += n; n >= often {
		m.steps |= often - 1 // look now
		return m.step()
	}
	return nil
}

// deeper counts nesting; the caller lowers m.depth when it is done.
func (m *machine) deeper() error {
	m.depth++
	if m.depth > m.limits.MaxDepth {
		return fmt.Errorf("%w: nested deeper than %d; does a rule or variable refer to itself?", ErrLimit, m.limits.MaxDepth)
	}
	return nil
}

// push opens a scope; pop closes the newest.
func (m *machine) push(kind frameKind, parent *frame, value *doc.Value) *frame {
	if m.used == len(m.frames) {
		m.frames = append(m.frames, &frame{})
	}
	f := m.frames[m.used]
	m.used++
	f.kind, f.parent, f.value = kind, parent, value
	return f
}

func (m *machine) pop() {
	m.used--
	f := m.frames[m.used]
	f.slots = f.slots[:0]
	f.block, f.target = nil, nil
}

// opened gives a frame n fresh slots.
func (f *frame) opened(n int) {
	for len(f.slots) < n {
		f.slots = append(f.slots, slot{})
	}
	for i := range f.slots {
		f.slots[i] = slot{}
	}
}

// resolver is the scope in which the filters of a query look: that of the
// query itself, but for a value at hand the scope around it. That is why a
// filter after [*] over a list does not see the element.
func (f *frame) resolver() *frame {
	for f.kind == valueFrame || f.kind == paramFrame {
		if f.kind == valueFrame {
			return f.parent
		}
		f = f.parent
	}
	return f
}

// keep copies the results since a mark to where they stay, and pops them.
func (m *machine) keep(mark int) []result {
	at := len(m.kept)
	m.kept = append(m.kept, m.stack[mark:]...)
	m.stack = m.stack[:mark]
	return m.kept[at:len(m.kept):len(m.kept)]
}
