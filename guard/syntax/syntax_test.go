package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// TestAccepted holds the places where the grammar is not what one expects, as
// the real engines were seen to have it.
func TestAccepted(t *testing.T) {
	const both, only3, none = "both", "3", "none"
	for _, c := range []struct{ src, by string }{
		{src: "rule r { a == 1 }", by: both},
		{src: "a == 1", by: both},
		{src: "rule r { a == 1 b == 2 }", by: both},
		{src: "rule r { a == 1 or b == 2\n c exists }", by: both},
		{src: "rule r {\n s\n}", by: both},
		{src: "rule r {\n s\r\n}", by: only3},
		{src: "rule r { s }", by: none},
		{src: "rule r { }", by: none},
		{src: "", by: only3},
		{src: "# nothing", by: only3},
		{src: "rule r { let a = 1 }", by: both},
		{src: "rule r { a == 1.5 }", by: both},
		{src: "rule r { a == -1.5 }", by: none},
		{src: "rule r { a == 1e5 }", by: none},
		{src: "rule r { a == 1e+5 }", by: both},
		{src: "rule r { a == 9223372036854775808 }", by: none},
		{src: "rule r { a == [1, 2,] }", by: none},
		{src: `rule r { a == "x\" }`, by: none},
		{src: `rule r { a == "x\"y" }`, by: both},
		{src: "rule r { a == /x\\/y/ }", by: both},
		{src: "rule r { a == /x\\// }", by: none},
		{src: "rule r { a == /(/ }", by: "config"},
		{src: "rule r { a in r[1,2) }", by: both},
		{src: "rule r { a in r[1,2.0] }", by: none},
		{src: "rule r { a is_null }", by: only3},
		{src: "rule r { a == count(b) }", by: only3},
		{src: "rule r { count(b) == 1 }", by: none},
		{src: "let n = count(b)", by: only3},
		{src: "rule r { a not_in [1] }", by: none},
		{src: "rule r { thisKey == 1 }", by: none},
		{src: "rule r { a[ keysize == 1 ] exists }", by: none},
		{src: "rule r { a[ 'keysize' == 1 ] exists }", by: both},
		{src: "rule p(x) { a == %x }\nrule r { p(1) }", by: both},
		{src: "rule p() { a == 1 }", by: none},
		{src: "rule p(x) when a exists { a == %x }", by: none},
		{src: "rule r { AWS::S3::Bucket { a exists } }", by: both},
		{src: "rule r { AWS::S3::Bucket::MODULE a exists }", by: both},
		{src: "rule r when a exists { b exists }", by: both},
		{src: "whenever == 1", by: none},
		{src: "rule r { a == nullx == 1 }", by: both},
		{src: "rule r { a exists << never closed }", by: none},
		{src: "rule r { a == b\n[0] }", by: both},
		{src: "rule r { a[0 ] exists }", by: both},
		{src: "rule r { a[ 0 ] exists }", by: none},
	} {
		got := none
		_, config := syntax.Parse(c.src, syntax.Options{Dialect: syntax.DialectConfig})
		_, v3 := syntax.Parse(c.src, syntax.Options{Dialect: syntax.DialectV3})
		switch {
		case config == nil && v3 == nil:
			got = both
		case v3 == nil:
			got = only3
		case config == nil:
			got = "config"
		}
		if got != c.by {
			t.Errorf("%q: accepted by %s, want %s (%v)", c.src, got, c.by, errors.Join(config, v3))
		}
	}
}

// TestDiagnostics holds what a person is told.
func TestDiagnostics(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string // a part of each diagnostic, in order
	}{
		{name: "single =", src: "rule r { a = 1 }", want: []string{"1:12: unexpected '=': 'a' needs an operator"}},
		{name: "hint for single =", src: "rule r { a = 1 }", want: []string{"hint: compare with =="}},
		{name: "and", src: "rule r { a == 1 and b == 2 }", want: []string{"1:"}},
		{name: "named rule in one line", src: "rule r { s }", want: []string{"hint: a named rule must be followed by a line break"}},
		{name: "not closed", src: "rule r { a == 1", want: []string{"1:16: unexpected end of file: block is not closed"}},
		{name: "string not closed", src: "rule r { a == \"x }", want: []string{"1:15: string is not closed"}},
		{name: "message not closed", src: "rule r { a exists << x }", want: []string{"hint: end the message with >>"}},
		{name: "two rules", src: "rule r { a = 1 }\nrule ok { a == 1 }\nrule s {\n  b exists\n  c ==\n}\n", want: []string{"1:12:", "6:1:"}},
		{name: "columns count characters", src: "rule r { 'é' == 1 é }", want: []string{"1:19: unexpected 'é'"}},
		{name: "keys", src: "rule r { a[ keysize == 1 ] exists }", want: []string{"quote it"}},
		{name: "pattern", src: "rule r { a == /(/ }", want: []string{"1:15: regular expression /(/"}},
		{name: "range", src: "rule r { a in r[1,b] }", want: []string{"the ends of a range must be of one kind"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := syntax.Parse(c.src, syntax.Options{Dialect: syntax.DialectV3})
			var found syntax.Diagnostics
			if !errors.As(err, &found) || len(found) != len(c.want) {
				t.Fatalf("got %v, want %d diagnostics", err, len(c.want))
			}
			for i, part := range c.want {
				if !strings.Contains(found[i].Error(), part) {
					t.Errorf("got %s\nwant a part %q", found[i].Error(), part)
				}
			}
		})
	}
}

// TestSpans reads a file and gives back the text of its nodes.
func TestSpans(t *testing.T) {
	const src = "let v = a[*].b\nrule r when %v exists {\n  not x.y != 'z' <<msg>> or p(1, %v.c)\n  AWS::S3::Bucket Name exists\n  q { some this in [1] }\n}\nrule p(m, n) { a exists }\n"
	f, err := syntax.Parse(src, syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	syntax.Visitor{
		Rule:   func(r *syntax.Rule) { got = append(got, "rule "+f.Text(r.NameSpan)) },
		Let:    func(l *syntax.Let, _ syntax.Place) { got = append(got, "let "+f.Text(l.Span)) },
		Clause: func(c syntax.Clause, _ syntax.Place) { got = append(got, "clause "+f.Text(c.At())) },
		Query:  func(q *syntax.Query, _ syntax.Place) { got = append(got, "query "+f.Text(q.Span)) },
		Expr:   func(e syntax.Expr, _ syntax.Place) { got = append(got, "value "+f.Text(e.At())) },
	}.Walk(f)
	want := []string{
		"let let v = a[*].b", "query a[*].b",
		"rule p", "clause a exists", "query a",
		"rule r", "clause %v exists", "query %v",
		"clause not x.y != 'z' <<msg>>", "query x.y", "value 'z'", "clause p(1, %v.c)", "value 1", "query %v.c",
		"clause AWS::S3::Bucket Name exists", "clause Name exists", "query Name",
		"clause q { some this in [1] }", "query q", "clause some this in [1]", "query some this", "value [1]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
