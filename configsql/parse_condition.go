package configsql

import "strings"

func (p *parser) or() (condition, error) {
	c, err := p.and()
	if err != nil || !p.peek().is("OR") {
		return c, err
	}
	list := or{c}
	for p.accept("OR") {
		c, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (p *parser) and() (condition, error) {
	c, err := p.not()
	if err != nil || !p.peek().is("AND") {
		return c, err
	}
	list := and{c}
	for p.accept("AND") {
		c, err := p.not()
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (p *parser) not() (condition, error) {
	if p.accept("NOT") {
		c, err := p.not()
		if err != nil {
			return nil, err
		}
		return not{c}, nil
	}
	if p.accept("(") {
		c, err := p.or()
		if err != nil {
			return nil, err
		}
		return c, p.expect(")")
	}
	return p.test()
}

// test reads one comparison.
func (p *parser) test() (condition, error) {
	if t := p.peek(); t.kind == tokenName && p.tokens[p.next+1].is("(") {
		return nil, errorAt(p.src, t.offset, "", "the function %s is not supported in WHERE", strings.ToUpper(t.text))
	}
	f, err := p.property()
	if err != nil {
		return nil, err
	}
	switch t := p.peek(); {
	case p.accept("="), p.accept("<"), p.accept(">"):
		l, err := p.literal()
		return compare{path: f.path, op: t.text[0], value: l}, err
	case p.accept("IN"):
		return p.list(f)
	case p.accept("BETWEEN"):
		lo, err := p.literal()
		if err != nil {
			return nil, err
		}
		if err := p.expect("AND"); err != nil {
			return nil, err
		}
		hi, err := p.literal()
		return between{path: f.path, lo: lo, hi: hi}, err
	case p.accept("LIKE"):
		return p.like(f)
	case t.is("NOT"):
		// UNCONFIRMED: the synopsis has NOT before a condition only.
		op := p.tokens[p.next+1].shown()
		return nil, errorAt(p.src, t.offset, "write NOT "+f.name+" "+op+" …", "NOT %s is not supported", op)
	default:
		return nil, p.unexpected("=, <, >, IN, BETWEEN or LIKE")
	}
}

func (p *parser) list(f field) (condition, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	c := in{path: f.path, texts: map[string]bool{}}
	for first := true; first || p.accept(","); first = false {
		l, err := p.literal()
		if err != nil {
			return nil, err
		}
		c.values = append(c.values, l)
		c.texts[l.text] = true
	}
	return c, p.expect(")")
}

// literal reads a constant: a string, a number, true or false.
func (p *parser) literal() (literal, error) {
	t := p.peek()
	switch {
	case t.kind.literal():
		p.next++
		return newLiteral(t.text), nil
	case t.is("TRUE"), t.is("FALSE"):
		p.next++
		return newLiteral(strings.ToLower(t.text)), nil
	case t.is("NULL"):
		return literal{}, p.unexpected("a value")
	case t.kind == tokenName:
		return literal{}, errorAt(p.src, t.offset, "strings stand in single quotes", "expected a value, found %s", t.text)
	default:
		return literal{}, p.unexpected("a value")
	}
}

// minLike is the least number of characters before a wildcard (Developer Guide, "Limitations").
const minLike = 3

// like reads a pattern: only a suffix may hold wildcards.
func (p *parser) like(f field) (condition, error) {
	t := p.peek()
	if t.kind != tokenString {
		return nil, p.unexpected("a pattern in single quotes")
	}
	p.next++
	prefix := strings.TrimRight(t.text, "%_")
	suffix := t.text[len(prefix):]
	if i := strings.IndexAny(prefix, "%_"); i >= 0 {
		return nil, errorAt(p.src, t.offset+1+i, "wildcards are % and _ at the end of a pattern", "a wildcard inside a LIKE pattern is not supported")
	}
	if len([]rune(prefix)) < minLike {
		return nil, errorAt(p.src, t.offset, "", "a LIKE pattern needs %d characters before its wildcard", minLike)
	}
	return like{path: f.path, prefix: prefix, least: strings.Count(suffix, "_"), open: strings.Contains(suffix, "%")}, nil
}
