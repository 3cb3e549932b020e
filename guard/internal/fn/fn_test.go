package fn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/fn"
)

// args reads a JSON list of lists: the values of each argument. The string
// "<none>" stands for a value that was not found.
func args(t *testing.T, text string) []fn.Arg {
	t.Helper()
	d, err := doc.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out []fn.Arg
	for i := range d.Root().Len() {
		var a fn.Arg
		for j := range d.Root().At(i).Len() {
			v := d.Root().At(i).At(j)
			if v.Kind() == doc.String && v.Text() == "<none>" {
				v = nil
			}
			a = append(a, v)
		}
		out = append(out, a)
	}
	return out
}

func TestCall(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{name: "count", args: `[["a", "<none>", [1, 2]]]`, want: "2"},
		{name: "count", args: `[[]]`, want: "0"},
		{name: "join", args: `[["a", "b"], [","]]`, want: `"a,b"`},
		{name: "to_upper", args: `[["aé", 1, "<none>"]]`, want: `"AÉ"`},
		{name: "to_lower", args: `[["AÉ"]]`, want: `"aé"`},
		{name: "url_decode", args: `[["a%20b%", "%ff", "%zz+"]]`, want: `"a b%" "%zz+"`},
		{name: "substring", args: `[["abcdef", "abc"], [1], [4]]`, want: `"bcd"`},
		{name: "substring", args: `[["abc"], [2], [1]]`, want: ""},
		{name: "regex_replace", args: `[["a-b", "xx"], ["(\\w)-(\\w)"], ["${2}${1}"]]`, want: `"ba" ""`},
		{name: "json_parse", args: `[["{\"a\": [1, null]}", "1", 5]]`, want: `{"a": [1, null]} 1`},
		{name: "parse_int", args: `[["12", 3, 4.9, true]]`, want: "12 3 4"},
		{name: "parse_float", args: `[["1.5", 2]]`, want: "1.5 2.0"},
		{name: "parse_boolean", args: `[["TRUE", false, 1]]`, want: "true false"},
		{name: "parse_string", args: `[[1, 1.5, true, "x", null]]`, want: `"1" "1.5" "true" "x"`},
		{name: "parse_char", args: `[[7, "x", ""]]`, want: `'7' 'x'`},
	} {
		got, err := fn.Call(c.name, args(t, c.args))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var parts []string
		for _, v := range got {
			parts = append(parts, v.String())
		}
		if s := strings.Join(parts, " "); s != c.want {
			t.Errorf("%s(%s) = %s, want %s", c.name, c.args, s, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want       error
	}{
		{name: "now", args: `[]`, want: fn.ErrUnknown},
		{name: "count", args: `[[1], [2]]`, want: fn.ErrArguments},
		{name: "join", args: `[["a", 1], [","]]`, want: fn.ErrArguments},
		{name: "join", args: `[["a", "<none>"], [","]]`, want: fn.ErrArguments},
		{name: "join", args: `[["a"], [1]]`, want: fn.ErrArguments},
		{name: "substring", args: `[["é"], [0], [1]]`, want: fn.ErrArguments},
		{name: "parse_int", args: `[["x"]]`},
		{name: "parse_float", args: `[["x"]]`},
		{name: "parse_boolean", args: `[["x"]]`},
		{name: "parse_char", args: `[["xy"]]`},
		{name: "parse_char", args: `[[10]]`},
		{name: "json_parse", args: `[["{"]]`},
		{name: "regex_replace", args: `[["x"], ["("], ["y"]]`},
	} {
		if _, err := fn.Call(c.name, args(t, c.args)); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s(%s): error %v, want %v", c.name, c.args, err, c.want)
		}
	}
}
