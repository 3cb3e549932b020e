package iampolicy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator without prefix, suffix and negation.
type operator struct {
	negated bool
	text    bool // its values may have policy variables
	wild    bool // * and ? are wildcards in its values
	valid   func(string) bool
	match   func(p *pattern, value string, r *Request) bool
}

// operatorOf finds an operator by its name in the IAM User Guide, "Condition operators".
func operatorOf(name string) (operator, bool) {
	base := strings.Replace(name, "Not", "", 1)
	negated := base != name
	var op operator
	switch base {
	case "StringEquals":
		op = operator{text: true, match: matchText}
	case "StringEqualsIgnoreCase":
		op = operator{text: true, match: matchFold}
	case "StringLike":
		op = operator{text: true, wild: true, match: (*pattern).match}
	case "ArnEquals", "ArnLike": // the two are the same
		op = operator{text: true, wild: true, match: matchARN}
	case "IpAddress":
		op = operator{valid: validAddress, match: matchAddress}
	case "Bool":
		if negated {
			return op, false
		}
		op = operator{match: matchFold}
	case "NumericEquals":
		op = number(func(c int) bool { return c == 0 })
	case "DateEquals":
		op = date(func(c int) bool { return c == 0 })
	default:
		return ordered(name)
	}
	op.negated = negated
	if negated && !strings.HasPrefix(name, "StringNot") && !strings.HasPrefix(name, "ArnNot") &&
		!strings.HasPrefix(name, "NumericNot") && !strings.HasPrefix(name, "DateNot") && name != "NotIpAddress" {
		return op, false
	}
	return op, true
}

// ordered are the operators that compare sizes.
func ordered(name string) (operator, bool) {
	kind := number
	rest, ok := strings.CutPrefix(name, "Numeric")
	if !ok {
		if rest, ok = strings.CutPrefix(name, "Date"); !ok {
			return operator{}, false
		}
		kind = date
	}
	switch rest {
	case "LessThan":
		return kind(func(c int) bool { return c < 0 }), true
	case "LessThanEquals":
		return kind(func(c int) bool { return c <= 0 }), true
	case "GreaterThan":
		return kind(func(c int) bool { return c > 0 }), true
	case "GreaterThanEquals":
		return kind(func(c int) bool { return c >= 0 }), true
	}
	return operator{}, false
}

func matchText(p *pattern, value string, r *Request) bool {
	t, ok := p.resolve(r)
	return ok && t == value
}

func matchFold(p *pattern, value string, r *Request) bool {
	t, ok := p.resolve(r)
	return ok && strings.EqualFold(t, value)
}

func matchARN(p *pattern, value string, r *Request) bool {
	t, ok := p.resolve(r)
	return ok && globARN(t, value)
}

// number compares the request's value with the policy's by cmp's sign.
func number(ok func(cmp int) bool) operator {
	return operator{
		valid: func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil },
		match: func(p *pattern, value string, _ *Request) bool {
			want, err1 := strconv.ParseFloat(p.text, 64)
			have, err2 := strconv.ParseFloat(value, 64)
			if err1 != nil || err2 != nil {
				return false
			}
			switch {
			case have < want:
				return ok(-1)
			case have > want:
				return ok(1)
			}
			return ok(0)
		},
	}
}

func date(ok func(cmp int) bool) operator {
	return operator{
		valid: func(s string) bool { _, valid := parseDate(s); return valid },
		match: func(p *pattern, value string, _ *Request) bool {
			want, ok1 := parseDate(p.text)
			have, ok2 := parseDate(value)
			return ok1 && ok2 && ok(have.Compare(want))
		},
	}
}

// parseDate reads the W3C profile of ISO 8601, or seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) > 4 {
		return time.Unix(n, 0), true
	}
	for _, form := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func validAddress(s string) bool {
	_, ok := parsePrefix(s)
	return ok
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func matchAddress(p *pattern, value string, _ *Request) bool {
	want, ok := parsePrefix(p.text)
	have, err := netip.ParseAddr(value)
	return ok && err == nil && want.Contains(have.Unmap())
}
