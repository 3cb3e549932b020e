package rx

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// nodeKind says what a node of a parsed pattern matches.
type nodeKind uint8

const (
	nodeRune nodeKind = iota + 1
	nodeAny
	nodeClass
	nodeVerbatim // the same in both engines: \A, \z
	nodeStart    // ^
	nodeEnd      // $
	nodeBoundary // \b
	nodeNoBoundary
	nodeWordStart // \<
	nodeWordEnd   // \>
	nodeGroup     // with a capture
	nodeScoped    // (?:…), lookaround and the like; text is how it begins
	nodeConcat
	nodeAlternate
	nodeRepeat
	nodeBackref
)

type node struct {
	kind     nodeKind
	r        rune
	text     string
	class    *class
	subs     []*node
	min, max int // of a repeat; max is -1 for no limit
	lazy     bool
	atomic   bool // a possessive repeat
	flags    flags
	number   int
}

// flags are the modes that (?i) and its like set.
type flags struct {
	fold  bool // i: capitals do not matter
	multi bool // m: ^ and $ match at lines
	all   bool // s: . matches line breaks
	swap  bool // U: lazy and greedy change places
	free  bool // x: white space and comments do not count
}

// parser reads the syntax of Rust's regex crate, with the additions of
// fancy-regex in Fancy mode.
type parser struct {
	src    string
	i      int
	syntax Syntax
	depth  int
	groups int
	names  map[string]int
	flags  flags
	fancy  bool // something that Go's engine cannot do was met
	edges  bool // \b or \B was met
	digits bool // a back reference by number was met
}

// maxNesting bounds groups in groups; Rust's limit is 250 (fancy-regex: 64).
const maxNesting = 64

var (
	errLookaround = errors.New("lookaround is not supported in this dialect")
	errBackref    = errors.New("back references are not supported in this dialect")
)

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("at %d: %s", p.i, fmt.Sprintf(format, args...))
}

func (p *parser) more() bool { return p.i < len(p.src) }

func (p *parser) at(s string) bool { return strings.HasPrefix(p.src[p.i:], s) }

func (p *parser) take(s string) bool {
	if p.at(s) {
		p.i += len(s)
		return true
	}
	return false
}

// alternate reads alternatives up to the end of the group. In regex, flags
// that are set in a group end with it; in fancy-regex they stay.
func (p *parser) alternate() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNesting {
		return nil, p.errorf("nested too deep")
	}
	if p.syntax == Plain {
		before := p.flags
		defer func() { p.flags = before }()
	}
	out := &node{kind: nodeAlternate}
	for {
		n, err := p.concat()
		if err != nil {
			return nil, err
		}
		out.subs = append(out.subs, n)
		if !p.take("|") {
			return out, nil
		}
	}
}

func (p *parser) concat() (*node, error) {
	out := &node{kind: nodeConcat}
	for {
		p.skip()
		if !p.more() || p.at("|") || p.at(")") {
			return out, nil
		}
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n == nil {
			if p.skip(); p.syntax == Fancy {
				if _, _, ok, err := p.quantifier(); ok || err != nil {
					return nil, p.errorf("flags cannot be repeated")
				}
			}
			continue
		}
		if n, err = p.repeats(n); err != nil {
			return nil, err
		}
		out.subs = append(out.subs, n)
	}
}

// skip passes over white space and comments in free mode.
func (p *parser) skip() {
	for p.more() {
		switch {
		case p.syntax == Fancy && p.at("(?#"):
			end := commentEnd(p.src[p.i:])
			if end < 0 {
				return
			}
			p.i += end
		case p.flags.free && strings.IndexByte(" \t\r\n\f\v", p.src[p.i]) >= 0:
			p.i++
		case p.flags.free && p.at("#"):
			if end := strings.IndexByte(p.src[p.i:], '\n'); end >= 0 {
				p.i += end
			} else {
				p.i = len(p.src)
			}
		default:
			return
		}
	}
}

// commentEnd is the length of a comment in brackets, or -1.
func commentEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ')':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

func (p *parser) atom() (*node, error) {
	switch c := p.src[p.i]; c {
	case '.':
		p.i++
		return &node{kind: nodeAny, flags: p.flags}, nil
	case '^':
		p.i++
		return &node{kind: nodeStart, flags: p.flags}, nil
	case '$':
		p.i++
		return &node{kind: nodeEnd, flags: p.flags}, nil
	case '[':
		c, err := p.classAt()
		if err == nil && p.syntax == Plain && (c.not || c.ops != nil) && len(c.ranges(false)) == 0 {
			return nil, p.errorf("class matches nothing")
		}
		return &node{kind: nodeClass, class: c, flags: p.flags}, err
	case '(':
		return p.group()
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, p.errorf("nothing to repeat before %q", string(c))
	case '{':
		if p.syntax == Plain {
			return nil, p.errorf("nothing to repeat before '{'")
		}
	}
	r, n := utf8.DecodeRuneInString(p.src[p.i:])
	p.i += n
	return &node{kind: nodeRune, r: r, flags: p.flags}, nil
}

// repeats reads the quantifiers after an atom: in regex any number of them, in
// fancy-regex one, and not after everything.
func (p *parser) repeats(n *node) (*node, error) {
	for {
		p.skip()
		low, high, ok, err := p.quantifier()
		if err != nil || !ok {
			return n, err
		}
		if p.syntax == Fancy && !n.repeatable() {
			return nil, p.errorf("what is before a quantifier cannot be repeated")
		}
		n = &node{kind: nodeRepeat, min: low, max: high, subs: []*node{n}}
		if p.syntax == Fancy {
			p.skip()
		}
		n.lazy = p.take("?") != p.flags.swap
		if p.syntax == Fancy {
			if p.take("+") {
				n.atomic, p.fancy = true, true
			}
			return n, nil
		}
	}
}

// repeatable reports whether fancy-regex lets a quantifier follow.
func (n *node) repeatable() bool {
	switch n.kind {
	case nodeStart, nodeEnd, nodeVerbatim, nodeBoundary, nodeNoBoundary, nodeWordStart, nodeWordEnd:
		return false
	case nodeScoped:
		return n.text == "(?>" || n.text == "(?:" && n.subs[0].repeatable()
	case nodeAlternate, nodeConcat:
		return len(n.subs) > 1 || len(n.subs) == 1 && n.subs[0].repeatable()
	}
	return true
}

func (p *parser) quantifier() (low, high int, ok bool, err error) {
	switch {
	case p.take("*"):
		return 0, -1, true, nil
	case p.take("+"):
		return 1, -1, true, nil
	case p.take("?"):
		return 0, 1, true, nil
	case !p.at("{"):
		return 0, 0, false, nil
	}
	end := strings.IndexByte(p.src[p.i:], '}')
	inner := ""
	if end > 0 {
		inner = p.src[p.i+1 : p.i+end]
	}
	low, high, ok = p.bounds(inner)
	if !ok {
		if p.syntax == Plain {
			return 0, 0, false, p.errorf("'{' does not begin a repetition")
		}
		return 0, 0, false, nil // a literal brace
	}
	if high >= 0 && low > high {
		return 0, 0, false, p.errorf("repetition {%s} is upside down", inner)
	}
	p.i += end + 1
	return low, high, true, nil
}

// bounds reads the inside of {n}, {n,} and {n,m}, and of {,m} in Fancy mode.
func (p *parser) bounds(s string) (low, high int, ok bool) {
	first, second, comma := strings.Cut(s, ",")
	if p.flags.free {
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	}
	if first == "" && p.syntax == Fancy && comma {
		first = "0"
	}
	low, err := strconv.Atoi(first)
	if err != nil || first[0] == '-' || first[0] == '+' {
		return 0, 0, false
	}
	switch {
	case !comma:
		return low, low, true
	case second == "":
		return low, -1, true
	}
	high, err = strconv.Atoi(second)
	return low, high, err == nil && second[0] != '-' && second[0] != '+'
}
