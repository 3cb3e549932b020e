package fleet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
)

func TestCoverCountsEveryPairOnce(t *testing.T) {
	a, b, c := fleet.Pair{AccountID: "1", Region: "r"}, fleet.Pair{AccountID: "2", Region: "r"}, fleet.Pair{AccountID: "3", Region: "r"}
	got := fleet.Cover([]fleet.Pair{a, b, a}, []fleet.NotCovered{
		{Pair: b, Reason: fleet.Reason{Code: fleet.NoRecorder}},
		{Pair: b, Reason: fleet.Reason{Code: fleet.SourceFailed}},
		{Pair: c, Reason: fleet.Reason{Code: fleet.RoleDenied}},
	})
	want := fleet.Coverage{Pairs: 2, Covered: 1, NotCovered: []fleet.NotCovered{{Pair: b, Reason: fleet.Reason{Code: fleet.NoRecorder}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMatchingKeepsOrder(t *testing.T) {
	const one, two, other = "arn:aws:lambda:eu-west-1:111122223333:layer:a:1", "arn:aws:lambda:eu-west-1:111122224444:layer:a:9", "arn:aws:lambda:::awslayer:X"
	f := fleet.Function{Layers: []string{two, other, one}}
	if diff := cmp.Diff([]string{two, one}, f.Matching(layer.Selector{Name: "a"})); diff != "" {
		t.Error(diff)
	}
}

// Every constant of type Code needs its sentence.
func TestEveryReasonHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Code" {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		if !fleet.Code(code).Known() {
			t.Errorf("%s has no sentence", code)
		}
		return true
	})
	if seen < 20 {
		t.Errorf("only %d constants were found", seen)
	}
}
