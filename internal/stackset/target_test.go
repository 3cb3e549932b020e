package stackset_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// TestExactly holds that targets cover the places and nothing else, whatever their form: what AWS makes of a target is
// the product of its accounts and Regions.
func TestExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.IntRange(0, 120).Draw(t, "units")
		unitOf := func(account int) string {
			if units == 0 {
				return ""
			}
			return fmt.Sprintf("ou-%03d", account%units)
		}
		want := map[fleet.Pair]bool{}
		var places []stackset.Place
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 799), 1, 300).Draw(t, "pairs") {
			account := n / 4
			p := fleet.Pair{AccountID: fmt.Sprintf("%012d", account), Region: fmt.Sprintf("r%d", n%4)}
			if !want[p] {
				want[p] = true
				places = append(places, stackset.Place{Pair: p, Unit: unitOf(account)})
			}
		}
		targets := stackset.Exactly(places)
		got := map[fleet.Pair]bool{}
		for _, to := range targets {
			if to.Empty() || len(to.Units) > stackset.MaxUnits || (units == 0) != (len(to.Units) == 0) {
				t.Fatalf("target %+v", to)
			}
			for _, id := range to.Accounts {
				if n := 0; units > 0 {
					if _, err := fmt.Sscanf(id, "%d", &n); err != nil || !slices.Contains(to.Units, unitOf(n)) {
						t.Fatalf("account %s is below none of %v", id, to.Units)
					}
				}
				for _, region := range to.Regions {
					p := fleet.Pair{AccountID: id, Region: region}
					if got[p] {
						t.Fatalf("%v twice", p)
					}
					got[p] = true
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d pairs, want %d", len(got), len(want))
		}
		for p := range want {
			if !got[p] {
				t.Fatalf("%v is missing", p)
			}
		}
		if most := 15 * (1 + units/stackset.MaxUnits); len(targets) > most { // 15 non-empty sets of 4 Regions
			t.Fatalf("%d targets, at most %d are needed", len(targets), most)
		}
	})
}

func TestOperationID(t *testing.T) {
	id := stackset.OperationID{Set: "0a1b-22", Revision: 17, Stage: 2, Attempt: 1}
	if got := id.String(); got != "0a1b-22-r17-s2-a1" {
		t.Error(got)
	}
	if got, ok := stackset.ParseOperationID(id.String()); !ok || got != id {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, foreign := range []string{"", "0a1b", "0a1b-r1-s2", "-r1-s1-a1", "x-r1-s1-a99999999999999999999"} {
		if got, ok := stackset.ParseOperationID(foreign); ok {
			t.Errorf("%s is read as %+v", foreign, got)
		}
	}
}
