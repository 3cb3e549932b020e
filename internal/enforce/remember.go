package enforce

import (
	"context"
	"maps"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// remembered is what the template keeps of the targets, so that a deployment that was cut short is not taken for a
// complete one: units where the accounts that join them count too, else the accounts.
func (t *targets) remembered() map[string]runbook.Targets {
	here := runbook.Targets{Units: t.units}
	if t.restricted || t.units == nil {
		here = runbook.Targets{Accounts: ids(t.accounts)}
	}
	out := map[string]runbook.Targets{}
	for _, region := range t.regions {
		out[region] = here
	}
	return out
}

// join are the targets of both: deploying somewhere else besides takes nothing away.
func join(a, b map[string]runbook.Targets) map[string]runbook.Targets {
	both := func(x, y []string) []string {
		return slices.Compact(slices.Sorted(slices.Values(slices.Concat(x, y))))
	}
	out := maps.Clone(b)
	for region, was := range a {
		out[region] = runbook.Targets{Units: both(was.Units, out[region].Units), Accounts: both(was.Accounts, out[region].Accounts)}
	}
	return out
}

// unreached are the pairs that the set was meant for and has no instance in.
func (s *set) unreached(ctx context.Context, a *access.Access, have []instance) ([]fleet.NotCovered, error) {
	if len(s.targets) == 0 {
		return nil, nil
	}
	tree, err := org.ReadTree(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	stands := map[fleet.Pair]bool{}
	for _, i := range have {
		stands[i.Pair] = true
	}
	var out []fleet.NotCovered
	for region, to := range s.targets {
		for id, reason := range meant(tree, to) {
			if p := (fleet.Pair{AccountID: id, Region: region}); !stands[p] {
				out = append(out, fleet.NotCovered{Pair: p, Reason: fleet.Reason{Code: reason}})
			}
		}
	}
	slices.SortFunc(out, func(x, y fleet.NotCovered) int { return x.Pair.Compare(y.Pair) })
	return out, nil
}

// meant are the accounts of some targets, each with the reason that it has if no instance is there.
func meant(tree *org.Organization, to runbook.Targets) map[string]fleet.Code {
	out := map[string]fleet.Code{}
	for _, id := range to.Accounts {
		out[id] = fleet.OutsideOrganization
	}
	for _, acct := range tree.Accounts {
		_, named := out[acct.ID]
		switch {
		case !named && (!tree.Below(acct, to.Units) || acct.ID == tree.ManagementID):
			// StackSets leaves the management account out of its units.
		case !acct.Active():
			out[acct.ID] = acct.Reason()
		default:
			out[acct.ID] = fleet.NotDeployed
		}
	}
	return out
}
