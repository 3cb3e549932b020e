package enforce

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/stage"
)

// split makes the stages: of the pairs that are asked for, and of those that the set has already and that get the new
// template too. The first stage that a new template is sent to must have a pair with an instance.
func (p *Plan) split() error {
	pairs := map[fleet.Pair]bool{}
	for _, place := range p.targets.places(p.targets.accounts, p.Regions) {
		pairs[place.Pair] = true
	}
	existing := map[fleet.Pair]bool{}
	if p.deployed != nil {
		for _, i := range p.deployed.instances {
			pairs[i.Pair], existing[i.Pair] = true, true
		}
	}
	specs, err := p.specs(pairs)
	if err != nil {
		return err
	}
	p.stages, err = stage.Split(slices.Collect(maps.Keys(pairs)), p.below, specs)
	if err != nil {
		return err
	}
	if len(existing) > 0 {
		slices.SortStableFunc(p.stages, func(x, y stage.Stage) int {
			first := func(s stage.Stage) int {
				if slices.ContainsFunc(s.Pairs, func(q fleet.Pair) bool { return existing[q] }) {
					return 0
				}
				return 1
			}
			return first(x) - first(y)
		})
	}
	return nil
}

// below says whether an account is in an OU, by the OU's id or name.
func (p *Plan) below(account, unit string) bool {
	u, err := p.targets.tree.Unit(unit)
	if err != nil {
		return false
	}
	i := slices.IndexFunc(p.targets.tree.Accounts, func(a org.Account) bool { return a.ID == account })
	return i >= 0 && p.targets.tree.Below(p.targets.tree.Accounts[i], []string{u.ID})
}

// specs are the canary and the rest. The canary is an OU or a Region; by default the organization's own OU called
// canary, or else the first Region of several.
func (p *Plan) specs(pairs map[fleet.Pair]bool) ([]stage.Spec, error) {
	switch canary := p.options.Canary; {
	case canary == "none":
		return []stage.Spec{stage.Rest()}, nil
	case canary == "":
		for _, u := range p.targets.tree.Units {
			if strings.EqualFold(u.Name, "canary") {
				for pair := range pairs {
					if p.below(pair.AccountID, u.ID) {
						return []stage.Spec{{Unit: u.Name}, stage.Rest()}, nil
					}
				}
			}
		}
		return []stage.Spec{{Region: p.Regions[0]}, stage.Rest()}, nil
	case slices.Contains(p.Regions, canary):
		return []stage.Spec{{Region: canary}, stage.Rest()}, nil
	default:
		if _, err := p.targets.tree.Unit(canary); err != nil {
			return nil, fmt.Errorf("--canary %s is neither one of the Regions nor an OU: %w", canary, err)
		}
		return []stage.Spec{{Unit: canary}, stage.Rest()}, nil
	}
}
