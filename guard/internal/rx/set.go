package rx

import (
	"slices"
	"strings"
	"unicode"
)

// span is a range of characters, ends included.
type span struct{ low, high rune }

// ranges is a set of characters.
type ranges []span

// set is a named set; for texts of ASCII alone a smaller one will do.
type set func(ascii bool) ranges

// clean sorts the spans and joins those that touch.
func (rs ranges) clean() ranges {
	slices.SortFunc(rs, func(a, b span) int { return int(a.low - b.low) })
	out := rs[:0]
	for _, s := range rs {
		if n := len(out); n > 0 && s.low <= out[n-1].high+1 {
			out[n-1].high = max(out[n-1].high, s.high)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (rs ranges) complement() ranges {
	out := ranges{}
	next := rune(0)
	for _, s := range slices.Clone(rs).clean() {
		if s.low > next {
			out = append(out, span{next, s.low - 1})
		}
		next = s.high + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (rs ranges) minus(other ranges) ranges {
	// a − b is the complement of (complement of a ∪ b).
	return append(rs.complement(), other...).clean().complement()
}

func digitSet(ascii bool) ranges {
	if ascii {
		return ranges{{'0', '9'}}
	}
	return tables(unicode.Nd)
}

// wordSet is Unicode's \w: alphabetic, marks, decimal numbers, connectors and
// join controls.
func wordSet(ascii bool) ranges {
	if ascii {
		return ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	}
	return append(tables(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc), span{0x200c, 0x200d}).clean()
}

func spaceSet(ascii bool) ranges {
	if ascii {
		return ranges{{'\t', '\r'}, {' ', ' '}}
	}
	return tables(unicode.White_Space)
}

func hexSet(bool) ranges { return ranges{{'0', '9'}, {'A', 'F'}, {'a', 'f'}} }

type signed struct {
	set set
	not bool
}

// perl gives the set of \d, \w, \s and their opposites; \h is fancy-regex's.
func perl(c byte, s Syntax) (signed, bool) {
	switch c {
	case 'd', 'D':
		return signed{digitSet, c == 'D'}, true
	case 'w', 'W':
		return signed{wordSet, c == 'W'}, true
	case 's', 'S':
		return signed{spaceSet, c == 'S'}, true
	case 'h', 'H':
		return signed{hexSet, c == 'H'}, s == Fancy
	}
	return signed{}, false
}

func tables(ts ...*unicode.RangeTable) ranges {
	var out ranges
	add := func(low, high, stride rune) {
		if stride == 1 {
			out = append(out, span{low, high})
			return
		}
		for r := low; r <= high; r += stride {
			out = append(out, span{r, r})
		}
	}
	for _, t := range ts {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride)) //nolint:gosec // tables hold runes
		}
	}
	return out.clean()
}

func posixSet(name string) (set, bool) {
	var out ranges
	switch name {
	case "alnum":
		out = ranges{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}
	case "alpha":
		out = ranges{{'A', 'Z'}, {'a', 'z'}}
	case "ascii":
		out = ranges{{0, 0x7f}}
	case "blank":
		out = ranges{{'\t', '\t'}, {' ', ' '}}
	case "cntrl":
		out = ranges{{0, 0x1f}, {0x7f, 0x7f}}
	case "digit":
		out = ranges{{'0', '9'}}
	case "graph":
		out = ranges{{'!', '~'}}
	case "lower":
		out = ranges{{'a', 'z'}}
	case "print":
		out = ranges{{' ', '~'}}
	case "punct":
		out = ranges{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}
	case "space":
		out = ranges{{'\t', '\r'}, {' ', ' '}}
	case "upper":
		out = ranges{{'A', 'Z'}}
	case "word":
		out = ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	case "xdigit":
		out = hexSet(true)
	}
	return func(bool) ranges { return slices.Clone(out) }, out != nil
}

// property reads \pL and \p{Greek}.
func (p *parser) property() (item, error) {
	not := p.src[p.i+1] == 'P'
	p.i += 2
	if !p.more() {
		return item{}, p.errorf("a property is missing")
	}
	name := p.src[p.i : p.i+1]
	p.i++
	if name == "{" {
		end := strings.IndexByte(p.src[p.i:], '}')
		if end < 0 {
			return item{}, p.errorf("braces are not closed")
		}
		name = p.src[p.i : p.i+end]
		p.i += end + 1
	}
	if strings.HasPrefix(name, "^") {
		not, name = !not, name[1:]
	}
	t := table(name)
	if t == nil {
		return item{}, p.errorf("unknown property %s", name)
	}
	return item{set: func(bool) ranges { return tables(t...) }, not: not}, nil
}

// table finds a property by name: a general category, a script or a property,
// spelled with or without space, dash, underscore and capitals.
func table(name string) []*unicode.RangeTable {
	if i := strings.IndexAny(name, "=:"); i >= 0 {
		name = name[i+1:]
	}
	plain := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(name))
	switch plain {
	case "any":
		return []*unicode.RangeTable{{R16: []unicode.Range16{{Lo: 0, Hi: 0xffff, Stride: 1}}, R32: []unicode.Range32{{Lo: 0x10000, Hi: unicode.MaxRune, Stride: 1}}}}
	case "alphabetic", "alpha":
		return []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Other_Alphabetic}
	case "uppercase":
		return []*unicode.RangeTable{unicode.Lu, unicode.Other_Uppercase}
	case "lowercase":
		return []*unicode.RangeTable{unicode.Ll, unicode.Other_Lowercase}
	}
	for alias, short := range unicode.CategoryAliases {
		if same(alias, plain) {
			plain = strings.ToLower(short)
		}
	}
	for _, named := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts, unicode.Properties} {
		for known, t := range named {
			if same(known, plain) {
				return []*unicode.RangeTable{t}
			}
		}
	}
	return nil
}

func same(known, plain string) bool {
	return strings.EqualFold(strings.ReplaceAll(known, "_", ""), plain)
}
