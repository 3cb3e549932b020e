package configsql

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
)

type valueKind uint8

const (
	kindBool valueKind = iota
	kindNumber
	kindString
)

// Value is one scalar of a row.
type Value struct {
	kind valueKind
	text string
	num  float64
}

// String is a text value.
func String(s string) Value { return Value{kind: kindString, text: s} }

// Number is a numeric value.
func Number(f float64) Value { return Value{kind: kindNumber, num: f} }

// Bool is a truth value.
func Bool(b bool) Value {
	if b {
		return Value{kind: kindBool, text: "true", num: 1}
	}
	return Value{kind: kindBool, text: "false"}
}

// order sorts truth values before numbers before texts.
func (v Value) order(w Value) int {
	return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.num, w.num), strings.Compare(v.text, w.text))
}

// tree is the value as a node of a JSON tree.
func (v Value) tree() any {
	switch v.kind {
	case kindBool:
		return v.num == 1
	case kindNumber:
		return v.num
	default:
		return v.text
	}
}

// literal is a constant of a query.
//
// UNCONFIRMED: a literal and a property of different types are compared by their common form ('3' equals 3, 'true'
// equals true), as the query '… = 123456789012' over account ids suggests.
type literal struct {
	text    string
	num     float64
	numeric bool       // text reads as a number
	addr    netip.Addr // valid if text is an IP address
}

func newLiteral(text string) literal {
	l := literal{text: text}
	if f, err := strconv.ParseFloat(text, 64); err == nil && plainNumber(text) {
		l.num, l.numeric = f, true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		l.addr = a
	}
	return l
}

// plainNumber keeps NaN, infinities, hexadecimal and exponents out of what ParseFloat takes.
func plainNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.-") == ""
}

func (l *literal) equal(v Value) bool {
	switch v.kind {
	case kindNumber:
		return l.numeric && v.num == l.num
	case kindString:
		if v.text == l.text {
			return true
		}
		lo, hi, ok := l.block(v)
		return ok && lo.Compare(l.addr) <= 0 && hi.Compare(l.addr) >= 0
	default:
		return v.text == l.text
	}
}

// below says whether the value, or for a CIDR block any address of it, lies below the literal.
func (l *literal) below(v Value) bool {
	if lo, _, ok := l.block(v); ok {
		return lo.Less(l.addr)
	}
	return l.comparable(v) && l.compare(v) < 0
}

// above says whether the value, or for a CIDR block any address of it, lies above the literal.
func (l *literal) above(v Value) bool {
	if _, hi, ok := l.block(v); ok {
		return l.addr.Less(hi)
	}
	return l.comparable(v) && l.compare(v) > 0
}

func (l *literal) comparable(v Value) bool {
	return v.kind == kindString || v.kind == kindNumber && l.numeric
}

func (l *literal) compare(v Value) int {
	if v.kind == kindNumber {
		return cmp.Compare(v.num, l.num)
	}
	return strings.Compare(v.text, l.text)
}

// block is the range of a CIDR block, where the literal is an IP address: AWS searches blocks by range
// (Developer Guide, "CIDR notation/IP range").
func (l *literal) block(v Value) (lo, hi netip.Addr, ok bool) {
	if !l.addr.IsValid() || v.kind != kindString || strings.IndexByte(v.text, '/') < 0 {
		return lo, hi, false
	}
	p, err := netip.ParsePrefix(v.text)
	if err != nil || p.Addr().BitLen() != l.addr.BitLen() {
		return lo, hi, false
	}
	lo = p.Masked().Addr()
	end := lo.AsSlice()
	for bit := p.Bits(); bit < lo.BitLen(); bit++ {
		end[bit/8] |= 0x80 >> (bit % 8)
	}
	hi, _ = netip.AddrFromSlice(end)
	return lo, hi, true
}
