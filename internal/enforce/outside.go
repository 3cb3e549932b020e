package enforce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/move"
)

// outside refuses a deployment to a part of the fleet that would change what the set enforces in other pairs too: a
// stack set has one template, and all of its instances get it in the end. Other Regions keep their versions, so a
// deployment may be to some of the Regions.
func (p *Plan) outside() error {
	if p.deployed == nil {
		return nil
	}
	chosen := map[fleet.Pair]bool{}
	for _, place := range p.targets.places(p.targets.accounts, p.Regions) {
		chosen[place.Pair] = true
	}
	differs := map[string]bool{}
	var pairs []fleet.Pair
	for _, i := range p.deployed.instances {
		if chosen[i.Pair] || i.Suspended() || i.Inoperable() {
			continue
		}
		if _, known := differs[i.Region]; !known {
			differs[i.Region] = p.Automatic != p.deployed.content.Automatic || !sameIn(i.Region, p.deployed.moves(i.Region), p.Moves)
		}
		if differs[i.Region] {
			pairs = append(pairs, i.Pair)
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	slices.SortFunc(pairs, fleet.Pair.Compare)
	const most = 5
	var names []string
	for _, pair := range pairs[:min(most, len(pairs))] {
		names = append(names, pair.String())
	}
	text := strings.Join(names, ", ")
	if more := len(pairs) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return hint.With(fmt.Errorf("stack set %s is also in %s that are not chosen, and what it enforces there would change too: %s", p.StackSet, count.Of(len(pairs), "pair"), text),
		"choose all accounts of the set; --canary says which part gets the change first")
}

// sameIn says whether moves do the same in a Region.
func sameIn(region string, a, b []move.Move) bool {
	here := func(list []move.Move) []move.Move {
		var out []move.Move
		for _, m := range list {
			if r, ok := m.In(region); ok {
				m.Regions, m.Release = map[string]move.Region{region: r}, ""
				out = append(out, m)
			}
		}
		return move.Sorted(out)
	}
	return slices.EqualFunc(here(a), here(b), move.Move.Equal)
}
