package rx

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// emitter writes a parsed pattern for one of the two engines.
type emitter struct {
	strings.Builder
	ascii bool // only texts of ASCII will be matched
	slow  bool // for regexp2, otherwise for Go's own
}

func (e *emitter) node(n *node) {
	switch n.kind {
	case nodeRune:
		e.folded(n.flags.fold, func() { e.rune(n.r) })
	case nodeAny:
		if n.flags.all {
			e.WriteString("(?s:.)")
		} else {
			e.WriteString(`[^\n]`)
		}
	case nodeClass:
		e.folded(n.flags.fold, func() { e.class(n.class) })
	case nodeVerbatim:
		e.WriteString(n.text)
	case nodeStart:
		e.anchor(`\A`, "^", n.flags.multi)
	case nodeEnd:
		e.anchor(`\z`, "$", n.flags.multi)
	case nodeWordStart, nodeWordEnd:
		e.wordEdge(n.kind == nodeWordStart)
	case nodeBoundary, nodeNoBoundary:
		e.boundary(n.kind == nodeBoundary)
	case nodeGroup:
		e.WriteByte('(')
		e.node(n.subs[0])
		e.WriteByte(')')
	case nodeScoped:
		e.WriteString(n.text)
		e.node(n.subs[0])
		e.WriteByte(')')
	case nodeConcat:
		for _, s := range n.subs {
			e.node(s)
		}
	case nodeAlternate:
		for i, s := range n.subs {
			if i > 0 {
				e.WriteByte('|')
			}
			e.node(s)
		}
	case nodeRepeat:
		e.repeat(n)
	case nodeBackref:
		e.WriteString(`(?:\` + strconv.Itoa(n.number) + ")")
	}
}

// folded writes something that capitals do not matter to.
func (e *emitter) folded(fold bool, write func()) {
	if fold {
		e.WriteString("(?i:")
		defer func() { e.WriteByte(')') }()
	}
	write()
}

func (e *emitter) anchor(text, line string, multi bool) {
	if multi {
		text = "(?m:" + line + ")"
	}
	e.WriteString(text)
}

func (e *emitter) rune(r rune) {
	if r < ' ' || r > '~' {
		e.code(r)
		return
	}
	e.WriteString(regexp.QuoteMeta(string(r)))
}

// code writes a character by its number, as both engines read it.
func (e *emitter) code(r rune) { fmt.Fprintf(&e.Builder, `\x{%x}`, r) }

func (e *emitter) repeat(n *node) {
	if n.atomic {
		e.WriteString("(?>")
	}
	e.WriteString("(?:")
	e.node(n.subs[0])
	e.WriteByte(')')
	switch {
	case n.min == 0 && n.max < 0:
		e.WriteByte('*')
	case n.min == 1 && n.max < 0:
		e.WriteByte('+')
	case n.min == 0 && n.max == 1:
		e.WriteByte('?')
	case n.max < 0:
		fmt.Fprintf(&e.Builder, "{%d,}", n.min)
	default:
		fmt.Fprintf(&e.Builder, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		e.WriteByte('?')
	}
	if n.atomic {
		e.WriteByte(')')
	}
}

// class writes a class; the negation stays outside, since ignoring case
// comes before it.
func (e *emitter) class(c *class) {
	positive := *c
	positive.not = false
	e.set(positive.ranges(e.ascii), c.not)
}

func (e *emitter) set(rs ranges, not bool) {
	if len(rs) == 0 { // nothing, or anything
		rs, not = ranges{}.complement(), !not
	}
	e.WriteByte('[')
	if not {
		e.WriteByte('^')
	}
	for _, s := range rs {
		e.code(s.low)
		if s.high > s.low {
			e.WriteByte('-')
			e.code(s.high)
		}
	}
	e.WriteByte(']')
}

// boundary is Go's own for ASCII, and spelled out for the other engine.
func (e *emitter) boundary(is bool) {
	if !e.slow {
		e.WriteString(map[bool]string{true: `\b`, false: `\B`}[is])
		return
	}
	word := e.word()
	if is {
		fmt.Fprintf(&e.Builder, "(?:(?<=%[1]s)(?!%[1]s)|(?<!%[1]s)(?=%[1]s))", word)
		return
	}
	fmt.Fprintf(&e.Builder, "(?:(?<=%[1]s)(?=%[1]s)|(?<!%[1]s)(?!%[1]s))", word)
}

// wordEdge is the beginning or the end of a word; regexp2 only.
func (e *emitter) wordEdge(start bool) {
	if start {
		fmt.Fprintf(&e.Builder, "(?<!%[1]s)(?=%[1]s)", e.word())
		return
	}
	fmt.Fprintf(&e.Builder, "(?<=%[1]s)(?!%[1]s)", e.word())
}

func (e *emitter) word() string {
	var w emitter
	w.set(wordSet(e.ascii), false)
	return w.String()
}
