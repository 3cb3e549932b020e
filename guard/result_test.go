package guard_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard"
)

// TestFindings holds what a failed rule has to say.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name, rules, document string
		want                  []string
	}{
		{
			name: "missing with a near name", rules: `rule r { tags.Owner exists << name an owner >> }`, document: `{"tags": {"owners": 1}}`,
			want: []string{`d.json:1:10: rule r: name an owner: /tags: expected a value: there is no property Owner; did you mean owners?`},
		},
		{
			name: "not comparable", rules: `rule r { a > 10 }`, document: `{"a": 50.5}`,
			want: []string{`d.json:1:7: rule r: /a: expected more than 10, found 50.5: a float cannot be compared with an int`},
		},
		{
			name: "two of three elements", rules: `rule r { a[*].b in ["x", "y"] }`, document: `{"a": [{"b": "x"}, {"b": "z"}, {}]}`,
			want: []string{
				`d.json:1:32: rule r: /a/2: expected one of ["x", "y"]: there is no property b`,
				`d.json:1:26: rule r: /a/1/b: expected one of ["x", "y"], found "z"`,
			},
		},
		{
			name: "sets", rules: `rule r { a[*] == b[*] }`, document: `{"a": [1, 2], "b": [1]}`,
			want: []string{`d.json:1:11: rule r: /a/1: expected the values of b[*] ([1]), found 2`},
		},
		{
			name: "sets of maps keep their places", rules: "rule r { a[*] == b[*]\n a[*].x.y == 1\n b[*].x.y == 1 }", document: `{"a": [{"x": {"y": 2}}], "b": [{"x": {"y": 3}}]}`,
			want: []string{
				`d.json:1:32: rule r: /b/0: expected the values of b[*] ([{"x": {"y": 3}}]): a[*] does not have {"x": {"y": 3}}`,
				`d.json:1:20: rule r: /a/0/x/y: expected 1, found 2`,
				`d.json:1:44: rule r: /b/0/x/y: expected 1, found 3`,
			},
		},
		{
			name: "not equal to itself", rules: "rule r { a[*] != a[*] }", document: `{"a": [1]}`,
			want: []string{`d.json:1:8: rule r: /a/0: expected anything but the values of a[*] ([1]), found 1`},
		},
		{
			name: "alternatives", rules: "rule r { a == 1 or b == 2 }", document: `{"a": 0, "b": 0}`,
			want: []string{`d.json:1:7: rule r: /a: expected 1, found 0`, `d.json:1:15: rule r: /b: expected 2, found 0`},
		},
		{
			name: "the message of a call", rules: "rule p(x) { %x == 1 }\nrule r { p(a) << from\n the call >> }", document: `{"a": 0}`,
			want: []string{`d.json:1:7: rule r: from the call: /a: expected 1, found 0`},
		},
		{
			name: "a rule that skips", rules: "rule s when zz exists { a exists }\nrule r {\n s\n}", document: `{}`,
			want: []string{`d.json: rule r: expected rule s to pass: it skips, which counts as a failure`},
		},
		{
			name: "a rule that passes", rules: "rule s { a !exists }\nrule r {\n not s\n}", document: `{}`,
			want: []string{`d.json: rule r: expected rule s not to pass: it passes`},
		},
		{
			name: "nothing selected", rules: "rule r { a[ b == 2 ] not empty { b exists } }", document: `{"a": [{"b": 1}]}`,
			want: []string{`d.json: rule r: expected at least one value: a[ b == 2 ] selects nothing`},
		},
		{
			name: "a block on what is missing", rules: "rule r { a.b { c exists } }", document: `{"a": {}}`,
			want: []string{`d.json:1:7: rule r: /a: expected a value: there is no property b`},
		},
		{
			name: "empty", rules: "rule r { a !empty\n b[ c == 1 ] !empty\n d empty }", document: `{"a": "", "b": [], "d": [0]}`,
			want: []string{
				`d.json:1:7: rule r: /a: expected a value that is not empty, found ""`,
				`d.json: rule r: expected a value that is not empty: b[ c == 1 ] selects nothing`,
				`d.json:1:25: rule r: /d: expected nothing or an empty value, found [0]`,
			},
		},
		{
			name: "on the right", rules: "rule r { a == b.c }", document: `{"a": 1, "b": {}}`,
			want: []string{`d.json:1:7: rule r: /a: expected b.c, found 1: on the right: there is no property c`},
		},
		{
			name: "a range in a list of a variable", rules: "let x = [1, r[10,20)]\nrule r { a in %x }", document: `{"a": 7}`,
			want: []string{`d.json:1:7: rule r: /a: expected one of %x ([1, r[10,20)]), found 7`},
		},
		{
			name: "kinds", rules: "rule r { a is_string\n a !is_int\n a !exists }", document: `{"a": 1}`,
			want: []string{
				`d.json:1:7: rule r: /a: expected a string, found 1`,
				`d.json:1:7: rule r: /a: expected anything but an int, found 1`,
				`d.json:1:7: rule r: /a: expected no value, found 1`,
			},
		},
		{
			name: "patterns and parts", rules: "rule r { a == /^x/\n a != /y/\n a in 'abc'\n a not in [/y/]\n n in r(0,1]\n n not in r[2,3] }", document: `{"a": "y", "n": 2}`,
			want: []string{
				`d.json:1:7: rule r: /a: expected a match of /^x/, found "y"`,
				`d.json:1:7: rule r: /a: expected no match of /y/, found "y"`,
				`d.json:1:7: rule r: /a: expected a part of 'abc', found "y"`,
				`d.json:1:7: rule r: /a: expected none of [/y/], found "y"`,
				`d.json:1:17: rule r: /n: expected a value in r(0,1], found 2`,
				`d.json:1:17: rule r: /n: expected no value in r[2,3], found 2`,
			},
		},
		{
			name: "order", rules: "rule r { a < 1\n a <= 1\n b > 1\n b >= 1\n b != 0 }", document: `{"a": 2, "b": 0}`,
			want: []string{
				`d.json:1:7: rule r: /a: expected less than 1, found 2`,
				`d.json:1:7: rule r: /a: expected at most 1, found 2`,
				`d.json:1:15: rule r: /b: expected more than 1, found 0`,
				`d.json:1:15: rule r: /b: expected at least 1, found 0`,
				`d.json:1:15: rule r: /b: expected anything but 0, found 0`,
			},
		},
		{
			name: "what a function made of an element", rules: "let u = to_upper(a[*])\nlet j = json_parse(j)\nrule r { %u == 'X'\n %j.k == 1 }", document: `{"a": ["x", "y"], "j": "{\"k\": 2}"}`,
			want: []string{
				`d.json:1:13: rule r: /a/1: expected 'X', found "Y"`,
				`d.json:1:24: rule r: /j/k: expected 1, found 2`,
			},
		},
		{
			name: "the literal of a variable is not in the document", rules: "let v = 1\nrule r { %v == a }", document: `{"a": 2}`,
			want: []string{`d.json: rule r: expected a (2), found 1`},
		},
		{
			name: "names that would not print", rules: "rule r { a.* == 1 }", document: `{"a": {"\u001b[31m\n\u202e": 2}}`,
			want: []string{`d.json:1:30: rule r: /a/\x1b[31m\n\u202e: expected 1, found 2`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustCompile(t, c.rules, guard.DialectV3)
			d, err := guard.Load("d.json", []byte(c.document), guard.LoadCLI3)
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.Eval(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			last := res.Rules[len(res.Rules)-1]
			if last.Status != guard.StatusFail || res.Status != guard.StatusFail {
				t.Fatalf("status %v of %v, want FAIL", last.Status, res.Status)
			}
			var got []string
			for _, f := range last.Findings {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
