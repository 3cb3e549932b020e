package doc_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/doc"
)

// TestScalars holds how the loaders read what is not quoted; the columns of the
// command lines are those of the real engines.
func TestScalars(t *testing.T) {
	for _, c := range []struct{ text, values, cli2, cli3 string }{
		{text: "1", values: "int 1", cli2: "int 1", cli3: "int 1"},
		{text: "-1", values: "int -1", cli2: `string "-1"`, cli3: "int -1"},
		{text: "+5", values: "int 5", cli2: `string "+5"`, cli3: "int 5"},
		{text: "010", values: `string "010"`, cli2: "int 10", cli3: "int 10"},
		{text: "0x10", values: "int 16", cli2: `string "0x10"`, cli3: `string "0x10"`},
		{text: "1.5", values: "float 1.5", cli2: `string "1.5"`, cli3: "float 1.5"},
		{text: "1e3", values: "float 1000.0", cli2: `string "1e3"`, cli3: "float 1000.0"},
		{text: "inf", values: `string "inf"`, cli2: `string "inf"`, cli3: "float +Inf"},
		{text: ".inf", values: "float +Inf", cli2: `string ".inf"`, cli3: `string ".inf"`},
		{text: "true", values: "bool true", cli2: "bool true", cli3: "bool true"},
		{text: "True", values: "bool true", cli2: `string "True"`, cli3: `string "True"`},
		{text: "yes", values: `string "yes"`, cli2: `string "yes"`, cli3: `string "yes"`},
		{text: "null", values: "null null", cli2: `string "null"`, cli3: "null null"},
		{text: "nULL", values: `string "nULL"`, cli2: `string "nULL"`, cli3: "null null"},
		{text: "~", values: "null null", cli2: `string "~"`, cli3: "null null"},
		{text: "", values: "null null", cli2: `string ""`, cli3: `string ""`},
		{text: "9223372036854775808", values: "int -9223372036854775808", cli2: "float 9.223372036854775807e+18", cli3: "float 9.223372036854775807e+18"},
		{text: "!!int 5", values: "int 5", cli2: `string "5"`, cli3: "int 5"},
		{text: "!!str 5", values: `string "5"`, cli2: `string "5"`, cli3: `string "5"`},
		{text: "!!int x", values: "error", cli2: `string "x"`, cli3: "error"},
		{text: "! 5", values: "int 5", cli2: `string "5"`, cli3: `string "5"`},
		{text: "!Ref x", values: `map {"Ref": "x"}`, cli2: `map {"Ref": "x"}`, cli3: `map {"Ref": "x"}`},
		{text: "!GetAtt a.b", values: `map {"Fn::GetAtt": "a.b"}`, cli2: `map {"Fn::GetAtt": "a.b"}`, cli3: `map {"Fn::GetAtt": "a.b"}`},
		{text: "!Sub [a, {b: 1}]", values: `map {"Fn::Sub": ["a", {"b": 1}]}`, cli2: `map {"Fn::Sub": ["a", {"b": 1}]}`, cli3: `map {"Fn::Sub": ["a", {"b": 1}]}`},
		{text: "!Ref [a]", values: `map {"Ref": ["a"]}`, cli2: `list ["a"]`, cli3: `list ["a"]`},
		{text: "!Foo 5", values: "int 5", cli2: `string "5"`, cli3: `string "5"`},
		{text: "&x [1]\nb: *x", values: "list [1]", cli2: "error", cli3: "error"},
		{text: "1\na: 2", values: "error", cli2: "int 2", cli3: "int 2"},
		{text: "1\n1: 2", values: "error", cli2: "error", cli3: "error"},
	} {
		for l, want := range map[doc.Loader]string{doc.LoadValues: c.values, doc.LoadTest: c.values, doc.LoadCLI2: c.cli2, doc.LoadCLI3: c.cli3} {
			got := "error"
			if d, err := doc.Load("", []byte("a: "+c.text+"\n"), l); err == nil {
				v := d.Root().Get("a")
				got = v.Kind().String() + " " + v.String()
			}
			// 2^63 has no shorter spelling than this one.
			want = strings.ReplaceAll(want, "9.223372036854775807e+18", "9.223372036854775808e+18")
			got = strings.ReplaceAll(got, "9.223372036854776e+18", "9.223372036854775808e+18")
			if got != want {
				t.Errorf("loader %d: %q is %s, want %s", l, c.text, got, want)
			}
		}
	}
}

// TestPlaces holds lines, columns and paths, in JSON and YAML.
func TestPlaces(t *testing.T) {
	const asJSON = "{\n  \"é\": [1, {\"b/~\": true}],\n \"c\": \"x\"}"
	const asYAML = "é: [1, {b/~: true}]\nc: x\n"
	for _, c := range []struct {
		text string
		l    doc.Loader
		want []string
	}{
		{text: asJSON, l: doc.LoadValues, want: []string{" 1:1", "/é 2:8", "/é/0 2:9", "/é/1 2:12", "/é/1/b~1~0 2:20", "/c 3:7"}},
		{text: asJSON, l: doc.LoadCLI3, want: []string{" 1:1", "/é 2:8", "/é/0 2:9", "/é/1 2:12", "/é/1/b~1~0 2:20", "/c 3:7"}},
		{text: asYAML, l: doc.LoadCLI3, want: []string{" 1:1", "/é 1:4", "/é/0 1:5", "/é/1 1:8", "/é/1/b~1~0 1:14", "/c 2:4"}},
	} {
		d, err := doc.Load("", []byte(c.text), c.l)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var visit func(v *doc.Value)
		visit = func(v *doc.Value) {
			line, col := v.Position()
			got = append(got, fmt.Sprintf("%s %d:%d", v.Path(), line, col))
			for i := range v.Len() {
				if v.At(i).Parent() != v {
					t.Errorf("%s has another parent", v.At(i).Path())
				}
				visit(v.At(i))
			}
		}
		visit(d.Root())
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
		if d.Size() != len(got) {
			t.Errorf("size %d, want %d", d.Size(), len(got))
		}
	}
}

func TestFromValue(t *testing.T) {
	d, err := doc.FromValue(map[string]any{
		"b": []any{1, int64(2), 1.5, json.Number("3"), json.Number("2.5"), json.Number("18446744073709551615")}, "a": map[string]any{"x": nil, "y": true}, "c": "s",
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"a": {"x": null, "y": true}, "b": [1, 2, 1.5, 3, 2.5, -1], "c": "s"}`
	if got := d.Root().String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := doc.FromValue(map[string]any{"a": []int{1}}); err == nil || !strings.Contains(err.Error(), "[]int") {
		t.Errorf("error %v, want one that names []int", err)
	}
}

// TestBigMaps looks members up by hash, also after a repetition.
func TestBigMaps(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, `"k%d": %d, `, i, i)
	}
	d, err := doc.ParseJSON([]byte("{" + b.String() + `"k7": "last"}`))
	if err != nil {
		t.Fatal(err)
	}
	root := d.Root()
	if root.Len() != 50 || root.At(7).Text() != "last" || root.Get("k7") != root.At(7) || root.Get("k50") != nil || root.Get("k49").Int() != 49 {
		t.Errorf("got %s", root)
	}
	small := doc.Detach(root.At(7))
	if small.Root().Path() != "" || small.Size() != 1 {
		t.Errorf("detached: path %q, size %d", small.Root().Path(), small.Size())
	}
}

// TestRefusedJSON holds texts that are no JSON, with the place of the mistake.
func TestRefusedJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1,}`:         "1:9: nothing after the comma",
		`{"a" 1}`:           "1:6: expected ':'",
		"{\n \"a\": 01}":    "2:7: expected a value",
		`{"a": "x`:          "1:9: string is not closed",
		`{"a": "\ud800"}`:   "1:14: half of a surrogate pair",
		`[1 2]`:             "1:4: expected ',' or ']'",
		`{"a": 1} x`:        "1:10: unexpected text after the document",
		`{"a": 1e999}`:      "1:7: number 1e999 is out of range",
		``:                  "1:1: unexpected end of the document",
		"{\"a\": \"\x01\"}": "1:8: control character in a string",
	} {
		if _, err := doc.ParseJSON([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}

// TestString renders values of every kind, ranges also inside of lists and maps.
func TestString(t *testing.T) {
	num := func(low, high int64, lowIn, highIn bool) *doc.Value {
		return doc.NewRange(doc.NewInt(low), doc.NewInt(high), lowIn, highIn)
	}
	list := func(items ...*doc.Value) *doc.Value { return doc.NewList(items) }
	one := doc.NewInt(1)
	for _, c := range []struct {
		value *doc.Value
		want  string
	}{
		{value: num(1, 2, true, true), want: "r[1,2]"},
		{value: num(1, 2, true, false), want: "r[1,2)"},
		{value: num(1, 2, false, true), want: "r(1,2]"},
		{value: num(1, 2, false, false), want: "r(1,2)"},
		{value: list(one, num(1, 2, true, true)), want: "[1, r[1,2]]"},
		{value: list(one, num(1, 2, true, false), one), want: "[1, r[1,2), 1]"},
		{value: list(one, num(1, 2, false, true), one), want: "[1, r(1,2], 1]"},
		{value: list(list(num(1, 2, true, true)), num(-3, 4, false, false)), want: "[[r[1,2]], r(-3,4)]"},
		{value: doc.NewMap([]string{"a", "b"}, []*doc.Value{one, num(1, 2, true, true)}), want: `{"a": 1, "b": r[1,2]}`},
		{value: list(one, doc.NewRange(doc.NewFloat(1), doc.NewFloat(2.5), true, true)), want: "[1, r[1.0,2.5]]"},
		{value: list(one, doc.NewRange(doc.NewChar('a'), doc.NewChar('z'), true, true)), want: "[1, r[a,z]]"},
		{value: list(one, doc.NewRange(doc.NewChar('a'), doc.NewChar('é'), false, true)), want: "[1, r(a,é]]"},
		{value: list(doc.NewFloat(50), doc.NewFloat(0.5), doc.NewFloat(1e300), doc.NewFloat(math.Inf(-1))), want: "[50.0, 0.5, 1e+300, -Inf]"},
		{value: list(doc.NewString("\"x\""), doc.NewRegex("^a", nil), doc.NewChar('c'), doc.NewBool(true), doc.NewNull()), want: `["\"x\"", /^a/, 'c', true, null]`},
	} {
		if got := c.value.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestShort cuts between characters, and says that it did.
func TestShort(t *testing.T) {
	for _, c := range []struct {
		value *doc.Value
		most  int
		want  string
	}{
		{value: doc.NewString("ééé"), most: 8, want: `"ééé"`},
		{value: doc.NewString("ééé"), most: 6, want: `"éé…`},
		{value: doc.NewString("ééé"), most: 0, want: `"ééé"`},
		{value: doc.NewList([]*doc.Value{doc.NewString("é"), doc.NewString("x")}), most: 5, want: `["é"…`},
	} {
		if got := c.value.Short(c.most); got != c.want {
			t.Errorf("%s in %d bytes: got %s, want %s", c.value, c.most, got, c.want)
		}
	}
}
