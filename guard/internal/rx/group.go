package rx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// group reads what begins with a bracket; a nil node stands for nothing.
func (p *parser) group() (*node, error) {
	p.i++
	if !p.take("?") {
		return p.captured("")
	}
	for _, look := range []string{"<=", "<!", "=", "!", ">"} {
		if p.at(look) {
			if p.syntax == Plain {
				return nil, errLookaround
			}
			p.i += len(look)
			p.fancy = true
			return p.scoped("(?" + look)
		}
	}
	if p.take("P<") || p.syntax == Fancy && p.take("<") {
		end := strings.IndexByte(p.src[p.i:], '>')
		if end <= 0 || !groupName(p.src[p.i:p.i+end]) {
			return nil, p.errorf("bad group name")
		}
		name := p.src[p.i : p.i+end]
		p.i += end + 1
		if _, twice := p.names[name]; twice && p.syntax == Plain {
			return nil, p.errorf("group name %s is used twice", name)
		}
		return p.captured(name)
	}
	return p.modes()
}

func groupName(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return (first == '_' || unicode.IsLetter(first)) && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '.' && r != '[' && r != ']' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

func (p *parser) captured(name string) (*node, error) {
	p.groups++
	n := &node{kind: nodeGroup, number: p.groups}
	if name != "" {
		p.names[name] = p.groups
	}
	return p.inside(n)
}

func (p *parser) scoped(begin string) (*node, error) {
	return p.inside(&node{kind: nodeScoped, text: begin})
}

// inside reads the rest of a group.
func (p *parser) inside(n *node) (*node, error) {
	sub, err := p.alternate()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, p.errorf("group is not closed")
	}
	n.subs = []*node{sub}
	return n, nil
}

// modes reads (?i) and (?i:…).
func (p *parser) modes() (*node, error) {
	on, start, set := true, p.i, p.flags
	for p.more() {
		if p.syntax == Fancy {
			if p.skip(); !p.more() {
				break
			}
		}
		c := p.src[p.i]
		p.i++
		switch c {
		case '-':
			if !on {
				return nil, p.errorf("two minus signs in flags")
			}
			on = false
		case 'i':
			set.fold = on
		case 's':
			set.all = on
		case 'm':
			set.multi = on
		case 'U':
			set.swap = on
		case 'x':
			set.free = on
		case 'u':
			if !on {
				return nil, p.errorf("matching bytes, (?-u), is not supported")
			}
		case ')':
			if p.src[p.i-2] == '?' || p.src[p.i-2] == '-' {
				return nil, p.errorf("flags are missing")
			}
			p.flags = set
			return nil, nil //nolint:nilnil // nil stands for nothing
		case ':':
			if p.src[p.i-2] == '-' {
				return nil, p.errorf("flags are missing")
			}
			before := p.flags
			p.flags = set
			n, err := p.scoped("(?:")
			p.flags = before
			return n, err
		default:
			p.i = start
			return nil, p.errorf("unknown flag %q", string(rune(c)))
		}
		if p.syntax == Fancy {
			p.flags = set // a flag counts at once, also for white space among the flags
		}
	}
	return nil, p.errorf("group is not closed")
}
