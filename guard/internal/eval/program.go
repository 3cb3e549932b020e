// Package eval evaluates compiled Guard rules.
//
// It is one evaluator for all dialects and both ways of use: a status alone,
// which allocates next to nothing, or a trace that says why. What is decided is
// decided by the same code.
//
// The evaluator follows the engines to the letter, their oddities included:
// which scope a filter looks at, what a negation inverts, when nothing to check
// is a pass and when a skip. The comments name each where it happens.
package eval

import (
	"context"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/inflect"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Status is the verdict of a clause, rule or file.
type Status uint8

// The verdicts. Skip means that nothing was decided.
const (
	StatusSkip Status = iota
	StatusPass
	StatusFail
)

// String is the verdict in the words of Guard: SKIP, PASS or FAIL.
func (s Status) String() string {
	switch s {
	case StatusPass:
		return "PASS"
	case StatusFail:
		return "FAIL"
	}
	return "SKIP"
}

// Program is a compiled rule file. It is immutable.
type Program struct {
	File    *syntax.File
	dialect syntax.Dialect
	rules   []*rule // in the order of evaluation
	byName  map[string]*group
	params  map[string]*rule
	lets    []*let
	symbols map[string]int
	// roots maps symbols to their let at file level, or nil.
	roots []*let
	// captures is true if some query captures the names of members; then
	// evaluating a rule twice is not the same as once.
	captures bool
	pool     pool
}

// group is all rules of one name.
type group struct {
	index int
	rules []*rule
}

type rule struct {
	src    *syntax.Rule
	index  int
	params []int
	when   lines
	body   *block
}

type lines [][]clause

type block struct {
	lets  []*let
	lines lines
}

// let is everything that one scope binds to one name. The engines keep
// literals, calls and queries apart and look them up in this order.
type let struct {
	symbol  int
	literal []result
	call    *call
	query   *query
}

// clause is one of the types below.
type clause any

type check struct {
	src   *syntax.Check
	query *query
	right operand
	// onQuery is true if "empty" asks whether the query found something,
	// not whether what it found is empty.
	onQuery bool
}

type ruleRef struct {
	src   *syntax.RuleRef
	group *group
}

type ruleCall struct {
	src    *syntax.Call
	target *rule
	args   []operand
}

type blockClause struct {
	src   *syntax.BlockClause
	query *query
	body  *block
}

type whenBlock struct {
	src  *syntax.WhenBlock
	when lines
	body *block
}

type typeBlock struct {
	src   *syntax.TypeBlock
	when  lines
	query *query
	body  *block
}

// operand is what is on the right of an operator or as an argument; one of
// its fields is set.
type operand struct {
	literal []result
	query   *query
	call    *call
}

type call struct {
	src  *syntax.FuncCall
	args []operand
}

type query struct {
	src   *syntax.Query
	some  bool
	parts []part
}

type part struct {
	kind   syntax.PartKind
	name   string
	symbol int  // of the variable of a Key, or of what is captured
	isVar  bool // a Key that names a variable
	// index is that of an Index, or of a Key that reads as a number.
	index   int
	isIndex bool
	spelled *spelled
	filter  lines
	keys    *syntax.KeysMatch
	with    operand
}

// spelled is a name in the spellings that are tried if a map does not have it.
type spelled struct {
	all   [inflect.Count]string
	tries []int8 // the spellings worth looking up, without repetitions
}

// resultKind says how a result came about.
type resultKind uint8

const (
	resolved resultKind = iota
	literal
	unresolved
)

// result is one value that a query selected, or the place where it got stuck.
type result struct {
	value  *doc.Value // where it got stuck, if unresolved
	query  *query
	part   int32
	kind   resultKind
	reason reason
}

// Size is the number of rules.
func (p *Program) Size() int { return len(p.rules) }

// Name is the name of the rule with the index i, in the order of evaluation.
func (p *Program) Name(i int) string { return p.rules[i].src.Name }

// Status gives the verdict over all rules. It allocates nothing for simple
// clauses, once the program has been used.
func (p *Program) Status(ctx context.Context, root *doc.Value, limits Limits) (Status, error) {
	m := p.machine(ctx, root, limits)
	var t tally
	for _, r := range p.rules {
		s, err := m.fileRule(r)
		if err != nil {
			m.abandon()
			return StatusSkip, err
		}
		t.add(s)
	}
	m.release()
	return t.all(), nil
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

// fileRule evaluates a rule in its turn. The engines evaluate it again even if
// another rule has referred to it.
func (m *machine) fileRule(r *rule) (Status, error) {
	if v := &m.alone[r.index]; v.known && !m.captures && m.trace == nil {
		return v.status, nil
	}
	s, err := m.rule(r, m.push(rootFrame, nil, m.root))
	if err != nil {
		return StatusSkip, err
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
