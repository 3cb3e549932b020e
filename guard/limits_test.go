package guard_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

// TestLimits shows that what would crash or hang the engines ends in an error.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name, rules, document string
		limits                guard.Limits
		want                  error
	}{
		{name: "a rule refers to itself", rules: "rule r {\n r\n}", document: `{}`, want: guard.ErrLimit},
		{name: "two rules refer to each other", rules: "rule r {\n s\n}\nrule s {\n not r\n}", document: `{}`, want: guard.ErrLimit},
		{name: "a parameterized rule calls itself", rules: "rule p(x) { p(%x) }\nrule r { p(1) }", document: `{}`, want: guard.ErrLimit},
		{name: "a variable holds itself", rules: "let v = %v\nrule r { %v exists }", document: `{}`, want: guard.ErrLimit},
		{name: "variables hold each other", rules: "let v = %w.a\nlet w = %v.b\nrule r { %v exists }", document: `{}`, want: guard.ErrLimit},
		{name: "a variable filters by itself", rules: "let v = a[ %v exists ]\nrule r { %v exists }", document: `{"a": [{}]}`, want: guard.ErrLimit},
		{
			name: "many steps", rules: "rule r { a[*] { this == %x } }\nlet x = a[*]", limits: guard.Limits{MaxSteps: 10_000},
			document: `{"a": [` + strings.Repeat("1,", 20_000) + `1]}`, want: guard.ErrLimit,
		},
		{name: "an undefined variable", rules: "rule r { %v exists }", document: `{}`, want: guard.ErrUndefined},
		{name: "an undefined rule", rules: "rule r {\n s\n}", document: `{}`, want: guard.ErrUndefined},
		{name: "empty of a number", rules: "rule r { a empty }", document: `{"a": 1}`, want: guard.ErrUnsupported},
		{name: "two filters in a row", rules: "rule r { a[ b exists ][ c exists ] exists }", document: `{"a": [{"b": {"c": 1}}]}`, want: guard.ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := guard.Compile([]byte(c.rules), guard.Options{Limits: c.limits})
			if err != nil {
				t.Fatal(err)
			}
			d := mustLoad(t, c.document, guard.LoadValues)
			for range 2 { // the second time on the state that the first has left
				if s, err := r.Status(context.Background(), d); !errors.Is(err, c.want) {
					t.Errorf("status %v, error %v, want error %v", s, err, c.want)
				}
			}
			if _, err := r.Eval(context.Background(), d); !errors.Is(err, c.want) {
				t.Errorf("traced: error %v, want %v", err, c.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := mustCompile(t, "rule r { a[*] == 1 }", guard.DialectConfig)
	d := mustLoad(t, `{"a": [`+strings.Repeat("1,", 5000)+`1]}`, guard.LoadValues)
	if _, err := r.Status(ctx, d); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// TestDeepText shows that nesting in rules and documents is bounded.
func TestDeepText(t *testing.T) {
	const deep = 100_000
	for _, src := range []string{
		"rule r { a == " + strings.Repeat("[", deep),
		"rule r { " + strings.Repeat("a {", deep),
		"rule r { " + strings.Repeat("a[ ", deep),
		"rule r { " + strings.Repeat("when a exists { ", deep),
		"let a = " + strings.Repeat("count(", deep),
		"rule r { a == " + strings.Repeat("{a:", deep),
		"rule r { a == /" + strings.Repeat("(", deep) + "/ }",
	} {
		if _, err := guard.Compile([]byte(src), guard.Options{Dialect: guard.DialectV3}); err == nil {
			t.Errorf("%.20s…: no error", src)
		}
	}
	for _, text := range []string{strings.Repeat(`{"a":`, deep), strings.Repeat(`[`, deep), strings.Repeat("- ", deep) + "a", "a: " + strings.Repeat("[", deep)} {
		for _, l := range []guard.Loader{guard.LoadValues, guard.LoadCLI2, guard.LoadCLI3, guard.LoadTest} {
			if _, err := guard.Load("", []byte(text), l); err == nil {
				t.Errorf("%.20s…: no error", text)
			}
		}
	}
}

// TestLongRules shows that the length of a rule file is bounded.
func TestLongRules(t *testing.T) {
	src := []byte("rule r { a exists }" + strings.Repeat("#", 100))
	if _, err := guard.Compile(src, guard.Options{MaxBytes: 100}); !errors.Is(err, guard.ErrTooLong) {
		t.Errorf("error %v, want %v", err, guard.ErrTooLong)
	}
}
