package syntax

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parser is a backtracking parser over the source. A production returns the
// offset after what it read and whether it matched; it may also fail for good
// (fail), after which no alternative is tried. This mirrors which mistakes of
// the real parser end the file and which fall through to the next reading,
// and that decides what is accepted.
type parser struct {
	src     string
	dialect Dialect
	depth   int
	limit   int

	stopped  bool // fail was called
	stopAt   int
	stopText string
	stopHint string

	far  int // furthest offset at which something was expected
	want []string

	queries map[int]memo[*Query]
	clauses map[int]memo[Clause]
}

// memo keeps the outcome of a production at an offset, for the alternatives that
// begin alike.
type memo[T any] struct {
	node T
	next int
	ok   bool
}

// miss notes what was expected at an offset where it was not found: text, or a
// description that begins with an article.
func (p *parser) miss(off int, want string) {
	switch {
	case off > p.far:
		p.far, p.want = off, append(p.want[:0], want)
	case off == p.far:
		if slices.Contains(p.want, want) {
			return
		}
		p.want = append(p.want, want)
	}
}

// fail ends the parse.
func (p *parser) fail(off int, text, hint string) {
	if !p.stopped {
		p.stopped, p.stopAt, p.stopText, p.stopHint = true, off, text, hint
	}
}

// enter guards recursion; leave undoes it.
func (p *parser) enter(off int) bool {
	p.depth++
	if p.depth > p.limit {
		p.fail(off, "nested too deeply", "")
		return false
	}
	return !p.stopped
}

func (p *parser) leave() { p.depth-- }

// ws skips white space and comments.
func (p *parser) ws(i int) int {
	for i < len(p.src) {
		switch p.src[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '#':
			n := strings.IndexByte(p.src[i:], '\n')
			if n < 0 {
				return len(p.src)
			}
			i += n
		default:
			return i
		}
	}
	return i
}

// ws1 is ws that must skip something.
func (p *parser) ws1(i int) (int, bool) {
	j := p.ws(i)
	if j == i {
		p.miss(i, "a space")
	}
	return j, j > i
}

// blanks skips white space without comments; spaces skips within the line.
func (p *parser) blanks(i int) int {
	for i < len(p.src) && strings.IndexByte(" \t\r\n", p.src[i]) >= 0 {
		i++
	}
	return i
}

func (p *parser) spaces(i int) int {
	for i < len(p.src) && (p.src[i] == ' ' || p.src[i] == '\t') {
		i++
	}
	return i
}

func (p *parser) at(i int, text string) bool { return strings.HasPrefix(p.src[i:], text) }

// keyword reads a word in lower or in upper case. Longer words that begin with
// it are taken too: the real grammar does not look further.
func (p *parser) keyword(i int, word string) (int, bool) {
	if p.word(i, word) {
		return i + len(word), true
	}
	p.miss(i, word)
	return i, false
}

// word reports whether a word stands at i in lower or in upper case.
func (p *parser) word(i int, word string) bool {
	if i+len(word) > len(p.src) {
		return false
	}
	at := p.src[i : i+len(word)]
	if at == word {
		return true
	}
	for j := range len(word) {
		upper := word[j]
		if upper != '_' {
			upper &^= 0x20
		}
		if at[j] != upper {
			return false
		}
	}
	return true
}

// mark reads a punctuation character after optional space.
func (p *parser) mark(i int, c byte) (int, bool) {
	j := p.ws(i)
	if j < len(p.src) && p.src[j] == c {
		return j + 1, true
	}
	const marks = "{}[]():,"
	n := strings.IndexByte(marks, c)
	p.miss(j, marks[n:n+1])
	return i, false
}

// name reads an identifier: an ASCII letter, then letters, digits of any
// script and underscores.
func (p *parser) name(i int) (string, int, bool) {
	j := i
	for j < len(p.src) && isASCIILetter(p.src[j]) {
		j++
	}
	if j == i {
		p.miss(i, "a name")
		return "", i, false
	}
	for j < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[j:])
		if r != '_' && !alphanumeric(r) {
			break
		}
		j += n
	}
	return p.src[i:j], j, true
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// alphanumeric is Unicode's Alphabetic or a number, as Rust's
// char::is_alphanumeric has it.
func alphanumeric(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Other_Alphabetic, r))
}

// not reads a negation: "not" and blanks, or "!".
func (p *parser) not(i int) (int, bool) {
	if p.at(i, "not") || p.at(i, "NOT") {
		if j := p.spaces(i + 3); j > i+3 {
			return j, true
		}
	}
	if i < len(p.src) && p.src[i] == '!' {
		return i + 1, true
	}
	return i, false
}

// or reads what joins alternatives.
func (p *parser) or(i int) (int, bool) {
	j := p.ws(i)
	for _, word := range []string{"or", "OR", "|OR|"} {
		if p.at(j, word) {
			return p.ws1(j + len(word))
		}
	}
	return i, false
}

// message reads an optional custom message after optional space.
func (p *parser) message(i int) (*Message, int) {
	j := p.ws(i)
	if !p.at(j, "<<") {
		return nil, i
	}
	return p.messageAt(j)
}

// messageAt reads the message that begins at i.
func (p *parser) messageAt(i int) (*Message, int) {
	end := strings.Index(p.src[i+2:], ">>")
	if end < 0 {
		p.fail(i, "message is not closed", "end the message with >>")
		return nil, i
	}
	next := i + 2 + end + 2
	return &Message{Span: Span{i, next}, Text: p.src[i+2 : i+2+end]}, next
}
