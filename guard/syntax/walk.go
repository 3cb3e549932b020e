package syntax

// Place says where in a file a node stands.
type Place struct {
	// Rule is the rule around, nil at file level.
	Rule *Rule
	// When is true inside of conditions, Filter inside of a filter.
	When, Filter bool
}

// Visitor gets the nodes of a file in the order of the source; functions that
// are nil are not called.
type Visitor struct {
	Rule   func(*Rule)
	Let    func(*Let, Place)
	Clause func(Clause, Place)
	Query  func(*Query, Place)
	Expr   func(Expr, Place) // literals and calls
}

// Walk visits a file.
func (v Visitor) Walk(f *File) {
	v.lets(f.Lets, Place{})
	rules := append(append([]*Rule{}, f.Params...), f.Rules...)
	if f.Default != nil {
		rules = append([]*Rule{f.Default}, rules...)
	}
	for _, r := range rules {
		if v.Rule != nil {
			v.Rule(r)
		}
		at := Place{Rule: r}
		v.conditions(r.When, at.when())
		v.block(r.Body, at)
	}
}

func (p Place) when() Place {
	p.When = true
	return p
}

func (v Visitor) block(b *Block, at Place) {
	v.lets(b.Lets, at)
	v.conditions(b.Clauses, at)
}

func (v Visitor) lets(lets []*Let, at Place) {
	for _, l := range lets {
		if v.Let != nil {
			v.Let(l, at)
		}
		v.expr(l.Value, at)
	}
}

func (v Visitor) conditions(lines Conditions, at Place) {
	for _, line := range lines {
		for _, c := range line {
			v.clause(c, at)
		}
	}
}

func (v Visitor) clause(c Clause, at Place) {
	if v.Clause != nil {
		v.Clause(c, at)
	}
	switch c := c.(type) {
	case *Check:
		v.query(c.Query, at)
		v.expr(c.Right, at)
	case *Call:
		for _, a := range c.Args {
			v.expr(a, at)
		}
	case *BlockClause:
		v.query(c.Query, at)
		v.block(c.Body, at)
	case *WhenBlock:
		v.conditions(c.When, at.when())
		v.block(c.Body, at)
	case *TypeBlock:
		v.conditions(c.When, at.when())
		v.block(c.Body, at)
	}
}

func (v Visitor) expr(e Expr, at Place) {
	switch e := e.(type) {
	case nil:
		return
	case *Query:
		v.query(e, at)
		return
	case *FuncCall:
		for _, a := range e.Args {
			v.expr(a, at)
		}
	}
	if v.Expr != nil {
		v.Expr(e, at)
	}
}

func (v Visitor) query(q *Query, at Place) {
	if v.Query != nil {
		v.Query(q, at)
	}
	at.Filter = true
	for i := range q.Parts {
		v.conditions(q.Parts[i].Filter, at)
		if k := q.Parts[i].Keys; k != nil {
			v.expr(k.With, at)
		}
	}
}
