package fleet_test

import (
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
