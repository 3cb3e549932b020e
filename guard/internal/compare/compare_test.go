package compare_test

import (
	"math"
	"testing"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/compare"
	"github.com/layerfleet/layerfleet/guard/internal/rx"
)

func parse(t *testing.T, text string) *doc.Value {
	t.Helper()
	d, err := doc.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d.Root()
}

// TestEqual holds where the two notions of equality agree and differ.
func TestEqual(t *testing.T) {
	re, err := rx.Compile("^a", rx.Plain)
	if err != nil {
		t.Fatal(err)
	}
	pattern, broken := doc.NewRegex("^a", re.Match), doc.NewRegex("(", nil)
	oneToTwo := doc.NewRange(doc.NewInt(1), doc.NewInt(2), true, false)
	nan := doc.NewFloat(math.NaN())
	for _, c := range []struct {
		name string
		a, b *doc.Value
		want compare.Outcome
		same bool
		fail bool
	}{
		{name: "int and float", a: parse(t, "1"), b: parse(t, "1.0"), want: compare.NotComparable},
		{name: "int and string", a: parse(t, "1"), b: parse(t, `"1"`), want: compare.NotComparable},
		{name: "maps in any order", a: parse(t, `{"a":1,"b":2}`), b: parse(t, `{"b":2,"a":1}`), want: compare.Yes, same: true},
		{name: "lists in order", a: parse(t, "[1,2]"), b: parse(t, "[2,1]"), want: compare.No},
		{name: "lists of other kinds", a: parse(t, `[1]`), b: parse(t, `["1"]`), want: compare.NotComparable},
		{name: "null", a: parse(t, "null"), b: parse(t, "null"), want: compare.Yes, same: true},
		{name: "bool", a: parse(t, "true"), b: parse(t, "false"), want: compare.No},
		{name: "string and pattern", a: parse(t, `"ab"`), b: pattern, want: compare.Yes, same: true},
		{name: "pattern and string", a: pattern, b: parse(t, `"b"`), want: compare.No},
		{name: "pattern and int", a: pattern, b: parse(t, "1"), want: compare.NotComparable},
		{name: "pattern that is none", a: parse(t, `"a"`), b: broken, fail: true},
		{name: "in range", a: parse(t, "1"), b: oneToTwo, want: compare.Yes, same: true},
		{name: "at the open end", a: parse(t, "2"), b: oneToTwo, want: compare.No},
		{name: "range and int", a: oneToTwo, b: parse(t, "1"), want: compare.NotComparable},
		{name: "not a number", a: nan, b: nan, want: compare.NotComparable},
	} {
		got, err := compare.Equal(c.a, c.b)
		if (err != nil) != c.fail || err == nil && got != c.want {
			t.Errorf("%s: equal %v, %v, want %v", c.name, got, err, c.want)
		}
		if same := compare.Same(c.a, c.b); same != c.same {
			t.Errorf("%s: same %v, want %v", c.name, same, c.same)
		}
	}
	if list := doc.NewList([]*doc.Value{oneToTwo}); compare.Holds(list, parse(t, "1")) {
		t.Error("a range in a list holds a number, which it does not in the engines")
	}
}
