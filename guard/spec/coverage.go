package spec

import (
	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Coverage counts how often the clauses of a rule file were evaluated and with
// what verdict. Clauses in filters are not counted: they select and decide
// nothing by themselves.
type Coverage struct {
	clauses []*Covered
	at      map[syntax.Clause]*Covered
}

// Covered is a clause with its counts.
type Covered struct {
	Clause syntax.Clause
	Pos    syntax.Position
	// Rule is the name of the rule that the clause is in.
	Rule             string
	Pass, Fail, Skip int
}

// NewCoverage begins to count for a rule file.
func NewCoverage(f *syntax.File) *Coverage {
	c := &Coverage{at: map[syntax.Clause]*Covered{}}
	syntax.Visitor{Clause: func(cl syntax.Clause, at syntax.Place) {
		if at.Filter {
			return
		}
		k := &Covered{Clause: cl, Pos: f.Position(cl.At().Start)}
		if at.Rule != nil {
			k.Rule = at.Rule.Name
		}
		c.clauses, c.at[cl] = append(c.clauses, k), k
	}}.Walk(f)
	return c
}

// Clauses gives all clauses with their counts.
func (c *Coverage) Clauses() []*Covered { return c.clauses }

// Evaluated counts the clauses that were evaluated at least once, out of all.
func (c *Coverage) Evaluated() (evaluated, all int) {
	for _, k := range c.clauses {
		if k.Pass+k.Fail+k.Skip > 0 {
			evaluated++
		}
	}
	return evaluated, len(c.clauses)
}

func (c *Coverage) add(r *guard.Result) {
	if c == nil {
		return
	}
	for i := range r.Rules {
		c.step(r.Rules[i].Explain())
	}
}

func (c *Coverage) step(s *guard.Step) {
	if k := c.at[s.Clause]; k != nil {
		switch s.Status {
		case guard.StatusPass:
			k.Pass++
		case guard.StatusFail:
			k.Fail++
		default:
			k.Skip++
		}
	}
	for _, sub := range s.Steps {
		c.step(sub)
	}
}
