package rx_test

import (
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/guard/internal/rx"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		syntax  rx.Syntax
		match   string // texts that match, separated by |
		not     string // texts that do not
	}{
		{pattern: `^a.c$`, match: "abc|a-c|aéc", not: "ac|xabc|abc\n"},
		{pattern: `\d+`, match: "1|٣", not: "a|"},
		{pattern: `^\w+$`, match: "a_1|é|कि", not: "a-b|"},
		{pattern: `^\s$`, match: " |\v|\u00a0", not: "a|"},
		{pattern: `\bcat\b`, match: "a cat.|cat|é cat", not: "concat|écat|caté"},
		{pattern: `a\B`, match: "ab", not: "a|a b|é a"},
		{pattern: `(?i)straße`, match: "STRAßE|straße", not: "strasse"},
		{pattern: `(?i)[^a]`, match: "b", not: "A|a"},
		{pattern: `[[:alpha:]&&[^b]]`, match: "a|c", not: "b|1"},
		{pattern: `[a-z--m]`, match: "a", not: "m"},
		{pattern: `[]a]`, match: "]|a", not: "b"},
		{pattern: `[^\W]`, match: "a", not: "-"},
		{pattern: `(?x) a # comment`, match: "xax", not: "b"},
		{pattern: `(?s)a.b`, match: "a\nb", not: "ab"},
		{pattern: `(?m)^b$`, match: "a\nb\nc", not: "ab"},
		{pattern: `a**`, match: "|b", not: ""},
		{pattern: `\p{Greek}|\pN`, match: "α|1", not: "a"},
		{pattern: `\x41\x{42}\u0043`, match: "ABC", not: "AB"},
		{pattern: `x{1001}`, match: strings.Repeat("x", 1001), not: strings.Repeat("x", 1000)},
		{pattern: `^(?!x)abc$`, syntax: rx.Fancy, match: "abc", not: "xabc"},
		{pattern: `^(a)\1$`, syntax: rx.Fancy, match: "aa", not: "a"},
		{pattern: `(?<=é)b\b`, syntax: rx.Fancy, match: "éb", not: "b|ébé"},
		{pattern: `(?<q>['"])x\k<q>`, syntax: rx.Fancy, match: `'x'|"x"`, not: `'x"`},
		{pattern: `a{,2}b{`, syntax: rx.Fancy, match: "aab{|b{", not: "ab"},
		{pattern: `a++a`, syntax: rx.Fancy, not: "aaa"},
		{pattern: `\h\-\@`, syntax: rx.Fancy, match: "f-@", not: "g-@"},
		{pattern: `(a(?i)b)c`, syntax: rx.Fancy, match: "abC|aBC", not: "Abc"},
	} {
		re, err := rx.Compile(c.pattern, c.syntax)
		if err != nil {
			t.Error(err)
			continue
		}
		check := func(texts string, want bool) {
			if texts == "" {
				return
			}
			for s := range strings.SplitSeq(texts, "|") {
				if got, err := re.Match(s); err != nil || got != want {
					t.Errorf("/%s/ on %.20q: %v, %v, want %v", c.pattern, s, got, err, want)
				}
			}
		}
		check(c.match, true)
		check(c.not, false)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		pattern string
		syntax  rx.Syntax
	}{
		{pattern: `(`},
		{pattern: `a)`},
		{pattern: `*a`},
		{pattern: `a{`},
		{pattern: `a{2,1}`},
		{pattern: `[a`},
		{pattern: `[z-a]`},
		{pattern: `[\d-z]`},
		{pattern: `\@`},
		{pattern: `\y`},
		{pattern: `\1`},
		{pattern: `(?=a)`},
		{pattern: `(?<n>a)`},
		{pattern: `(?P<n>a)(?P<n>b)`},
		{pattern: `\p{Klingon}`},
		{pattern: "\xff"},
		{pattern: `a**`, syntax: rx.Fancy},
		{pattern: `^*`, syntax: rx.Fancy},
		{pattern: `(?i){2}`, syntax: rx.Fancy},
		{pattern: `\Z`, syntax: rx.Fancy},
		{pattern: `(?P<n>a)\1`, syntax: rx.Fancy},
		{pattern: `(a)\2`, syntax: rx.Fancy},
		{pattern: `(?x `, syntax: rx.Fancy},
	} {
		if _, err := rx.Compile(c.pattern, c.syntax); err == nil {
			t.Errorf("/%s/ (%v): no error", c.pattern, c.syntax)
		}
	}
}

func TestExpand(t *testing.T) {
	for _, c := range []struct{ pattern, text, template, want string }{
		{pattern: `(\w)(\d)`, text: "a1-b2", template: "${2}${1} ", want: "1a 2b "},
		{pattern: `(?P<l>[a-z])`, text: "ab", template: "<$l>$$", want: "<a>$<b>$"},
		{pattern: `z`, text: "ab", template: "x", want: ""},
		{pattern: `(a)|(b)`, text: "ab", template: "[$1$2$3]", want: "[a][b]"},
		{pattern: `(?<=a)(.)`, text: "ab", template: "$1y", want: ""},
		{pattern: `(?<=a)(.)`, text: "ab", template: "${1}y", want: "by"},
	} {
		re, err := rx.Compile(c.pattern, rx.Fancy)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := re.Expand(c.text, c.template); err != nil || got != c.want {
			t.Errorf("/%s/ with %q: %q, %v, want %q", c.pattern, c.template, got, err, c.want)
		}
	}
}

// FuzzCompile looks for patterns on which the translation panics, or that are
// accepted and then cannot be matched.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{`^a.c$`, `(?i)[^\w-]{2,}`, `(?<=é)b\b`, `[a&&[^b]]`, `\p{Greek}`, `(?x) a # b`} {
		f.Add(s, "abc é")
	}
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		const most = 200
		if len(pattern) > most || len(text) > most {
			return
		}
		for _, s := range []rx.Syntax{rx.Plain, rx.Fancy} {
			if re, err := rx.Compile(pattern, s); err == nil {
				_, _ = re.Match(text)
			}
		}
	})
}
