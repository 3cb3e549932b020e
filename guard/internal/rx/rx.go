// Package rx matches regular expressions as the engines of Guard do. They use
// Rust's regex (2.x) and fancy-regex (3.x, which adds lookaround and back
// references); both know Unicode where Go's engine knows ASCII, and spell some
// things differently. A pattern is read once and written for Go's own engine
// where that can do it, for regexp2 otherwise. Most texts are ASCII, and for
// those a smaller form is kept; the other is made when it is needed.
package rx

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// Syntax is the language that a pattern is written in.
type Syntax uint8

const (
	// Plain is regex 1.6, the crate in cfn-guard 2.1.3.
	Plain Syntax = iota
	// Fancy is fancy-regex 0.13, the crate in cfn-guard 3.1.1.
	Fancy
)

// Regexp is a compiled pattern; it may be used by many goroutines at once.
type Regexp struct {
	pattern string
	names   map[string]int
	narrow  func() (matcher, error) // for ASCII
	wide    func() (matcher, error)
}

// matcher is one of the engines with a pattern; one field is set.
type matcher struct {
	quick *regexp.Regexp
	slow  *regexp2.Regexp
}

// ErrTooLong means that a match was given up: backtracking took too long.
var ErrTooLong = errors.New("matching the regular expression took too long")

// matchTimeout bounds a match by backtracking; the engines give up after a
// million steps.
const matchTimeout = time.Second

// Compile reads a pattern. The engine that matches it is made when it is first
// needed.
func Compile(pattern string, s Syntax) (*Regexp, error) {
	r, err := compile(pattern, s)
	if err != nil {
		return nil, fmt.Errorf("regular expression /%s/: %w", pattern, err)
	}
	return r, nil
}

func compile(pattern string, s Syntax) (*Regexp, error) {
	if !utf8.ValidString(pattern) {
		return nil, errors.New("text is not UTF-8")
	}
	p := &parser{src: pattern, syntax: s, names: map[string]int{}}
	n, err := p.alternate()
	if err != nil {
		return nil, err
	}
	if p.more() {
		return nil, p.errorf("unopened group")
	}
	if p.digits && len(p.names) > 0 {
		return nil, errors.New("groups with names are referred to by name")
	}
	if err := p.references(n); err != nil {
		return nil, err
	}
	r := &Regexp{pattern: pattern, names: p.names}
	r.narrow = sync.OnceValues(func() (matcher, error) { return build(n, p.fancy, true) })
	r.wide = sync.OnceValues(func() (matcher, error) { return build(n, p.fancy || p.edges, false) })
	return r, nil
}

// references checks that back references refer to groups.
func (p *parser) references(n *node) error {
	if n.kind == nodeBackref && n.number > p.groups {
		return fmt.Errorf("there is no group %d", n.number)
	}
	for _, s := range n.subs {
		if err := p.references(s); err != nil {
			return err
		}
	}
	return nil
}

// build writes a pattern for an engine. What Go's engine refuses for its size
// is left to the other.
func build(n *node, fancy, ascii bool) (matcher, error) {
	if !fancy {
		e := &emitter{ascii: ascii}
		e.node(n)
		if quick, err := regexp.Compile(e.String()); err == nil {
			return matcher{quick: quick}, nil
		}
	}
	e := &emitter{ascii: ascii, slow: true}
	e.node(n)
	slow, err := regexp2.Compile(e.String(), regexp2.RE2)
	if err != nil {
		return matcher{}, reason(err)
	}
	slow.MatchTimeout = matchTimeout
	return matcher{slow: slow}, nil
}

func reason(err error) error {
	if _, after, ok := strings.Cut(err.Error(), "`: "); ok {
		return errors.New(after)
	}
	return err
}

// String is the pattern as it was written.
func (r *Regexp) String() string { return r.pattern }

func (r *Regexp) matcher(s string) (matcher, error) {
	if ascii(s) {
		return r.narrow()
	}
	return r.wide()
}

// Match reports whether the pattern is found anywhere in the text.
func (r *Regexp) Match(s string) (bool, error) {
	m, err := r.matcher(s)
	if err != nil {
		return false, err
	}
	if m.quick != nil {
		return m.quick.MatchString(s), nil
	}
	ok, err := m.slow.MatchString(s)
	if err != nil {
		return false, ErrTooLong
	}
	return ok, nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
