package syntax

// clause reads a clause as it may stand in a filter or a nested block: a when
// block, a block clause, a call or a check, tried in this order.
func (p *parser) clause(i int) (Clause, int, bool) {
	if m, seen := p.clauses[i]; seen {
		return m.node, m.next, m.ok
	}
	if !p.enter(i) {
		return nil, i, false
	}
	defer p.leave()
	c, next, ok := p.readClause(i)
	if p.stopped {
		return nil, i, false
	}
	p.clauses[i] = memo[Clause]{c, next, ok}
	return c, next, ok
}

func (p *parser) readClause(i int) (Clause, int, bool) {
	if c, next, ok := p.whenBlock(i, p.clause); ok || p.stopped {
		return c, next, ok
	}
	if c, next, ok := p.blockClause(i); ok || p.stopped {
		return c, next, ok
	}
	if c, next, ok := p.call(i); ok || p.stopped {
		return c, next, ok
	}
	return p.check(i)
}

// clauseOrRule reads a clause or the name of a rule.
func (p *parser) clauseOrRule(i int) (Clause, int, bool) {
	if c, next, ok := p.clause(i); ok || p.stopped {
		return c, next, ok
	}
	return p.ruleRef(i)
}

// condition reads what may stand after when: no blocks.
func (p *parser) condition(i int) (Clause, int, bool) {
	if c, next, ok := p.check(i); ok || p.stopped {
		return c, next, ok
	}
	if c, next, ok := p.call(i); ok || p.stopped {
		return c, next, ok
	}
	return p.ruleRef(i)
}

// check reads a query, an operator and what it compares with.
func (p *parser) check(i int) (Clause, int, bool) {
	start := p.ws(i)
	j, not := p.not(start)
	q, j, ok := p.query(j)
	if !ok {
		return nil, i, false
	}
	c := &Check{Not: not, Query: q}
	j = p.ws(j)
	opAt := j
	if j, ok = p.operator(j, c); !ok {
		return nil, i, false
	}
	c.OpSpan = Span{opAt, j}
	end := j
	if !c.Op.Unary() {
		if c.Right, end, ok = p.right(j); !ok {
			if !p.stopped {
				p.stopFar(j, "nothing to compare with")
			}
			return nil, i, false
		}
	}
	c.Message, j = p.message(end)
	c.Span = Span{start, j}
	return c, j, !p.stopped
}

func (p *parser) operator(i int, c *Check) (int, bool) {
	if p.at(i, "<<") {
		p.miss(i, "an operator")
		return i, false
	}
	for _, o := range []struct {
		text    string
		op      Op
		negated bool
	}{{"==", OpEq, false}, {"!=", OpEq, true}, {">=", OpGe, false}, {"<=", OpLe, false}, {">", OpGt, false}, {"<", OpLt, false}} {
		if p.at(i, o.text) {
			c.Op, c.Negated = o.op, o.negated
			return i + len(o.text), true
		}
	}
	j, negated := p.not(i)
	for _, op := range []Op{OpIn, OpExists, OpEmpty, OpIsString, OpIsList, OpIsStruct, OpIsBool, OpIsInt, OpIsNull, OpIsFloat} {
		if p.dialect == DialectConfig && (op == OpIsNull || op == OpIsFloat) {
			continue
		}
		if word := op.String(); p.word(j, word) {
			c.Op, c.Negated = op, negated
			return j + len(word), true
		}
	}
	p.miss(i, "an operator")
	return i, false
}

// right reads a value, a function call or a query.
func (p *parser) right(i int) (Expr, int, bool) {
	if v, next, ok := p.value(i); ok || p.stopped {
		return v, next, ok
	}
	j := p.ws(i)
	if p.dialect == DialectV3 {
		if f, next, ok := p.funcCall(j); ok || p.stopped {
			return f, next, ok
		}
	}
	q, next, ok := p.query(j)
	return q, next, ok
}

// callExpr reads name(argument, ...). From the bracket on, what is wrong is
// wrong for good.
func (p *parser) callExpr(i int) (name string, args []Expr, next int, ok bool) {
	name, j, ok := p.name(i)
	if !ok || !p.at(j, "(") {
		return "", nil, i, false
	}
	for {
		arg, after, ok := p.right(p.blanks(j + 1))
		if !ok {
			p.fail(j+1, "an argument is missing, or is not a value, a call or a query", "")
			return "", nil, i, false
		}
		args = append(args, arg)
		if j = p.blanks(after); !p.at(j, ",") {
			break
		}
	}
	if !p.at(j, ")") {
		p.fail(j, "the arguments are not closed", "")
		return "", nil, i, false
	}
	return name, args, j + 1, true
}

// funcCall reads the call of a function. Whether there is one of that name is
// found out when it is evaluated.
func (p *parser) funcCall(i int) (*FuncCall, int, bool) {
	name, args, next, ok := p.callExpr(i)
	if !ok {
		return nil, i, false
	}
	return &FuncCall{Span: Span{i, next}, Name: name, NameSpan: Span{i, i + len(name)}, Args: args}, next, true
}

// call reads the call of a parameterized rule.
func (p *parser) call(i int) (Clause, int, bool) {
	j, not := p.not(i)
	name, args, next, ok := p.callExpr(j)
	if !ok {
		return nil, i, false
	}
	c := &Call{Not: not, Name: name, NameSpan: Span{j, j + len(name)}, Args: args}
	c.Message, next = p.message(next)
	c.Span = Span{i, next}
	return c, next, !p.stopped
}

// ruleRef reads the name of a rule; what follows must show that it is one.
func (p *parser) ruleRef(i int) (Clause, int, bool) {
	j, not := p.not(i)
	name, next, ok := p.name(j)
	if !ok {
		return nil, i, false
	}
	c := &RuleRef{Not: not, Name: name, NameSpan: Span{j, next}, Span: Span{i, next}}
	if p.endsRuleRef(next) {
		return c, next, true
	}
	k := p.spaces(next)
	if !p.at(k, "<<") {
		p.stopFar(next, "'"+name+"' needs an operator, or a line break if it names a rule")
		return nil, i, false
	}
	c.Message, next = p.messageAt(k)
	c.Span.End = next
	return c, next, !p.stopped
}

func (p *parser) endsRuleRef(i int) bool {
	k := p.spaces(i)
	if i >= len(p.src) || k < len(p.src) && (p.src[k] == '\n' || p.src[k] == '#' || p.src[k] == '{') {
		return true
	}
	if p.dialect == DialectV3 && p.at(k, "\r\n") {
		return true
	}
	_, or := p.or(i)
	return or
}
