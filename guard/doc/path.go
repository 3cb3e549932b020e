package doc

import (
	"strconv"
	"strings"
)

// Path is where the value stands below its root, as a JSON pointer (RFC 6901):
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
	b.WriteByte('/')
	if v.parent.kind == Map {
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(v.key))
		return
	}
	for i := range v.parent.kids {
		if &v.parent.kids[i] == v {
			b.WriteString(strconv.Itoa(i))
			return
		}
	}
}

// String renders the value like JSON; patterns and ranges as rules write them.
func (v *Value) String() string {
	var b strings.Builder
	v.write(&b, 0)
	return b.String()
}

// Short renders the value in at most n bytes or so.
func (v *Value) Short(n int) string {
	var b strings.Builder
	v.write(&b, n)
	if s := b.String(); n <= 0 || len(s) <= n {
		return s
	}
	r := []rune(b.String())
	return string(r[:min(n, len(r))]) + "…"
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
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64))
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

func (v *Value) writeRange(b *strings.Builder) {
	b.WriteString("r(")
	if v.lowIn {
		b.Reset()
		b.WriteString("r[")
	}
	low, high, _, highIn := v.Ends()
	if v.kind == RangeChar {
		b.WriteString(string(low.Rune()) + "," + string(high.Rune()))
	} else {
		low.write(b, 0)
		b.WriteByte(',')
		high.write(b, 0)
	}
	if highIn {
		b.WriteByte(']')
	} else {
		b.WriteByte(')')
	}
}
