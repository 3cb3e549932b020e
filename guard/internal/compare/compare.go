// Package compare holds Guard's two notions of equality, and its order.
//
// "==" uses [Equal], which refuses to compare values of different kinds; the
// membership tests of "in" and of sets use [Same], which just says no. Patterns
// equal the strings they match, numbers equal the ranges they lie in, but not
// in every position: the functions are as lopsided as those of the engines.
package compare

import (
	"cmp"
	"errors"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
)

// Outcome is the answer of a comparison.
type Outcome uint8

// The outcomes. NotComparable fails a clause whether it is negated or not.
const (
	No Outcome = iota
	Yes
	NotComparable
)

func outcome(b bool) Outcome {
	if b {
		return Yes
	}
	return No
}

// ErrPattern means that a pattern is none to the engine of the dialect. The
// original panics.
var ErrPattern = errors.New("the regular expression is not supported in this dialect")

// Equal is the equality of "==". An error ends the evaluation.
func Equal(a, b *doc.Value) (Outcome, error) {
	switch ak, bk := a.Kind(), b.Kind(); {
	case ak == doc.String && bk == doc.Regex:
		return match(b, a.Text())
	case ak == doc.Regex && bk == doc.String:
		return match(a, b.Text())
	case ak == doc.Map && bk == doc.Map:
		return equalMaps(a, b)
	case ak == doc.List && bk == doc.List:
		return equalLists(a, b)
	case ak == doc.Bool && bk == doc.Bool:
		return outcome(a.Bool() == b.Bool()), nil
	case ak == doc.Regex && bk == doc.Regex:
		return outcome(a.Text() == b.Text()), nil
	case within(ak, bk):
		return outcome(inRange(a, b)), nil
	}
	order, ok := Order(a, b)
	if !ok {
		return NotComparable, nil
	}
	return outcome(order == 0), nil
}

func match(pattern *doc.Value, s string) (Outcome, error) {
	find := pattern.Matcher()
	if find == nil {
		return No, ErrPattern
	}
	found, err := find(s)
	return outcome(found), err
}

func equalMaps(a, b *doc.Value) (Outcome, error) {
	if a.Len() != b.Len() {
		return No, nil
	}
	for i := range a.Len() {
		av := a.At(i)
		bv := b.Get(av.Key())
		if bv == nil {
			return No, nil
		}
		if o, err := Equal(av, bv); o != Yes || err != nil {
			return o, err
		}
	}
	return Yes, nil
}

func equalLists(a, b *doc.Value) (Outcome, error) {
	if a.Len() != b.Len() {
		return No, nil
	}
	for i := range a.Len() {
		if o, err := Equal(a.At(i), b.At(i)); o != Yes || err != nil {
			return o, err
		}
	}
	return Yes, nil
}

// within reports whether a value of kind a may lie in a range of kind b.
func within(a, b doc.Kind) bool {
	return a == doc.Int && b == doc.RangeInt || a == doc.Float && b == doc.RangeFloat || a == doc.Char && b == doc.RangeChar
}

func inRange(v, r *doc.Value) bool {
	low, high, lowIn, highIn := r.Ends()
	// A NaN lies in no range: both comparisons say no.
	above, ok := Order(v, low)
	if !ok || above < 0 || above == 0 && !lowIn {
		return false
	}
	below, ok := Order(v, high)
	return ok && (below < 0 || below == 0 && highIn)
}

// Order compares two values of one kind that has an order: null, int, string
// (by bytes), float and char.
func Order(a, b *doc.Value) (int, bool) {
	if a.Kind() != b.Kind() {
		return 0, false
	}
	switch a.Kind() {
	case doc.Null:
		return 0, true
	case doc.Int:
		return cmp.Compare(a.Int(), b.Int()), true
	case doc.String:
		return strings.Compare(a.Text(), b.Text()), true
	case doc.Float:
		x, y := a.Float(), b.Float()
		return cmp.Compare(x, y), x == x && y == y
	case doc.Char:
		return cmp.Compare(a.Rune(), b.Rune()), true
	}
	return 0, false
}

// Same is the equality of membership and of sets. It never fails: values that
// cannot be compared, and patterns that cannot be matched, are not the same.
func Same(a, b *doc.Value) bool {
	switch ak, bk := a.Kind(), b.Kind(); {
	case ak == doc.String && bk == doc.Regex:
		o, err := match(b, a.Text())
		return err == nil && o == Yes
	case ak == doc.Regex && bk == doc.String:
		o, err := match(a, b.Text())
		return err == nil && o == Yes
	case ak == doc.Map && bk == doc.Map:
		return sameMaps(a, b)
	case ak == doc.List && bk == doc.List:
		return sameLists(a, b)
	case ak == doc.Bool && bk == doc.Bool:
		return a.Bool() == b.Bool()
	case ak == doc.Regex && bk == doc.Regex:
		return a.Text() == b.Text()
	case within(ak, bk):
		return inRange(a, b)
	}
	order, ok := Order(a, b)
	return ok && order == 0
}

func sameMaps(a, b *doc.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		av := a.At(i)
		if bv := b.Get(av.Key()); bv == nil || !Same(av, bv) {
			return false
		}
	}
	return true
}

func sameLists(a, b *doc.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !Same(a.At(i), b.At(i)) {
			return false
		}
	}
	return true
}

// Holds reports whether a list has an element that is the same as v; the
// element stands on the left, which matters to ranges.
func Holds(list, v *doc.Value) bool {
	for i := range list.Len() {
		if Same(list.At(i), v) {
			return true
		}
	}
	return false
}

// Among reports whether one of some values is the same as v.
func Among(values []*doc.Value, v *doc.Value) bool {
	for _, e := range values {
		if Same(e, v) {
			return true
		}
	}
	return false
}
