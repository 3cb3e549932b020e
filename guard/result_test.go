package guard_test

import (
	"context"
	"fmt"
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
			want: []string{`/tags: exists, found "": no property Owner [Owner] (owners) name an owner`},
		},
		{
			name: "not comparable", rules: `rule r { a > 10 }`, document: `{"a": 50.5}`,
			want: []string{`/a: > 10, found "50.5": a float cannot be compared with a int []`},
		},
		{
			name: "two of three elements", rules: `rule r { a[*].b in ["x", "y"] }`, document: `{"a": [{"b": "x"}, {"b": "z"}, {}]}`,
			want: []string{
				`/a/2: in ["x", "y"], found "": no property b [b]`,
				`/a/1/b: in ["x", "y"], found "\"z\"": the value does not satisfy the clause []`,
			},
		},
		{
			name: "sets", rules: `rule r { a[*] == b[*] }`, document: `{"a": [1, 2], "b": [1]}`,
			want: []string{`/a/1: == b[*], found "2": the value is not among those of the other query []`},
		},
		{
			name: "alternatives", rules: "rule r { a == 1 or b == 2 }", document: `{"a": 0, "b": 0}`,
			want: []string{
				`/a: == 1, found "0": the value does not satisfy the clause []`,
				`/b: == 2, found "0": the value does not satisfy the clause []`,
			},
		},
		{
			name: "the message of a call", rules: "rule p(x) { %x == 1 }\nrule r { p(a) << from the call >> }", document: `{"a": 0}`,
			want: []string{`/a: == 1, found "0": the value does not satisfy the clause [] from the call`},
		},
		{
			name: "a rule", rules: "rule s when zz exists { a exists }\nrule r {\n s\n}", document: `{}`,
			want: []string{`: rule s passes, found "": rule s is SKIP []`},
		},
		{
			name: "nothing selected", rules: "rule r { a[ b == 2 ] not empty { b exists } }", document: `{"a": [{"b": 1}]}`,
			want: []string{`: , found "": the query selects nothing []`},
		},
		{
			name: "a block on what is missing", rules: "rule r { a.b { c exists } }", document: `{"a": {}}`,
			want: []string{`/a: , found "": no property b [b]`},
		},
		{
			name: "empty", rules: "rule r { a !empty\n b[ c == 1 ] !empty }", document: `{"a": "", "b": []}`,
			want: []string{
				`/a: not empty, found "\"\"": the value is a string []`,
				`: not empty, found "": the query selects nothing []`,
			},
		},
		{
			name: "on the right", rules: "rule r { a == b.c }", document: `{"a": 1, "b": {}}`,
			want: []string{`/a: == b.c, found "1": on the right: no property c [c]`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, d := mustCompile(t, c.rules, guard.DialectV3), mustLoad(t, c.document, guard.LoadCLI3)
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
				s := fmt.Sprintf("%s: %s, found %q: %s [%s]", f.Path, f.Expected, f.Found, f.Reason, f.Missing)
				if f.Nearest != "" {
					s += " (" + f.Nearest + ")"
				}
				if f.Message != "" {
					s += " " + f.Message
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
