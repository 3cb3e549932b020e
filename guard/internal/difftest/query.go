package difftest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/guard"
)

// The vocabulary that rules and documents share.
var (
	keys    = []string{"a", "b", "c", "d", "Resources", "Type", "SomeKey", "Names"}
	askedAs = []string{"a", "b", "c", "d", "a", "b", "c", "d", "Resources", "Type", "some_key", "someKey", "names", "Name", "'x-y'", `"a"`}
	words   = []string{"a", "b", "ab", "x", "1", "", "AWS::X::Y", "true", "A%41"}
)

func (g *generator) query() string {
	var b strings.Builder
	if g.chance(10) {
		b.WriteString("some ")
	}
	switch {
	case len(g.vars) > 0 && g.chance(4):
		b.WriteString("%" + g.pick(g.vars...))
	case g.chance(20):
		b.WriteString("this")
	default:
		b.WriteString(g.first())
	}
	for n := g.IntN(4); n > 0; n-- {
		b.WriteString(g.part())
	}
	return b.String()
}

// first is the beginning of a query: rarely in quotes, because that is a
// string on the right of an operator.
func (g *generator) first() string {
	for {
		if k := g.pick(askedAs...); g.chance(8) || !strings.ContainsAny(k, `'"`) {
			return k
		}
	}
}

func (g *generator) part() string {
	switch n := g.IntN(30); {
	case n < 13:
		return "." + g.pick(askedAs...)
	case n < 16:
		return ".*"
	case n < 20:
		return "[*]"
	case n < 22:
		return fmt.Sprintf(g.pick("[%d]", ".%d"), g.IntN(4)-1)
	case n == 22 && len(g.vars) > 0:
		return ".%" + g.pick(g.vars...)
	case n == 23:
		return "[" + g.pick("k", " k ") + "]"
	case n == 24:
		return "[ keys " + g.pick("==", "!=", "in", "not in") + " " + g.pick(g.literal(1), g.literal(1), g.query()) + " ]"
	case n < 29:
		if depth := g.IntN(3); depth == 0 {
			return "[ " + g.check() + "\n" + g.check() + " ]"
		}
		return "[ " + g.pick("", "", "", "k | ") + g.check() + " ]"
	}
	return `["` + g.pick(keys...) + `"]`
}

func (g *generator) literal(depth int) string {
	switch n := g.IntN(24); {
	case n < 5:
		return fmt.Sprint(g.IntN(5) - 1)
	case n < 10:
		return `"` + g.pick(words...) + `"`
	case n == 10:
		return g.pick("true", "false", "True")
	case n == 11:
		return g.pick("null", "NULL")
	case n == 12:
		return g.pick("1.0", "1.5", "2.5e1", "0.0")
	case n < 15:
		return "/" + g.pattern() + "/"
	case n == 15:
		return g.pick("r[0,2]", "r(0,2)", "r[1,1]", "r[0.5,1.5)", "r[a,c]")
	case n < 21 && depth > 0:
		items := []string{}
		for range g.IntN(4) {
			items = append(items, g.literal(depth-1))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case n == 21 && depth > 0:
		items := []string{}
		for range g.IntN(3) {
			items = append(items, g.pick("a", "b", `"c"`)+": "+g.literal(depth-1))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return `'` + g.pick(words...) + `'`
}

// pattern writes a regular expression, mostly a valid one.
func (g *generator) pattern() string {
	if g.chance(2) {
		return g.pick("a", "^a", "b$", ".", "^$", "[a-c]", "x|1", `\d`, `\w+`, "AWS::.*", "(?i)A")
	}
	var b strings.Builder
	for range 1 + g.IntN(3) {
		b.WriteString(g.pick("a", "b", "x", "1", ".", "^", "$", `\d`, `\W`, `\s`, `\b`, `\B`, `\A`, `\z`, `\.`, `\-`, `\@`, `\:`, `\e`, `\x41`, `\u0061`,
			"[ab]", "[^a]", "[a-c1]", `[\w-]`, `[\D]`, "[[:alpha:]]", "[a&&b]", "[^[a]b]", "[]a]", "[a-]", `\p{L}`, `\pL`, `\P{Greek}`,
			"(a|b)", "(?:ab|x)", "(?i:A)", "(?P<n>a)", "(?i)", "(?s).", "(?-i)a", "(?x) a", "{", "}", "]", "a{2}", "a{1,}", "a{,2}", "a{", "é", "", "|"))
		if g.chance(2) {
			b.WriteString(g.pick("*", "+", "?", "*?", "+?", "??", "{1}", "{0,2}", "**"))
		}
	}
	if g.dialect == guard.DialectV3 && g.chance(8) {
		b.WriteString(g.pick("(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", `(a)\1`, "(?>a)", "a++", "(?<n>a)", `\h`, `\<a`))
	}
	return b.String()
}

// mutate breaks a rule file a little.
func (g *generator) mutate(src string) string {
	parts := tokens(src)
	for range 1 + g.IntN(2) {
		i := g.IntN(len(parts))
		switch g.IntN(4) {
		case 0:
			parts = append(parts[:i:i], parts[i+1:]...)
		case 1:
			parts = append(parts[:i+1:i+1], parts[i:]...)
		case 2:
			j := g.IntN(len(parts))
			parts = append([]string{}, parts...)
			parts[i], parts[j] = parts[j], parts[i]
		default:
			parts = append([]string{}, parts...)
			parts[i] = g.pick("or", "when", "not", "in", "%", "[", "]", "{", "}", "(", ")", ".", "==", "'", "/", "#", "\r\n", "\t", "<<", ">>",
				"let", "rule", "some", "this", "keys", "empty", "r[", "-1", "1.", "1e5", "::", "|OR|", ",", ":=", "|", "*", "null", "AWS::A::B")
		}
		if len(parts) == 0 {
			return ""
		}
	}
	return strings.Join(parts, "")
}

// tokens splits a text into words, marks and space.
func tokens(src string) []string {
	var out []string
	for i := 0; i < len(src); {
		j := i + 1
		for j < len(src) && class(src[j]) == class(src[i]) && class(src[i]) != 2 {
			j++
		}
		out = append(out, src[i:j])
		i = j
	}
	return out
}

// class is 0 for words, 1 for space, 2 for marks.
func class(c byte) int {
	switch {
	case c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
		return 0
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return 1
	}
	return 2
}
