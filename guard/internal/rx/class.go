package rx

import (
	"strings"
	"unicode/utf8"
)

// class is what is in square brackets: items, of which some belong to the
// right side of a set operation.
type class struct {
	not   bool
	items []item
	// ops are set operations with further classes, from left to right.
	ops []operation
}

// item is a range, a named set or a class.
type item struct {
	low, high rune
	set       set // named, or nil
	not       bool
	class     *class
}

type operation struct {
	op    string // "&&", "--" or "~~"
	right *class
}

// classAt reads a class that begins at the bracket.
func (p *parser) classAt() (*class, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, p.errorf("nested too deep")
	}
	p.i++
	c := &class{not: p.take("^")}
	current := c
	for p.take("-") { // at the beginning they stand for themselves
		c.items = append(c.items, item{low: '-', high: '-'})
	}
	for first := len(c.items) == 0; ; first = false {
		if p.flags.free && p.syntax == Plain {
			p.skip()
		}
		switch {
		case !p.more():
			return nil, p.errorf("class is not closed")
		case !first && p.at("]"):
			p.i++
			if len(current.items) == 0 && current == c {
				return nil, p.errorf("class is empty")
			}
			return c, nil
		case p.at("&&"), p.at("--"), p.at("~~"):
			current = &class{}
			c.ops = append(c.ops, operation{p.src[p.i : p.i+2], current})
			p.i += 2
			continue
		}
		it, err := p.classItem()
		if err != nil {
			return nil, err
		}
		current.items = append(current.items, it)
	}
}

// classItem reads one item of a class.
func (p *parser) classItem() (item, error) {
	if p.at("[:") {
		if it, ok := p.posix(); ok {
			return it, nil
		}
	}
	if p.at("[") {
		c, err := p.classAt()
		return item{class: c}, err
	}
	if p.at(`\`) && p.i+1 < len(p.src) {
		c := p.src[p.i+1]
		s, ok := perl(c, p.syntax)
		if ok || c == 'p' || c == 'P' {
			return p.setItem(s, ok)
		}
	}
	low, err := p.classRune()
	if err != nil {
		return item{}, err
	}
	high := low
	if p.at("-") && !p.at("-]") && !p.at("--") && p.i+1 < len(p.src) {
		p.i++
		if high, err = p.classRune(); err != nil {
			return item{}, err
		}
		if high < low {
			return item{}, p.errorf("range %q to %q is upside down", low, high)
		}
	}
	return item{low: low, high: high}, nil
}

// setItem reads \d and its like, which cannot begin a range.
func (p *parser) setItem(s signed, perl bool) (it item, err error) {
	if perl {
		p.i += 2
		it = item{set: s.set, not: s.not}
	} else if it, err = p.property(); err != nil {
		return it, err
	}
	if p.at("-") && !p.at("-]") && !p.at("--") {
		return it, p.errorf("a range cannot begin with a class")
	}
	return it, nil
}

// classRune reads a character of a class, plain or escaped.
func (p *parser) classRune() (rune, error) {
	if !p.more() {
		return 0, p.errorf("class is not closed")
	}
	if p.at(`\`) {
		if p.i+1 >= len(p.src) {
			return 0, p.errorf("nothing after the backslash")
		}
		if p.src[p.i+1] == 'b' && p.syntax == Fancy {
			p.i += 2
			return '\b', nil
		}
		return p.escapedRune(true)
	}
	r, n := utf8.DecodeRuneInString(p.src[p.i:])
	p.i += n
	return r, nil
}

// posix reads [:alpha:] and [:^alpha:].
func (p *parser) posix() (item, bool) {
	end := strings.Index(p.src[p.i:], ":]")
	if end < 0 {
		return item{}, false
	}
	name := p.src[p.i+2 : p.i+end]
	not := strings.HasPrefix(name, "^")
	s, ok := posixSet(strings.TrimPrefix(name, "^"))
	if ok {
		p.i += end + 2
	}
	return item{set: s, not: not}, ok
}

// ranges gives the set of a class; ascii narrows the named sets.
func (c *class) ranges(ascii bool) ranges {
	out := c.union(ascii)
	for _, o := range c.ops {
		right := o.right.union(ascii)
		switch o.op {
		case "&&":
			out = out.minus(right.complement())
		case "--":
			out = out.minus(right)
		default:
			out = append(out.minus(right), right.minus(out)...).clean()
		}
	}
	if c.not {
		return out.complement()
	}
	return out
}

func (c *class) union(ascii bool) ranges {
	var out ranges
	for _, it := range c.items {
		switch {
		case it.class != nil:
			out = append(out, it.class.ranges(ascii)...)
		case it.set != nil && it.not:
			out = append(out, it.set(ascii).complement()...)
		case it.set != nil:
			out = append(out, it.set(ascii)...)
		default:
			out = append(out, span{it.low, it.high})
		}
	}
	return out.clean()
}
