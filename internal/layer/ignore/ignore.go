// Package ignore reads .layerignore, which says what of a layer's directory stays out of
// the layer, in the syntax of gitignore(5).
package ignore

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// FileName is the file's name, in the layer's directory itself. It is never packed.
const FileName = ".layerignore"

// List is the patterns of a file, in its order. The zero List leaves nothing out.
type List struct{ patterns []pattern }

type pattern struct {
	form    *regexp.Regexp
	keep    bool // it began with !
	dirOnly bool // it ended with /
}

// Parse reads a file's text. Patterns that no name can match, as those of git, are left
// out without an error.
func Parse(text string) List {
	var l List
	for line := range strings.SplitSeq(text, "\n") {
		if p, ok := parse(strings.TrimSuffix(line, "\r")); ok {
			l.patterns = append(l.patterns, p)
		}
	}
	return l
}

func parse(line string) (p pattern, ok bool) {
	line = trimSpaces(line)
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line, p.keep = strings.CutPrefix(line, "!")
	line, p.dirOnly = strings.CutSuffix(line, "/")
	// A slash at the beginning or in the middle ties a pattern to the file's folder.
	tied := strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return p, false
	}
	text, ok := translate(line)
	if !ok {
		return p, false
	}
	if !tied {
		text = "(?:.*/)?" + text
	}
	form, err := regexp.Compile("(?s)^" + text + "$")
	p.form = form
	return p, err == nil
}

// trimSpaces takes spaces off the end that no backslash protects.
func trimSpaces(line string) string {
	trimmed := strings.TrimRight(line, " ")
	slashes := len(trimmed) - len(strings.TrimRight(trimmed, `\`))
	if slashes%2 == 1 && len(trimmed) < len(line) {
		return trimmed + " "
	}
	return trimmed
}

// translate turns a pattern into a regular expression.
func translate(glob string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(glob); {
		rest := glob[i:]
		start := i == 0 || glob[i-1] == '/'
		switch {
		case start && strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:.*/)?")
			i += 3
		case start && rest == "**":
			b.WriteString(".+")
			i += 2
		case rest[0] == '*':
			b.WriteString("[^/]*")
			i += len(rest) - len(strings.TrimLeft(rest, "*"))
		case rest[0] == '?':
			b.WriteString("[^/]")
			i++
		case rest[0] == '[':
			class, n := bracket(rest)
			if n == 0 {
				return "", false // git matches nothing with it
			}
			b.WriteString(class)
			i += n
		case rest[0] == '\\':
			if len(rest) == 1 {
				return "", false
			}
			r := []rune(rest[1:])[0]
			b.WriteString(regexp.QuoteMeta(string(r)))
			i += 1 + len(string(r))
		default:
			r := []rune(rest)[0]
			b.WriteString(regexp.QuoteMeta(string(r)))
			i += len(string(r))
		}
	}
	return b.String(), true
}

// posix are the classes of characters by name, without the slash.
var posix = map[string]string{
	"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": ` \t`, "cntrl": `\x00-\x1f\x7f`, "digit": "0-9", "graph": `!-.0-~`, "lower": "a-z",
	"print": ` -.0-~`, "punct": "!-.:-@\\[-`{-~", "space": `\t-\r `, "upper": "A-Z", "xdigit": "0-9A-Fa-f",
}

// nothing is a class that no letter is in.
const nothing = `[^\x00-\x{10FFFF}]`

// bracket turns [a-z], [!a-z] or [[:digit:]] into a regular expression that never
// matches a slash; n is how long it is, 0 where it does not end.
func bracket(s string) (class string, n int) {
	i, not := 1, false
	if i < len(s) && (s[i] == '!' || s[i] == '^') {
		i, not = i+1, true
	}
	var b strings.Builder
	for first := true; ; first = false {
		switch {
		case i >= len(s):
			return "", 0
		case s[i] == ']' && !first && not:
			return "[^/" + b.String() + "]", i + 1
		case s[i] == ']' && !first && b.Len() == 0:
			return nothing, i + 1
		case s[i] == ']' && !first:
			return "[" + b.String() + "]", i + 1
		case strings.HasPrefix(s[i:], "[:"):
			name, _, ok := strings.Cut(s[i+2:], ":]")
			if !ok || posix[name] == "" {
				return "", 0
			}
			b.WriteString(posix[name])
			i += len(name) + 4
			continue
		}
		low, size := letter(s[i:])
		i += size
		high := low
		if strings.HasPrefix(s[i:], "-") && i+1 < len(s) && s[i+1] != ']' {
			high, size = letter(s[i+1:])
			i += 1 + size
		}
		span(&b, low, high)
	}
}

// letter is the next letter of a class, with a backslash taken off.
func letter(s string) (r rune, size int) {
	if s[0] == '\\' && len(s) > 1 {
		r, size = utf8.DecodeRuneInString(s[1:])
		return r, size + 1
	}
	return utf8.DecodeRuneInString(s)
}

// span writes a range of letters without the slash.
func span(b *strings.Builder, low, high rune) {
	if low <= '/' && '/' <= high {
		span(b, low, '/'-1)
		low = '/' + 1
	}
	if low <= high {
		fmt.Fprintf(b, `\x{%x}-\x{%x}`, low, high)
	}
}

// Ignores reports whether a path below the layer's directory stays out; with slashes.
// What lies in a folder that stays out stays out, whatever is said of it alone.
func (l List) Ignores(name string, dir bool) bool {
	if len(l.patterns) == 0 {
		return false
	}
	if at := strings.LastIndexByte(name, '/'); at > 0 && l.Ignores(name[:at], true) {
		return true
	}
	for i := len(l.patterns) - 1; i >= 0; i-- {
		if p := l.patterns[i]; (dir || !p.dirOnly) && p.form.MatchString(name) {
			return !p.keep
		}
	}
	return false
}
