package syntax

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/guard/internal/rx"
)

// value reads a literal. The order of the attempts decides what ambiguous text
// means: "nullx" is null followed by something else.
func (p *parser) value(i int) (*Literal, int, bool) {
	i = p.ws(i)
	if i >= len(p.src) || !p.enter(i) {
		p.miss(i, "a value")
		return nil, i, false
	}
	defer p.leave()
	p.miss(i, "a value")
	lit := &Literal{Span: Span{Start: i}}
	next, ok := p.literal(i, lit)
	lit.Span.End = next
	return lit, next, ok && !p.stopped
}

func (p *parser) literal(i int, lit *Literal) (int, bool) {
	switch c := p.src[i]; {
	case p.at(i, "null") || p.at(i, "NULL"):
		lit.Kind = LiteralNull
		return i + 4, true
	case c == '\'' || c == '"':
		lit.Kind = LiteralString
		var ok bool
		lit.Text, i, ok = p.quoted(i)
		return i, ok
	case c >= '0' && c <= '9' || c == '-':
		if next, ok := p.float(i, lit); ok || p.stopped {
			return next, ok
		}
		return p.int(i, lit)
	case p.at(i, "true") || p.at(i, "True"):
		lit.Kind, lit.Bool = LiteralBool, true
		return i + 4, true
	case p.at(i, "false") || p.at(i, "False"):
		lit.Kind = LiteralBool
		return i + 5, true
	case c == '/':
		return p.regex(i, lit)
	case c == 'r':
		return p.rangeOf(i, lit)
	case c == '[':
		return p.list(i, lit)
	case c == '{':
		return p.mapOf(i, lit)
	}
	return i, false
}

// quoted reads a string. A backslash escapes the closing quote and nothing
// else; a string cannot end in a backslash.
func (p *parser) quoted(i int) (string, int, bool) {
	if i >= len(p.src) || p.src[i] != '"' && p.src[i] != '\'' {
		p.miss(i, "a string")
		return "", i, false
	}
	quote := p.src[i]
	var b strings.Builder
	for j := i + 1; ; {
		n := strings.IndexByte(p.src[j:], quote)
		if n < 0 {
			if strings.HasSuffix(p.src[j:], `\`) {
				p.miss(i, "a string")
				return "", i, false
			}
			p.fail(i, "string is not closed", "")
			return "", i, false
		}
		frag := p.src[j : j+n]
		j += n + 1
		if !strings.HasSuffix(frag, `\`) {
			if b.Len() == 0 {
				return frag, j, true
			}
			b.WriteString(frag)
			return b.String(), j, true
		}
		b.WriteString(frag[:n-1])
		b.WriteByte(quote)
	}
}

func (p *parser) digits(i int) int {
	for i < len(p.src) && p.src[i] >= '0' && p.src[i] <= '9' {
		i++
	}
	return i
}

// int reads a whole number that fits 64 bits.
func (p *parser) int(i int, lit *Literal) (int, bool) {
	start := i
	if p.at(i, "-") {
		start++
	}
	end := p.digits(start)
	if end == start {
		return i, false
	}
	// The digits are read as a positive number first, so the least integer
	// cannot be written.
	n, err := strconv.ParseInt(p.src[start:end], 10, 64)
	if err != nil {
		p.miss(i, "a number of at most 64 bits")
		return i, false
	}
	if start > i {
		n = -n
	}
	lit.Kind, lit.Int = LiteralInt, n
	return end, true
}

// float reads a number with a fraction, or with an exponent that has a sign.
// There are no negative ones.
func (p *parser) float(i int, lit *Literal) (int, bool) {
	end := p.digits(i)
	if end == i {
		return i, false
	}
	whole := end
	if p.at(end, ".") {
		if d := p.digits(end + 1); d > end+1 {
			end = d
		}
	}
	fraction := end > whole
	if e := p.exponent(end, fraction); e > end {
		end = e
	} else if !fraction {
		return i, false
	}
	f, err := strconv.ParseFloat(p.src[i:end], 64)
	if err != nil && !math.IsInf(f, 0) {
		return i, false
	}
	lit.Kind, lit.Num = LiteralFloat, f
	return end, true
}

// exponent gives the end of an exponent at i; its sign may be left out only
// after a fraction.
func (p *parser) exponent(i int, bare bool) int {
	if i >= len(p.src) || p.src[i]|0x20 != 'e' {
		return i
	}
	j := i + 1
	if j < len(p.src) && (p.src[j] == '+' || p.src[j] == '-') {
		j++
	} else if !bare {
		return i
	}
	if end := p.digits(j); end > j {
		return end
	}
	return i
}

// regex reads /pattern/. An escaped slash stands for a slash, but not at the
// end of the pattern.
func (p *parser) regex(i int, lit *Literal) (int, bool) {
	var b strings.Builder
	for j := i + 1; ; {
		n := strings.IndexByte(p.src[j:], '/')
		if n <= 0 {
			p.miss(i, "a regular expression")
			return i, false
		}
		frag := p.src[j : j+n]
		if strings.HasSuffix(frag, `\`) {
			b.WriteString(frag[:n-1])
			b.WriteByte('/')
			j += n + 1
			continue
		}
		b.WriteString(frag)
		lit.Kind, lit.Text = LiteralRegex, b.String()
		return j + n + 1, p.pattern(i, lit)
	}
}

// pattern reads the pattern of a regular expression.
func (p *parser) pattern(i int, lit *Literal) bool {
	language := rx.Plain
	if p.dialect == DialectV3 {
		language = rx.Fancy
	}
	re, err := rx.Compile(lit.Text, language)
	if err == nil {
		lit.Match = re.Match
		return true
	}
	if p.dialect == DialectV3 {
		p.fail(i, err.Error(), "")
	}
	return p.dialect != DialectV3
}

// rangeOf reads r[low,high] with either kind of bracket.
func (p *parser) rangeOf(i int, lit *Literal) (int, bool) {
	j := i + 1
	if j >= len(p.src) || p.src[j] != '[' && p.src[j] != '(' {
		return i, false
	}
	lit.LowIn = p.src[j] == '['
	low, j, ok := p.rangeEnd(j + 1)
	if !ok || !p.at(j, ",") {
		return i, false
	}
	high, j, ok := p.rangeEnd(j + 1)
	if !ok || j >= len(p.src) || p.src[j] != ']' && p.src[j] != ')' {
		return i, false
	}
	lit.HighIn = p.src[j] == ']'
	lit.Items = []*Literal{low, high}
	switch {
	case low.Kind != high.Kind:
		p.fail(i, "the ends of a range must be of one kind", "write r[1,10], r[1.0,10.0] or r[a,z]")
		return i, false
	case low.Kind == LiteralInt:
		lit.Kind = LiteralRangeInt
	case low.Kind == LiteralFloat:
		lit.Kind = LiteralRangeFloat
	default:
		lit.Kind = LiteralRangeChar
	}
	return j + 1, true
}

func (p *parser) rangeEnd(i int) (*Literal, int, bool) {
	i = p.spaces(i)
	if i >= len(p.src) {
		return nil, i, false
	}
	lit := &Literal{Span: Span{Start: i}}
	next, ok := p.float(i, lit)
	if !ok {
		next, ok = p.int(i, lit)
	}
	if !ok {
		r, n := utf8.DecodeRuneInString(p.src[i:])
		lit.Kind, lit.Rune, next = LiteralChar, r, i+n
	}
	lit.Span.End = next
	return lit, p.spaces(next), true
}

func (p *parser) list(i int, lit *Literal) (int, bool) {
	lit.Kind = LiteralList
	j := i + 1
	item, next, ok := p.value(j)
	for ok {
		lit.Items = append(lit.Items, item)
		j = next
		if next, ok = p.mark(j, ','); ok {
			item, next, ok = p.value(next)
		}
	}
	if p.stopped {
		return i, false
	}
	return p.mark(j, ']')
}

func (p *parser) mapOf(i int, lit *Literal) (int, bool) {
	lit.Kind = LiteralMap
	j := i + 1
	for first := true; ; first = false {
		k := j
		if !first {
			var ok bool
			if k, ok = p.mark(j, ','); !ok {
				break
			}
		}
		key, val, next, ok := p.member(k)
		if p.stopped {
			return i, false
		}
		if !ok {
			break
		}
		lit.put(key, val)
		j = next
	}
	return p.mark(j, '}')
}

func (p *parser) member(i int) (string, *Literal, int, bool) {
	i = p.ws(i)
	j := i
	for j < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[j:])
		if r != '-' && r != '_' && !alphanumeric(r) {
			break
		}
		j += n
	}
	key := p.src[i:j]
	if j == i {
		var ok bool
		if key, j, ok = p.quoted(i); !ok {
			return "", nil, i, false
		}
	}
	j, ok := p.mark(j, ':')
	if !ok {
		return "", nil, i, false
	}
	val, j, ok := p.value(j)
	return key, val, j, ok
}

// put adds a member; a repeated name keeps its first place and last value.
func (l *Literal) put(key string, val *Literal) {
	for i, k := range l.Keys {
		if k == key {
			l.Items[i] = val
			return
		}
	}
	l.Keys, l.Items = append(l.Keys, key), append(l.Items, val)
}
