package rx

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// escape reads a backslash and what follows, outside of a class.
func (p *parser) escape() (*node, error) {
	if p.i+1 >= len(p.src) {
		return nil, p.errorf("nothing after the backslash")
	}
	c := p.src[p.i+1]
	if s, ok := perl(c, p.syntax); ok {
		p.i += 2
		return &node{kind: nodeClass, class: &class{items: []item{{set: s.set, not: s.not}}}, flags: p.flags}, nil
	}
	switch c {
	case 'p', 'P':
		it, err := p.property()
		return &node{kind: nodeClass, class: &class{items: []item{it}}, flags: p.flags}, err
	case 'b', 'B':
		if p.syntax == Fancy && strings.HasPrefix(p.src[p.i+2:], "{") {
			return nil, p.errorf(`\b{…} is not supported`)
		}
		p.i += 2
		p.edges = true
		if c == 'B' {
			return &node{kind: nodeNoBoundary}, nil
		}
		return &node{kind: nodeBoundary}, nil
	case 'A', 'z':
		p.i += 2
		return &node{kind: nodeVerbatim, text: `\` + string(rune(c))}, nil
	}
	if p.syntax == Fancy {
		switch {
		case c == '<' || c == '>':
			p.i += 2
			p.fancy = true
			if c == '<' {
				return &node{kind: nodeWordStart}, nil
			}
			return &node{kind: nodeWordEnd}, nil
		case c == 'G':
			p.i += 2
			p.fancy = true
			return &node{kind: nodeVerbatim, text: `\G`}, nil
		case c == 'K':
			return nil, p.errorf(`\K is not supported`)
		case c == 'k', c >= '1' && c <= '9':
			return p.backref()
		}
	} else if c >= '0' && c <= '9' {
		return nil, errBackref
	}
	r, err := p.escapedRune(false)
	return &node{kind: nodeRune, r: r, flags: p.flags}, err
}

// backref reads \1 and \k<name>.
func (p *parser) backref() (*node, error) {
	p.i++
	p.fancy = true
	if p.take("k") {
		end := strings.IndexByte(p.src[p.i:], '>')
		if !p.at("<") || end < 0 {
			return nil, p.errorf("bad back reference")
		}
		name := p.src[p.i+1 : p.i+end]
		p.i += end + 1
		if n, known := p.names[name]; known {
			return &node{kind: nodeBackref, number: n}, nil
		}
		n, err := strconv.Atoi(name)
		if err != nil {
			return nil, p.errorf("no group of the name %s", name)
		}
		return &node{kind: nodeBackref, number: n}, nil
	}
	end := p.i
	for end < len(p.src) && p.src[end] >= '0' && p.src[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.src[p.i:end])
	p.i, p.digits = end, true
	if err != nil {
		return nil, p.errorf("bad back reference")
	}
	return &node{kind: nodeBackref, number: n}, nil
}

// escapedRune reads an escape that stands for one character.
func (p *parser) escapedRune(inClass bool) (rune, error) {
	p.i++
	c := p.src[p.i]
	if n := strings.IndexByte("aftnrv", c); n >= 0 {
		p.i++
		return rune("\a\f\t\n\r\v"[n]), nil
	}
	switch {
	case c == 'x':
		return p.hexRune(2)
	case c == 'u':
		return p.hexRune(4)
	case c == 'U':
		return p.hexRune(8)
	case c == 'e' && p.syntax == Fancy:
		p.i++
		return '\x1b', nil
	}
	r, n := utf8.DecodeRuneInString(p.src[p.i:])
	letter := c|0x20 >= 'a' && c|0x20 <= 'z'
	const meta = `\.+*?()|[]{}^$#&-~`
	if p.syntax == Fancy {
		// Letters that mean something outside of classes stand for themselves
		// inside.
		letter = letter && (!inClass || strings.IndexByte("kAzBKG", c) < 0)
		letter = letter || c >= '0' && c <= '9'
	} else {
		letter = letter || strings.IndexByte(meta, c) < 0 && (!p.flags.free || c != ' ')
	}
	if letter {
		return 0, p.errorf("unknown escape \\%s", string(r))
	}
	p.i += n
	return r, nil
}

// hexRune reads the digits of a code point, in braces or of a fixed number.
func (p *parser) hexRune(digits int) (rune, error) {
	p.i++
	text := p.src[p.i:min(p.i+digits, len(p.src))]
	length := digits
	if p.at("{") {
		end := strings.IndexByte(p.src[p.i:], '}')
		if end < 0 {
			return 0, p.errorf("braces are not closed")
		}
		text, length = p.src[p.i+1:p.i+end], end+1
	} else if len(text) < digits {
		return 0, p.errorf("too few digits")
	}
	n, err := strconv.ParseUint(text, 16, 32)
	if err != nil || !utf8.ValidRune(rune(n)) { //nolint:gosec // checked
		return 0, p.errorf("%q is no code point", text)
	}
	p.i += length
	return rune(n), nil //nolint:gosec // checked
}
