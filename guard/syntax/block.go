package syntax

// production reads one clause.
type production func(i int) (Clause, int, bool)

// line reads alternatives joined by or.
func (p *parser) line(i int, clause production) (Line, int, bool) {
	c, next, ok := clause(p.ws(i))
	if !ok {
		return nil, i, false
	}
	line := Line{c}
	for {
		j, ok := p.or(next)
		if !ok {
			return line, next, true
		}
		c, after, ok := clause(p.ws(j))
		if p.stopped {
			return nil, i, false
		}
		if !ok {
			return line, next, true
		}
		line, next = append(line, c), after
	}
}

// conditions reads one or more lines.
func (p *parser) conditions(i int, clause production) (Conditions, int, bool) {
	var out Conditions
	j := i
	for {
		line, next, ok := p.line(j, clause)
		if p.stopped {
			return nil, i, false
		}
		if !ok {
			break
		}
		out, j = append(out, line), next
	}
	if out == nil {
		p.stopFar(i, "no clauses")
		return nil, i, false
	}
	return out, j, true
}

// when reads "when" and conditions.
func (p *parser) when(i int) (Conditions, int, bool) {
	j, ok := p.keyword(p.ws(i), "when")
	if !ok {
		return nil, i, false
	}
	k := p.ws(j)
	if k == j {
		p.fail(j, "'when' must be followed by a space and conditions",
			"a property whose name begins with when must be quoted")
		return nil, i, false
	}
	return p.conditions(k, p.condition)
}

// whenBlock reads a when with its block.
func (p *parser) whenBlock(i int, clause production) (Clause, int, bool) {
	start := p.ws(i)
	conditions, j, ok := p.when(start)
	if !ok {
		return nil, i, false
	}
	body, next, ok := p.block(j, clause)
	if !ok {
		return nil, i, false
	}
	return &WhenBlock{Span: Span{start, next}, When: conditions, Body: body}, next, true
}

// blockClause reads a query, an optional "not empty", and a block.
func (p *parser) blockClause(i int) (Clause, int, bool) {
	q, j, ok := p.query(i)
	if !ok {
		return nil, i, false
	}
	c := &BlockClause{Query: q}
	if k, not := p.not(p.ws(j)); not {
		if p.word(k, "empty") {
			c.NotEmpty, j = true, k+len("empty")
		}
	}
	if c.Body, j, ok = p.block(j, p.clause); !ok {
		return nil, i, false
	}
	c.Span = Span{i, j}
	return c, j, true
}

// block reads lets and lines between braces, at least one of either.
func (p *parser) block(i int, clause production) (*Block, int, bool) {
	start := p.ws(i)
	j, ok := p.mark(start, '{')
	if !ok || !p.enter(start) {
		return nil, i, false
	}
	defer p.leave()
	b := &Block{Span: Span{Start: start}}
	for {
		if let, next, ok := p.let(p.ws(j)); ok {
			b.Lets, j = append(b.Lets, let), next
			continue
		}
		if p.stopped {
			return nil, i, false
		}
		line, next, ok := p.line(j, clause)
		if p.stopped {
			return nil, i, false
		}
		if !ok {
			break
		}
		b.Clauses, j = append(b.Clauses, line), next
	}
	if b.Lets == nil && b.Clauses == nil {
		p.miss(p.ws(j), "a clause")
		return nil, i, false
	}
	next, ok := p.mark(j, '}')
	if !ok {
		p.stopFar(j, "block is not closed")
		return nil, i, false
	}
	b.Span.End = next
	return b, next, true
}

// let reads let name = value.
func (p *parser) let(i int) (*Let, int, bool) {
	if !p.at(i, "let") {
		return nil, i, false
	}
	j := i + len("let")
	k := p.ws(j)
	if k == j {
		return nil, i, false
	}
	name, j, ok := p.name(k)
	if !ok {
		return nil, i, false
	}
	let := &Let{Name: name, NameSpan: Span{k, j}}
	j = p.ws(j)
	switch {
	case p.at(j, "="):
		j++
	case p.at(j, ":="):
		j += 2
	default:
		p.fail(j, "a let needs '=' or ':='", "")
		return nil, i, false
	}
	if let.Value, j, ok = p.letValue(j); !ok {
		return nil, i, false
	}
	let.Span = Span{i, j}
	return let, j, true
}

func (p *parser) letValue(i int) (Expr, int, bool) {
	if v, next, ok := p.value(i); ok || p.stopped {
		return v, next, ok
	}
	j := p.ws(i)
	if p.dialect == DialectV3 {
		if f, next, ok := p.funcCall(j); ok {
			return f, next, ok
		}
		p.stopped = false // what is no call is read as a query, whatever was wrong
	}
	q, next, ok := p.query(j)
	if !ok && !p.stopped {
		p.stopFar(j, "a let needs a value or a query")
	}
	return q, next, ok
}
