package stage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stage"
)

// below puts accounts into OUs by their last digit: ou-0 to ou-9.
func below(account, unit string) bool { return strings.HasSuffix(unit, account[len(account)-1:]) }

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pairs []fleet.Pair
		accounts := map[string]bool{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 399), 1, 200).Draw(t, "pairs") {
			p := fleet.Pair{AccountID: fmt.Sprintf("%012d", n/4), Region: fmt.Sprintf("r%d", n%4)}
			pairs = append(pairs, p)
			accounts[p.AccountID] = true
		}
		var specs []stage.Spec
		for _, text := range rapid.SliceOfN(rapid.SampledFrom([]string{"ou=ou-3", "region=r1", "accounts=000000000001,000000000002", "1%", "10%", "50%", "100%", "rest"}), 0, 5).Draw(t, "stages") {
			s, err := stage.Parse(text)
			if err != nil || s.String() != text {
				t.Fatalf("%s is read as %v, %v", text, s, err)
			}
			specs = append(specs, s)
		}
		stages, err := stage.Split(pairs, below, append(specs, stage.Rest()))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[fleet.Pair]bool{}
		reached := map[string]bool{}
		for _, st := range stages {
			for _, p := range st.Pairs {
				if seen[p] {
					t.Fatalf("%v is in two stages", p)
				}
				seen[p] = true
				reached[p.AccountID] = true
			}
			percent := 0
			if _, err := fmt.Sscanf(st.Name, "%d%%", &percent); err == nil && len(reached)*100 < percent*len(accounts) {
				t.Fatalf("after %s %d of %d accounts were reached", st.Name, len(reached), len(accounts))
			}
			if len(st.Pairs) == 0 || !slices.IsSortedFunc(st.Pairs, fleet.Pair.Compare) {
				t.Fatalf("stage %s: %v", st.Name, st.Pairs)
			}
		}
		for _, p := range pairs {
			if !seen[p] {
				t.Fatalf("%v is in no stage", p)
			}
		}
	})
}

// TestPercentIsStable holds that an account stays in its stage when others join.
func TestPercentIsStable(t *testing.T) {
	var pairs []fleet.Pair
	for i := range 100 {
		pairs = append(pairs, fleet.Pair{AccountID: fmt.Sprintf("%012d", i), Region: "r"})
	}
	first := func(list []fleet.Pair) []fleet.Pair {
		stages, err := stage.Split(list, below, []stage.Spec{{Percent: 10}, stage.Rest()})
		if err != nil {
			t.Fatal(err)
		}
		return stages[0].Pairs
	}
	few, all := first(pairs[:90]), first(pairs)
	moved := 0
	for _, p := range few {
		if !slices.Contains(all, p) {
			moved++
		}
	}
	if moved > 2 {
		t.Errorf("%d of %d accounts left the first stage when 10 joined 90", moved, len(few))
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{"", "0%", "101%", "x%", "ou=", "regions=r", "10", "rest%"} {
		if s, err := stage.Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, s)
		}
	}
	if _, err := stage.Split([]fleet.Pair{{AccountID: "000000000001", Region: "r"}}, below, []stage.Spec{{Region: "other"}}); err == nil || !strings.Contains(err.Error(), "000000000001/r") {
		t.Errorf("pairs left over: %v", err)
	}
}
