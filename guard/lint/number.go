package lint

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// numbers finds comparisons of a whole number with a fraction, which fail
// whatever the numbers.
func (l *linter) numbers(c *syntax.Check, s *scope) {
	right := l.constant(c.Right, s)
	if right == nil {
		return
	}
	name, _ := l.lastKey(c.Query, s, 0)
	var other string
	switch right.Kind {
	case syntax.LiteralFloat:
		if c.Op == syntax.OpEq && !c.Negated && right.Num != math.Trunc(right.Num) {
			return // no whole number equals a fraction
		}
		other = l.wholes(c, right.Num)
	case syntax.LiteralRangeFloat:
		low, high := right.Items[0].Num, right.Items[1].Num
		other = l.written(c, "r["+integer(inner(math.Ceil(low), low, right.LowIn, 1))+","+integer(inner(math.Floor(high), high, right.HighIn, -1))+"]")
	case syntax.LiteralInt:
		if !ordered(c.Op) || !measured(name) {
			return
		}
		other = l.written(c, l.file.Text(c.Right.At())+".0")
	default:
		return
	}
	if l.otherKind(c, right, s) {
		return
	}
	kind, found := "a whole number", "one with a fraction"
	if right.Kind == syntax.LiteralInt {
		kind, found = "a number with a fraction, 1.0 too,", "a whole one"
	}
	rewrite := ""
	if _, literal := c.Right.(*syntax.Literal); literal && other != "" && !c.Negated && len(s.line) == 1 {
		k := *c
		k.Message = nil
		rewrite = l.written(&k, "") + " or " + other
	}
	l.add(IntFloat, s, c.Span, kind+" cannot be compared with "+found+": the clause fails on it", rewrite)
}

// inner moves an end of a range inwards if it is not part of it.
func inner(whole, end float64, in bool, step float64) float64 {
	if whole == end && !in {
		return whole + step
	}
	return whole
}

func integer(f float64) string { return strconv.FormatFloat(f, 'f', 0, 64) }

// wholes is the clause for whole numbers; "" if they are too large.
func (l *linter) wholes(c *syntax.Check, limit float64) string {
	if math.Abs(limit) > 1<<53 {
		return ""
	}
	n := math.Floor(limit)
	if n != limit && (c.Op == syntax.OpGe || c.Op == syntax.OpLt) {
		n++ // the next whole number
	}
	return l.written(c, integer(n))
}

// otherKind reports whether another alternative asks the same of the other kind
// of number.
func (l *linter) otherKind(c *syntax.Check, right *syntax.Literal, s *scope) bool {
	for _, cl := range s.line {
		k, ok := cl.(*syntax.Check)
		if !ok || k == c || l.path(k.Query) != l.path(c.Query) {
			continue
		}
		if k.Op == syntax.OpIsInt || k.Op == syntax.OpIsFloat {
			return true
		}
		if lit := l.constant(k.Right, s); lit != nil && lit.Kind != right.Kind {
			return true
		}
	}
	return false
}

// measured reports whether a property holds what is measured, not counted:
// such numbers have fractions.
func measured(name string) bool {
	from := strings.LastIndexFunc(name, unicode.IsUpper)
	switch strings.ToLower(name[max(from, 0):]) {
	case "price", "rate", "ratio", "threshold":
		return true
	}
	return false
}
