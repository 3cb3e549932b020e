// Package rx matches regular expressions as the engines of Guard do. They use
// Rust's regex (2.x) and fancy-regex (3.x, which adds lookaround and back
// references); both know Unicode where Go's engine knows ASCII, and spell some
// things differently. A pattern is translated once: to Go's own engine where
// that can do it, to regexp2 otherwise.
package rx

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
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
	// quick is Go's engine. It is exact for all texts, or for ASCII texts
	// only if slow is there too.
	quick *regexp.Regexp
	slow  *regexp2.Regexp
}

// ErrTooLong means that a match was given up: backtracking took too long.
var ErrTooLong = errors.New("matching the regular expression took too long")

// matchTimeout bounds a match by backtracking; the engines give up after a
// million steps.
const matchTimeout = time.Second

// Compile translates a pattern.
func Compile(pattern string, s Syntax) (*Regexp, error) {
	t, err := translate(pattern, s)
	if err != nil {
		return nil, fmt.Errorf("regular expression /%s/: %w", pattern, err)
	}
	r := &Regexp{pattern: pattern}
	if !t.fancy {
		if r.quick, err = regexp.Compile(t.quick); err == nil && !t.boundary {
			return r, nil
		}
		if s == Plain && err != nil {
			return nil, fmt.Errorf("regular expression /%s/: %w", pattern, reason(err))
		}
	}
	slow, err := regexp2.Compile(t.slow, regexp2.RE2)
	if err != nil {
		return nil, fmt.Errorf("regular expression /%s/: %w", pattern, reason(err))
	}
	slow.MatchTimeout = matchTimeout
	r.slow = slow
	return r, nil
}

func reason(err error) error {
	if _, after, ok := strings.Cut(err.Error(), "`: "); ok {
		return errors.New(after)
	}
	return err
}

// String is the pattern as it was written.
func (r *Regexp) String() string { return r.pattern }

// Match reports whether the pattern is found anywhere in the text.
func (r *Regexp) Match(s string) (bool, error) {
	if r.slow == nil || r.quick != nil && ascii(s) {
		return r.quick.MatchString(s), nil
	}
	ok, err := r.slow.MatchString(s)
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

// Expand puts the captures of every match into a template and joins the
// results; the text between the matches is dropped. In the template $1, $name
// and ${name} stand for captures and $$ for a dollar sign.
func (r *Regexp) Expand(s, template string) (string, error) {
	var b strings.Builder
	if r.slow == nil || r.quick != nil && ascii(s) {
		names := r.quick.SubexpNames()
		for _, m := range r.quick.FindAllStringSubmatchIndex(s, -1) {
			expand(&b, template, func(name string, n int) string {
				for i, known := range names {
					if n < 0 && known == name {
						n = i
						break
					}
				}
				if n < 0 || 2*n+1 >= len(m) || m[2*n] < 0 {
					return ""
				}
				return s[m[2*n]:m[2*n+1]]
			})
		}
		return b.String(), nil
	}
	m, err := r.slow.FindStringMatch(s)
	for ; err == nil && m != nil; m, err = r.slow.FindNextMatch(m) {
		found := m
		expand(&b, template, func(name string, n int) string {
			g := found.GroupByName(name)
			if n >= 0 {
				g = found.GroupByNumber(n)
			}
			if g == nil {
				return ""
			}
			return g.String()
		})
	}
	if err != nil {
		return "", ErrTooLong
	}
	return b.String(), nil
}
