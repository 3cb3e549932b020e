package doc

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path is where the value is below its root, as a JSON pointer (RFC 6901):
// "" for the root, "/a/0/b" below.
func (v *Value) Path() string {
	if v.parent == nil {
		return ""
	}
	var b strings.Builder
	writePath(&b, v)
	return b.String()
}

func writePath(b *strings.Builder, v *Value) {
	if v.parent == nil {
		return
	}
	writePath(b, v.parent)
	switch {
	case v.made:
	case v.parent.kind == Map:
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(v.key))
	default:
		b.WriteString("/" + strconv.Itoa(v.index()))
	}
}

// index is where the value is in its list.
func (v *Value) index() int {
	for i := range v.parent.kids {
		if &v.parent.kids[i] == v {
			return i
		}
	}
	return -1
}

// String renders the value like JSON; patterns and ranges as rules write them.
func (v *Value) String() string {
	var b strings.Builder
	v.write(&b, 0)
	return b.String()
}

// Short renders the value in at most n bytes and an ellipsis where it was cut; 0
// is no limit.
func (v *Value) Short(n int) string {
	var b strings.Builder
	v.write(&b, n)
	s := b.String()
	if n <= 0 || len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// write renders until more than limit bytes are there; 0 is no limit.
func (v *Value) write(b *strings.Builder, limit int) {
	if limit > 0 && b.Len() > limit {
		return
	}
	switch v.kind {
	case Null:
		b.WriteString("null")
	case String:
		b.WriteString(strconv.Quote(v.str))
	case Regex:
		b.WriteString("/" + v.str + "/")
	case Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case Int:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case Float:
		b.WriteString(floatText(v.Float()))
	case Char:
		b.WriteString(strconv.QuoteRune(v.Rune()))
	case List:
		b.WriteByte('[')
		for i := range v.kids {
			if i > 0 {
				b.WriteString(", ")
			}
			v.kids[i].write(b, limit)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		for i := range v.kids {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Quote(v.kids[i].key) + ": ")
			v.kids[i].write(b, limit)
		}
		b.WriteByte('}')
	default:
		v.writeRange(b)
	}
}

// floatText renders a number in a way that does not read as an integer, which to
// Guard is something else.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if strings.Trim(s, "-0123456789") == "" {
		s += ".0"
	}
	return s
}

// writeRange renders a range as rules write it: a square bracket where the end
// belongs to it, a round one where it does not.
func (v *Value) writeRange(b *strings.Builder) {
	low, high, lowIn, highIn := v.Ends()
	if lowIn {
		b.WriteString("r[")
	} else {
		b.WriteString("r(")
	}
	low.writeEnd(b)
	b.WriteByte(',')
	high.writeEnd(b)
	if highIn {
		b.WriteByte(']')
	} else {
		b.WriteByte(')')
	}
}

func (v *Value) writeEnd(b *strings.Builder) {
	if v.kind == Char {
		b.WriteRune(v.Rune()) // without the quotes that a value has
		return
	}
	v.write(b, 0)
}
