package syntax

import "strings"

// query reads what selects values: an optional "some", a first step, and more
// steps, which may stand in the following lines.
func (p *parser) query(i int) (*Query, int, bool) {
	if m, seen := p.queries[i]; seen {
		return m.node, m.next, m.ok
	}
	q, next, ok := p.readQuery(i)
	if p.stopped {
		return nil, i, false
	}
	p.queries[i] = memo[*Query]{q, next, ok}
	return q, next, ok
}

func (p *parser) readQuery(i int) (*Query, int, bool) {
	if !p.enter(i) {
		return nil, i, false
	}
	defer p.leave()
	q := &Query{}
	j := i
	if k := p.ws(i); p.at(k, "some") || p.at(k, "SOME") {
		if next := p.ws(k + 4); next > k+4 {
			q.Some, j = true, next
		}
	}
	first, next, ok := p.firstPart(j)
	if !ok {
		return nil, i, false
	}
	q.Span = Span{p.ws(i), next}
	q.Parts = append(q.Parts, first)
	for {
		part, after, ok := p.part(next)
		if p.stopped {
			return nil, i, false
		}
		if !ok {
			break
		}
		if _, isVar := first.Variable(); isVar && len(q.Parts) == 1 && part.Kind != PartAllIndices {
			q.Parts = append(q.Parts, Part{Span: Span{next, next}, Kind: PartAllIndices, Implied: true})
		}
		q.Parts = append(q.Parts, part)
		next = after
		q.Span.End = after
	}
	return q, next, true
}

func (p *parser) firstPart(i int) (Part, int, bool) {
	if k := p.ws(i); p.at(k, "this") || p.at(k, "THIS") {
		return Part{Span: Span{k, k + 4}, Kind: PartThis}, k + 4, true
	}
	if i < len(p.src) && p.src[i] == '%' {
		if name, next, ok := p.name(i + 1); ok {
			return Part{Span: Span{i, next}, Kind: PartKey, Name: "%" + name}, next, true
		}
	}
	name, next, ok := p.property(i)
	return Part{Span: Span{i, next}, Kind: PartKey, Name: name}, next, ok
}

// property reads the name of a member, plain or quoted.
func (p *parser) property(i int) (string, int, bool) {
	if name, next, ok := p.name(i); ok {
		return name, next, true
	}
	return p.quoted(i)
}

// part reads a step after the first.
func (p *parser) part(i int) (Part, int, bool) {
	j := p.ws(i)
	if j >= len(p.src) {
		return Part{}, i, false
	}
	switch p.src[j] {
	case '.':
		return p.dotted(j)
	case '[':
		return p.bracket(j)
	}
	p.miss(j, ".")
	p.miss(j, "[")
	return Part{}, i, false
}

func (p *parser) dotted(i int) (Part, int, bool) {
	part := Part{Span: Span{Start: i}}
	j := i + 1
	var n Literal
	if next, ok := p.int(j, &n); ok {
		part.Kind, part.Index = PartIndex, int32(n.Int) //nolint:gosec // the engines cut the index off at 32 bits, too
		part.Span.End = next
		return part, next, true
	}
	if name, next, ok := p.property(j); ok || p.stopped {
		part.Kind, part.Name, part.Span.End = PartKey, name, next
		return part, next, ok
	}
	if p.at(j, "%") {
		if name, next, ok := p.name(j + 1); ok {
			part.Kind, part.Name, part.Span.End = PartKey, "%"+name, next
			return part, next, true
		}
	}
	if p.at(j, "*") {
		part.Kind, part.Span.End = PartAllValues, j+1
		return part, j + 1, true
	}
	p.miss(j, "*")
	return part, i, false
}

// bracket reads the kinds of steps that begin with [, in the order in which
// the real parser tries them.
func (p *parser) bracket(i int) (Part, int, bool) {
	for _, try := range []func(int) (Part, int, bool){p.allIndices, p.index, p.keyOrCapture, p.keysFilter, p.filter} {
		part, next, ok := try(i + 1)
		if p.stopped {
			return Part{}, i, false
		}
		if ok {
			part.Span = Span{i, next}
			return part, next, true
		}
	}
	return Part{}, i, false
}

// allIndices reads the rest of [*] and [name].
func (p *parser) allIndices(i int) (Part, int, bool) {
	part := Part{Kind: PartAllIndices}
	if j := p.ws(i); p.at(j, "*") {
		next, ok := p.mark(j+1, ']')
		return part, next, ok
	}
	name, j, ok := p.name(i)
	if !ok {
		return part, i, false
	}
	part.Name = name
	next, ok := p.mark(j, ']')
	return part, next, ok
}

// index reads the rest of [3]; nothing but the bracket may follow a number.
func (p *parser) index(i int) (Part, int, bool) {
	var n Literal
	j, ok := p.int(i, &n)
	if !ok {
		return Part{}, i, false
	}
	next, ok := p.mark(j, ']')
	if !ok {
		p.fail(j, "an index must be followed by ']'", "")
	}
	return Part{Kind: PartIndex, Index: int32(n.Int)}, next, ok //nolint:gosec // as in dotted
}

// keyOrCapture reads the rest of ["key"] and [ name ].
func (p *parser) keyOrCapture(i int) (Part, int, bool) {
	if i < len(p.src) && (p.src[i] == '"' || p.src[i] == '\'') {
		name, j, ok := p.quoted(i)
		if !ok {
			return Part{}, i, false
		}
		next, ok := p.mark(j, ']')
		return Part{Kind: PartKey, Name: name}, next, ok
	}
	name, j, ok := p.name(p.ws(i))
	if !ok {
		return Part{}, i, false
	}
	next, ok := p.mark(j, ']')
	return Part{Kind: PartAllValues, Name: name}, next, ok
}

// capture reads an optional "name |".
func (p *parser) capture(i int) (string, int) {
	name, j, ok := p.name(p.ws(i))
	if !ok {
		return "", i
	}
	if j = p.spaces(j); !p.at(j, "|") {
		return "", i
	}
	return name, j + 1
}

// keysFilter reads the rest of [ name | keys == value ].
func (p *parser) keysFilter(i int) (Part, int, bool) {
	name, j := p.capture(i)
	j = p.ws(j)
	j, ok := p.keyword(j, "keys")
	if !ok {
		return Part{}, i, false
	}
	m := &KeysMatch{}
	j = p.ws(j)
	if next, ok := p.keysOperator(j, m); ok {
		j = next
	} else {
		p.fail(j, "keys must be followed by ==, !=, in or not in",
			"to filter by a property whose name begins with keys, quote it: [ 'keysize' == 1 ]")
		return Part{}, i, false
	}
	if v, next, ok := p.value(j); ok {
		m.With, j = v, next
	} else if q, next, ok := p.query(p.ws(j)); ok {
		m.With, j = q, next
	} else {
		p.fail(j, "keys are compared with a value or a query", "")
		return Part{}, i, false
	}
	next, ok := p.mark(j, ']')
	return Part{Kind: PartKeysFilter, Name: name, Keys: m}, next, ok
}

func (p *parser) keysOperator(i int, m *KeysMatch) (int, bool) {
	switch {
	case p.at(i, "=="):
		m.Op = OpEq
		return i + 2, true
	case p.at(i, "!="):
		m.Op, m.Negated = OpEq, true
		return i + 2, true
	}
	j, negated := p.not(i)
	m.Op, m.Negated = OpIn, negated
	return p.keyword(j, "in")
}

// filter reads the rest of [ name | conditions ].
func (p *parser) filter(i int) (Part, int, bool) {
	name, j := p.capture(i)
	conditions, j, ok := p.conditions(j, p.clause)
	if !ok {
		return Part{}, i, false
	}
	next, ok := p.mark(j, ']')
	if !ok {
		p.stopFar(j, "filter is not closed")
		return Part{}, i, false
	}
	return Part{Kind: PartFilter, Name: name, Filter: conditions}, next, true
}

// stopFar ends the parse with what was expected at the furthest place, or with
// the text given if nothing was tried beyond i.
func (p *parser) stopFar(i int, text string) {
	if p.far > p.ws(i) {
		p.fail(p.far, "", "")
		return
	}
	i = min(p.ws(i), len(p.src))
	p.fail(i, "unexpected "+found(p.src[i:])+": "+text, hintFor(p.src[i:]))
}

// hintFor knows what is often meant by text that is not Guard.
func hintFor(rest string) string {
	for _, h := range []struct{ begins, hint string }{
		{"&&", "leave it out: clauses that follow each other are joined by 'and'"},
		{"and ", "leave it out: clauses that follow each other are joined by 'and'"},
		{"||", "write 'or' between alternatives"},
		{"=", "compare with =="},
		{"not_in", "write 'not in'"},
		{"}", "a named rule must be followed by a line break"},
	} {
		if strings.HasPrefix(rest, h.begins) {
			return h.hint
		}
	}
	return ""
}
