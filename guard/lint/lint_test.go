package lint_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/guard/lint"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// TestSource gives what is found apart from the examples of the codes, and what is
// not: constructs that look alike and are fine.
func TestSource(t *testing.T) {
	const v3 = syntax.DialectV3
	tests := []struct {
		name    string
		policy  string
		dialect syntax.Dialect
		want    []string
	}{
		{name: "nothing", policy: `rule r { a == 1 }`},
		{name: "a negated unary clause", policy: `rule r { not a exists }`},
		{name: "a negated call", policy: "rule p(x) { %x == 1 }\nrule r { not p(a) }", want: []string{lint.IgnoredNot}},
		{name: "a negated order", policy: `rule r { not a > 1 }`, want: []string{lint.IgnoredNot}},
		{name: "equal to one value of a query", policy: `rule r { a[*] == b.c }`},
		{name: "equal to many through variables", policy: "let x = b[*]\nlet y = %x\nrule r { a == %y }", want: []string{lint.QueryEquality}},
		{name: "equal to a literal by name", policy: "let x = \"y\"\nrule r { a exists\n a != %x }"},
		{name: "a literal argument is a query inside", policy: "rule p(x) { a exists\n a != %x }\nrule r { p(\"y\") }", want: []string{lint.QueryInequality}},
		{name: "an argument of many values", policy: "rule p(x) { a == %x }\nrule r { p(b[*]) }", want: []string{lint.QueryEquality}},
		{name: "some in literals", policy: `rule r { some a[*] in ["x"] }`},
		{name: "some not in", policy: `rule r { some a[*] not in ["x"] }`, want: []string{lint.SomeInequality}},
		{name: "a list that differs", policy: `rule r { configuration.subnets exists configuration.subnets != ["a", "b"] }`},
		{name: "a fraction, both kinds asked", policy: `rule r { a >= 0.5 or a >= 1 }`},
		{name: "equal to a fraction", policy: `rule r { a == 0.5 }`},
		{name: "a range of fractions", policy: `rule r { a in r(0.0,2.0] }`, want: []string{lint.IntFloat}},
		{name: "a whole threshold", policy: `rule r { configuration.Threshold > 10 }`, want: []string{lint.IntFloat}},
		{name: "a parameter is compared by order", policy: `rule r { a.timeout <= CONFIG_RULE_PARAMETERS.Max }`, want: []string{lint.StringOrder}},
		{name: "a list shown by an index elsewhere", policy: "rule r { a.odd == \"x\" }\nrule s { a.odd[0] exists }", want: []string{lint.VacuousPass}},
		{name: "a list that is asked for empty", policy: "rule r when a.names !empty { a.names == \"x\" }"},
		{name: "plural truth", policy: `rule r { a.BlockPublicPolicies == true }`},
		{name: "missing, asked for in when", policy: `rule r when a.b exists { a.b != 1 }`},
		{name: "missing, asked for on a line", policy: "rule r { a.b exists\n a.b != 1 }"},
		{name: "missing, the list is asked for", policy: `rule r when a.b !empty { a.b[*].c != 1 }`},
		{name: "missing, only the parent is asked for", policy: `rule r when a exists { a.b != 1 }`, want: []string{lint.MissingFails}},
		{name: "missing in a block, asked for outside of it", policy: `rule r when b exists { a { b != 1 } }`, want: []string{lint.MissingFails}},
		{name: "missing in a filter", policy: `rule r { a[ b != 1 ] empty }`, want: []string{lint.MissingSkips}},
		{name: "always there", policy: `rule r when resourceType != "AWS::EC2::Instance" { a == 1 }`},
		{name: "a condition that skips with its rule", policy: "rule a when x exists { x == 1 }\nrule b when a { y == 1 }"},
		{name: "a negated condition", policy: "rule a when x exists { x == 1 }\nrule b when not a { y == 1 }", want: []string{lint.SkipAsFail}},
		{name: "a rule that never skips", policy: "rule a { x == 1 }\nrule b {\n a\n}"},
		{name: "a rule whose filter may select nothing", policy: "rule a { x[ y == 1 ].z == 1 }\nrule b {\n a\n}", want: []string{lint.SkipAsFail}},
		{name: "a filter over members", policy: `rule r { Resources.*[ Type == "x" ].Properties exists }`, dialect: v3},
		{name: "a filter after a variable", policy: "let x = a[*]\nrule r { %x[*][ y == 1 ] empty }"},
		{name: "a filter after an index", policy: `rule r { a[0][ y == 1 ] empty }`, want: []string{lint.FilterAfterFilter}},
		{name: "an index of a variable", policy: "let x = a\nrule r { %x[0] == 1 }"},
		{name: "a block over a list by name", policy: "let x = a.layers\nrule r { %x { b == 1 } }", want: []string{lint.VariableList}},
		{name: "a map by name", policy: "let x = configuration\nrule r { %x.b == 1 }"},
		{name: "empty after a filter", policy: "let x = a[ b == 1 ]\nrule r { %x empty }"},
		{name: "the document as an argument", policy: "let doc = this\nrule p(d) { %d { Resources.X exists } }\nrule r { p(%doc) }", dialect: v3},
		{name: "other Resources", policy: `rule r { Statement[*] { Resources[*] == "x" } }`, dialect: v3},
		{name: "parameters in a filter", policy: `rule r { a[ b == CONFIG_RULE_PARAMETERS.X ] empty }`, want: []string{lint.RootInScope}},
		{name: "variables of a caller", policy: "rule p(x) { %x == %y }\nrule r { let y = \"z\"\n p(a) }"},
		{name: "a captured name", policy: "rule r { a[ k ].b exists\n %k == /x/ }"},
		{name: "no such rule", policy: "rule r {\n a\n}", want: []string{lint.UndefinedName}},
		{name: "no such function", policy: `rule r { a == count_all(b) }`, dialect: v3, want: []string{lint.UndefinedName}},
		{name: "too few arguments", policy: "rule p(x, y) { %x == 1 }\nrule r { p(a) }", want: []string{lint.UndefinedName}},
		{name: "rules in a circle", policy: "rule a {\n b\n}\nrule b {\n a\n}", want: []string{lint.Recursion, lint.Recursion}},
		{name: "functions in dialect 3", policy: "let n = count(a)\nrule r { %n >= 1 }", dialect: v3},
		{name: "lookaround in dialect 3", policy: `rule r { a == /^(?!x)/ }`, dialect: v3},
		{name: "a type block in dialect 3", policy: `AWS::S3::Bucket { Properties.X exists }`, dialect: v3},
		{name: "a condition at the root", policy: `AWS::S3::Bucket when Parameters.Stage exists { Properties.X exists }`, dialect: v3},
		{name: "too long for AWS Config only", policy: "rule r { a == 1 }\n#" + strings.Repeat("x", 10_000), dialect: v3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, codes(t, tt.policy, tt.dialect)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPublishedRule lints the clause of the rule for outdated layers that AWS
// publishes, in the shape it has there.
func TestPublishedRule(t *testing.T) {
	const policy = `rule desiredlayer when configuration.layers !empty {
    some configuration.layers[*].arn != CONFIG_RULE_PARAMETERS.OldLayerArn
}
`
	found, err := lint.Source([]byte(policy), lint.Options{Name: "layers.guard"})
	if err != nil {
		t.Fatal(err)
	}
	type said struct{ Code, Rule, Text, Rewrite string }
	var got []said
	for _, f := range found {
		got = append(got, said{f.Code, f.Rule, f.Text, f.Rewrite})
	}
	const (
		clause  = "some configuration.layers[*].arn != CONFIG_RULE_PARAMETERS.OldLayerArn"
		rewrite = "configuration.layers[*].arn not in CONFIG_RULE_PARAMETERS.OldLayerArn"
	)
	want := []said{
		{lint.QueryInequality, "desiredlayer", clause, rewrite},
		{lint.SomeInequality, "desiredlayer", clause, rewrite},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSourceRefuses(t *testing.T) {
	tests := []struct {
		name, policy string
		dialect      syntax.Dialect
	}{
		{name: "not Guard", policy: "rule r { a = 1 }"},
		{name: "not Guard, and a function", policy: "let n = count(a)\nrule r { %n = 1 }"},
		{name: "a bad pattern", policy: "rule r { a == /(/ }", dialect: syntax.DialectV3},
		{name: "nothing at all", policy: "# only a comment\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := lint.Source([]byte(tt.policy), lint.Options{Dialect: tt.dialect})
			if _, ok := errors.AsType[syntax.Diagnostics](err); !ok {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
}

func FuzzSource(f *testing.F) {
	for _, e := range lint.Entries() {
		if len(e.Avoid) < 1000 {
			f.Add(e.Avoid, false)
			f.Add(e.Prefer, true)
		}
	}
	if probes, err := os.ReadFile("../testdata/probes.json"); err == nil {
		for line := range strings.SplitSeq(string(probes), "\n") {
			if _, text, ok := strings.Cut(line, `"rules": "`); ok {
				f.Add(strings.NewReplacer(`\n`, "\n", `\"`, `"`).Replace(text), true)
			}
		}
	}
	f.Fuzz(func(t *testing.T, policy string, v3 bool) {
		d := syntax.DialectConfig
		if v3 {
			d = syntax.DialectV3
		}
		found, err := lint.Source([]byte(policy), lint.Options{Dialect: d})
		if err != nil && len(found) > 0 {
			t.Error("findings and an error")
		}
		for _, x := range found {
			if _, known := lint.Describe(x.Code); !known || x.Message == "" {
				t.Errorf("%+v is not described", x)
			}
			if x.Span.Start < 0 || x.Span.Start > x.Span.End || x.Span.End > len(policy) {
				t.Errorf("%s is at %v of %d", x.Code, x.Span, len(policy))
			}
			if x.RewriteSpan.Start < 0 || x.RewriteSpan.Start > x.RewriteSpan.End || x.RewriteSpan.End > len(policy) {
				t.Errorf("%s rewrites %v of %d", x.Code, x.RewriteSpan, len(policy))
			}
		}
	})
}
