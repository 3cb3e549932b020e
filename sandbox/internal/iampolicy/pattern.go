package iampolicy

import (
	"strings"
	"unicode/utf8"
)

// In a compiled pattern the wildcards are these bytes. A literal star (from a variable's value, or written ${*}) is thus
// no wildcard.
const (
	anyRun  = '\x00' // *
	anyChar = '\x01' // ?
)

// pattern is a text with wildcards and policy variables: parts, each of which is a text or a variable.
type pattern struct {
	text  string // the whole, when there are no variables
	exact bool   // text has no wildcard
	parts []part // else
}

type part struct {
	text     string
	key      string // condition key of a variable, lower case
	fallback string // ${key, 'fallback'}
	hasElse  bool
}

// compilePattern reads a pattern. Only documents of version 2012-10-17 have variables. wild says whether * and ? are
// wildcards.
func compilePattern(s string, variables, wild bool) (pattern, error) {
	if strings.ContainsAny(s, "\x00\x01") {
		return pattern{}, malformed("The policy failed legacy parsing")
	}
	if !variables || !strings.Contains(s, "${") {
		t := wildcards(s, wild)
		return pattern{text: t, exact: !strings.ContainsAny(t, "\x00\x01")}, nil
	}
	var parts []part
	for {
		before, rest, found := strings.Cut(s, "${")
		if before != "" {
			parts = append(parts, part{text: wildcards(before, wild)})
		}
		if !found {
			return pattern{parts: parts}, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return pattern{}, malformed("The policy failed legacy parsing")
		}
		s = after
		switch name {
		case "*", "?", "$":
			parts = append(parts, part{text: name})
			continue
		}
		key, fallback, hasElse := strings.Cut(name, ",")
		key, fallback = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(fallback)
		if hasElse {
			if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
				return pattern{}, malformed("The policy failed legacy parsing")
			}
			fallback = fallback[1 : len(fallback)-1]
		}
		if key == "" || strings.ContainsAny(key, " $") || !strings.Contains(key, ":") {
			return pattern{}, malformed("The policy failed legacy parsing")
		}
		parts = append(parts, part{key: key, fallback: fallback, hasElse: hasElse})
	}
}

func wildcards(s string, wild bool) string {
	if !wild {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '*':
			return anyRun
		case '?':
			return anyChar
		}
		return r
	}, s)
}

// resolve is the pattern's text with variables replaced, or false when a variable has no single value.
func (p *pattern) resolve(r *Request) (string, bool) {
	if p.parts == nil {
		return p.text, true
	}
	var b strings.Builder
	for _, x := range p.parts {
		if x.key == "" {
			b.WriteString(x.text)
			continue
		}
		values, ok := r.Value(x.key)
		switch {
		case ok && len(values) == 1:
			b.WriteString(values[0])
		case !ok && x.hasElse:
			b.WriteString(x.fallback)
		default:
			return "", false
		}
	}
	return b.String(), true
}

func (p *pattern) match(s string, r *Request) bool {
	if p.exact {
		return p.text == s
	}
	t, ok := p.resolve(r)
	return ok && glob(t, s)
}

func (p *pattern) keys(add func(string)) {
	for _, x := range p.parts {
		if x.key != "" {
			add(x.key)
		}
	}
}

// glob matches s with a compiled text. It goes back to the last star only, in at most len(t)·len(s) steps.
func glob(t, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(t) && t[i] == anyRun:
			star, mark = i, j
			i++
		case i < len(t) && t[i] == anyChar:
			_, n := utf8.DecodeRuneInString(s[j:])
			i++
			j += n
		case i < len(t) && t[i] == s[j]:
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(t) && t[i] == anyRun {
		i++
	}
	return i == len(t)
}

// globARN matches ARNs part by part: a star does not cross a colon of the first five.
func globARN(t, s string) bool {
	tp, sp := strings.SplitN(t, ":", 6), strings.SplitN(s, ":", 6)
	if len(tp) != 6 || len(sp) != 6 {
		return t == string(rune(anyRun)) || t == s
	}
	for i := range tp {
		if !glob(tp[i], sp[i]) {
			return false
		}
	}
	return true
}
