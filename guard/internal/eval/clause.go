package eval

import (
	"fmt"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// lines evaluates conditions: of each line the first alternative that passes
// decides, and skips are left out of the account.
func (m *machine) lines(all lines, f *frame) (Status, error) {
	var t tally
	for _, line := range all {
		s, err := m.line(line, f)
		if err != nil {
			return StatusSkip, err
		}
		t.add(s)
	}
	return t.all(), nil
}

func (m *machine) line(line []clause, f *frame) (Status, error) {
	var above *Trace
	if len(line) > 1 {
		above = m.enter(TraceOr, nil)
	}
	verdict := StatusSkip
	for _, c := range line {
		s, err := m.clause(c, f)
		if err != nil {
			return StatusSkip, err
		}
		if s == StatusPass {
			verdict = StatusPass
			break
		}
		if s == StatusFail {
			verdict = StatusFail
		}
	}
	if len(line) > 1 {
		m.leave(above, verdict)
	}
	return verdict, nil
}

func (m *machine) clause(c clause, f *frame) (Status, error) {
	if err := m.step(); err != nil {
		return StatusSkip, err
	}
	switch c := c.(type) {
	case *check:
		above := m.enter(TraceCheck, c.src)
		s, err := m.check(c, f)
		if err != nil {
			return StatusSkip, m.at(c.src, err)
		}
		m.leave(above, s)
		return s, nil
	case *blockClause:
		above := m.enter(TraceBlock, c.src)
		s, err := m.blockClause(c, f)
		m.leave(above, s)
		return s, err
	case *whenBlock:
		above := m.enter(TraceWhen, c.src)
		s, err := m.guarded(c.when, c.body, f)
		m.leave(above, s)
		return s, err
	case *typeBlock:
		above := m.enter(TraceType, c.src)
		s, err := m.typeBlock(c, f)
		m.leave(above, s)
		return s, err
	case *ruleRef:
		above := m.enter(TraceRuleRef, c.src)
		s, err := m.ruleRef(c)
		m.leave(above, s)
		return s, err
	case *ruleCall:
		above := m.enter(TraceCall, c.src)
		s, err := m.ruleCall(c, f)
		m.leave(above, s)
		return s, err
	}
	return StatusSkip, nil
}

// conditions evaluates what is after a when.
func (m *machine) conditions(when lines, f *frame) (Status, error) {
	above := m.enter(TraceConditions, nil)
	s, err := m.lines(when, f)
	m.leave(above, s)
	return s, err
}

// guarded evaluates a body if conditions pass; anything else skips it.
func (m *machine) guarded(when lines, body *block, f *frame) (Status, error) {
	if len(when) > 0 {
		if s, err := m.conditions(when, f); err != nil || s != StatusPass {
			return StatusSkip, err
		}
	}
	return m.block(body, f)
}

// block evaluates a body in a scope of its own.
func (m *machine) block(b *block, parent *frame) (Status, error) {
	if err := m.deeper(); err != nil {
		return StatusSkip, err
	}
	f := m.push(blockFrame, parent, parent.value)
	f.block = b
	f.opened(len(b.lets))
	s, err := m.lines(b.lines, f)
	if err != nil {
		return StatusSkip, err
	}
	m.pop()
	m.depth--
	return s, nil
}

// blockClause evaluates a body for every value of a query.
func (m *machine) blockClause(c *blockClause, f *frame) (Status, error) {
	mark := len(m.stack)
	if err := m.query(f, c.query); err != nil {
		return StatusSkip, m.at(c.src, err)
	}
	if len(m.stack) == mark {
		m.nothing(c.query)
		if c.src.NotEmpty {
			return StatusFail, nil
		}
		return StatusSkip, nil
	}
	t, err := m.bodies(c.src, c.body, f, mark)
	if c.query.some && t.pass > 0 {
		return StatusPass, err
	}
	return t.all(), err
}

// bodies evaluates a body for every result since a mark, and pops them.
func (m *machine) bodies(src syntax.Clause, body *block, f *frame, mark int) (t tally, err error) {
	for i := range len(m.stack) - mark {
		r := m.stack[mark+i]
		if r.kind == unresolved {
			if _, isType := src.(*syntax.TypeBlock); isType {
				return t, m.at(src, fmt.Errorf("%w: the document has no Resources", ErrUnsupported))
			}
			t.add(StatusFail)
			m.note(Comparison{Status: StatusFail, left: r})
			continue
		}
		s, err := m.valueBlock(body, f, r.value)
		if err != nil {
			return t, err
		}
		t.add(s)
	}
	m.stack = m.stack[:mark]
	return t, nil
}

// valueBlock evaluates a body with another value at hand.
func (m *machine) valueBlock(b *block, f *frame, v *doc.Value) (Status, error) {
	above := m.enter(TraceValue, nil)
	if m.trace != nil {
		m.trace.Value = v
	}
	s, err := m.block(b, m.push(valueFrame, f, v))
	if err != nil {
		return StatusSkip, err
	}
	m.pop()
	m.leave(above, s)
	return s, nil
}

// typeBlock evaluates a body for every resource of a type. Its conditions are
// evaluated once, where the block is, not for each resource.
func (m *machine) typeBlock(c *typeBlock, f *frame) (Status, error) {
	if len(c.when) > 0 {
		if s, err := m.conditions(c.when, f); err != nil || s != StatusPass {
			return StatusSkip, err
		}
	}
	mark := len(m.stack)
	if err := m.query(f, c.query); err != nil {
		return StatusSkip, m.at(c.src, err)
	}
	t, err := m.bodies(c.src, c.body, f, mark)
	return t.all(), err
}

// ruleRef passes if a rule passes: a skipped rule counts as failed.
func (m *machine) ruleRef(c *ruleRef) (Status, error) {
	if c.group == nil {
		return StatusSkip, m.at(c.src, fmt.Errorf("%w rule %s", ErrUndefined, c.src.Name))
	}
	s, err := m.group(c.group)
	if err != nil {
		return StatusSkip, err
	}
	if m.trace != nil {
		m.trace.Referred = s
	}
	if (s == StatusPass) != c.src.Not {
		return StatusPass, nil
	}
	return StatusFail, nil
}

// group is the verdict of the rules of a name: of the first that does not skip.
func (m *machine) group(g *group) (Status, error) {
	v := &m.verdicts[g.index]
	if v.known {
		return v.status, nil
	}
	if v.busy {
		return StatusSkip, fmt.Errorf("%w: rule %s refers to itself", ErrLimit, g.rules[0].src.Name)
	}
	v.busy = true
	s := StatusSkip
	for _, r := range g.rules {
		var err error
		if s, err = m.ruleAtRoot(r); err != nil {
			return StatusSkip, err
		}
		if s != StatusSkip {
			break
		}
	}
	*v = verdict{known: true, status: s}
	return s, nil
}

// ruleAtRoot evaluates a rule against the document, once if that makes no
// difference.
func (m *machine) ruleAtRoot(r *rule) (Status, error) {
	if v := &m.alone[r.index]; v.known && !m.captures && m.trace == nil {
		return v.status, nil
	}
	trace := m.trace
	if trace != nil {
		m.trace = &Trace{} // the rule has a trace of its own
	}
	s, err := m.rule(r, m.push(rootFrame, nil, m.root))
	if err != nil {
		return StatusSkip, err
	}
	m.pop()
	m.trace = trace
	m.alone[r.index] = verdict{known: true, status: s}
	return s, nil
}

func (m *machine) rule(r *rule, f *frame) (Status, error) {
	above := m.enter(TraceRule, nil)
	if m.trace != nil {
		m.trace.Rule = r.src
	}
	s, err := m.guarded(r.when, r.body, f)
	m.leave(above, s)
	return s, err
}

// ruleCall evaluates a parameterized rule in the scope of the call. The
// engines ignore a negation of it.
func (m *machine) ruleCall(c *ruleCall, f *frame) (Status, error) {
	switch {
	case c.target == nil:
		return StatusSkip, m.at(c.src, fmt.Errorf("%w parameterized rule %s", ErrUndefined, c.src.Name))
	case len(c.target.params) != len(c.args):
		return StatusSkip, m.at(c.src, fmt.Errorf("%w: rule %s is called with a wrong number of arguments: %d instead of %d",
			ErrUnsupported, c.src.Name, len(c.args), len(c.target.params)))
	}
	if err := m.deeper(); err != nil {
		return StatusSkip, m.at(c.src, err)
	}
	scope := m.push(paramFrame, f, f.value)
	scope.target = c.target
	scope.opened(len(c.args))
	for i := range c.args {
		mark := len(m.stack)
		rs, err := m.operand(f, &c.args[i])
		if err != nil {
			return StatusSkip, m.at(c.src, err)
		}
		if c.args[i].literal == nil {
			rs = m.keep(mark)
		}
		scope.slots[i] = slot{known: true, results: rs}
	}
	s, err := m.rule(c.target, scope)
	if err != nil {
		return StatusSkip, err
	}
	m.pop()
	m.depth--
	return s, nil
}

// at says in which clause an evaluation ended.
func (m *machine) at(c syntax.Clause, err error) error {
	if _, ok := err.(*Error); ok { //nolint:errorlint // only the innermost is wanted
		return err
	}
	return &Error{File: m.File, Clause: c, Err: err}
}

// Error is what ended an evaluation. No rule of the file has a verdict then.
type Error struct {
	File   *syntax.File
	Clause syntax.Clause
	Err    error
}

// Error names the place of the clause.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v", e.File.Position(e.Clause.At().Start), e.Err)
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }
