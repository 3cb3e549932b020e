package enforce

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce/parts"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/org"
)

// remembered is what the template keeps of the targets, so that a deployment that was cut short is not taken for a
// complete one: units where the accounts that join them count too, else the accounts.
func (t *targets) remembered() parts.Targets {
	if t.restricted || t.units == nil {
		return parts.Targets{Accounts: ids(t.accounts)}
	}
	return parts.Targets{Units: t.units}
}

// join are the targets of both: deploying somewhere else besides takes nothing away.
func join(a, b parts.Targets) parts.Targets {
	both := func(x, y []string) []string {
		return slices.Compact(slices.Sorted(slices.Values(slices.Concat(x, y))))
	}
	return parts.Targets{Units: both(a.Units, b.Units), Accounts: both(a.Accounts, b.Accounts)}
}

// unreached are the pairs that the set was meant for and has no instance in.
func (s *set) unreached(ctx context.Context, a *access.Access, have []instance) ([]fleet.NotCovered, error) {
	if len(s.targets.Units)+len(s.targets.Accounts) == 0 {
		return nil, nil
	}
	tree, err := org.ReadTree(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	wanted := map[string]fleet.Reason{}
	for _, id := range s.targets.Accounts {
		wanted[id] = fleet.OutsideOrganization
	}
	for _, acct := range tree.Accounts {
		_, named := wanted[acct.ID]
		if !named && (!tree.Below(acct, s.targets.Units) || acct.ID == tree.ManagementID) {
			continue // StackSets leaves the management account out of its units
		}
		wanted[acct.ID] = fleet.NotDeployed
		if !acct.Active() {
			wanted[acct.ID] = acct.Reason()
		}
	}
	var out []fleet.NotCovered
	for id, reason := range wanted {
		for _, region := range s.regions {
			p := fleet.Pair{AccountID: id, Region: region}
			if !slices.ContainsFunc(have, func(i instance) bool { return i.Pair == p }) {
				out = append(out, fleet.NotCovered{Pair: p, Reason: reason})
			}
		}
	}
	slices.SortFunc(out, func(x, y fleet.NotCovered) int { return x.Pair.Compare(y.Pair) })
	return out, nil
}
