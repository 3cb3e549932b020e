package stackset

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// MaxUnits is how many OUs one call takes (control.md §1).
const MaxUnits = 50

// Target is where one call goes: accounts × Regions. In service-managed sets the accounts are those below Units that
// Accounts names, or all below Units if it names none.
type Target struct {
	Units, Accounts, Regions []string
}

// Empty says whether the target names no place.
func (t Target) Empty() bool {
	return len(t.Regions) == 0 || len(t.Units) == 0 && len(t.Accounts) == 0
}

func (t Target) accounts() []string {
	if len(t.Units) > 0 {
		return nil
	}
	return t.Accounts
}

func (t Target) deployment() *types.DeploymentTargets {
	if len(t.Units) == 0 {
		return nil
	}
	to := &types.DeploymentTargets{OrganizationalUnitIds: t.Units}
	if len(t.Accounts) > 0 {
		// The filter's default is the union: all of the unit.
		to.Accounts, to.AccountFilterType = t.Accounts, types.AccountFilterTypeIntersection
	}
	return to
}

// Place is a pair and the OU or root that leads there, which is empty in self-managed sets.
type Place struct {
	fleet.Pair
	Unit string
}

// Exactly are the fewest targets that cover these places and no other: a call is a product of accounts and Regions,
// AWS refuses a whole update for one pair of it without an instance, and a pair too many would be changed before its
// time. No target names more than [MaxUnits] units.
func Exactly(places []Place) []Target {
	type block struct {
		accounts []string
		units    map[string]string // by account
	}
	regionsOf := map[string][]string{}
	unitOf := map[string]string{}
	for _, p := range places {
		if !slices.Contains(regionsOf[p.AccountID], p.Region) {
			regionsOf[p.AccountID] = append(regionsOf[p.AccountID], p.Region)
		}
		unitOf[p.AccountID] = p.Unit
	}
	// Accounts with the same Regions go together.
	blocks := map[string]*block{}
	var keys []string
	for id, regions := range regionsOf {
		slices.Sort(regions)
		key := strings.Join(regions, ",")
		if blocks[key] == nil {
			blocks[key] = &block{units: map[string]string{}}
			keys = append(keys, key)
		}
		blocks[key].accounts = append(blocks[key].accounts, id)
		blocks[key].units[id] = unitOf[id]
	}
	slices.Sort(keys)
	var out []Target
	for _, key := range keys {
		b := blocks[key]
		slices.SortFunc(b.accounts, func(x, y string) int {
			if c := strings.Compare(b.units[x], b.units[y]); c != 0 {
				return c
			}
			return strings.Compare(x, y)
		})
		t := Target{Regions: strings.Split(key, ",")}
		for _, id := range b.accounts {
			u := b.units[id]
			if u != "" && !slices.Contains(t.Units, u) {
				if len(t.Units) == MaxUnits {
					out = append(out, t)
					t = Target{Regions: t.Regions}
				}
				t.Units = append(t.Units, u)
			}
			t.Accounts = append(t.Accounts, id)
		}
		out = append(out, t)
	}
	return out
}

// PlacesOf are the places of instances that want selects.
func PlacesOf(list []Instance, want func(Instance) bool) []Place {
	var out []Place
	for _, i := range list {
		if want(i) {
			out = append(out, Place{Pair: i.Pair, Unit: i.Unit})
		}
	}
	return out
}
