package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// survey is what a question covers: the pairs asked about, and those of them that are
// not covered. Both sources begin with it, so that they count alike.
type survey struct {
	asked      []fleet.Pair
	notCovered []fleet.NotCovered
	excluded   map[fleet.Pair]bool // the pairs in notCovered
	all        bool                // no account was singled out
	known      map[string]bool     // the accounts asked about
	narrow     []string            // the Regions asked about; empty for all
	notes      []string
}

// exclude notes why a pair is not covered; the first reason stays.
func (s *survey) exclude(p fleet.Pair, why fleet.Code, err error) {
	if s.excluded[p] {
		return
	}
	n := fleet.NotCovered{Pair: p, Reason: fleet.Reason{Code: why}}
	if err != nil {
		n.Detail = access.Message(err)
	}
	s.excluded[p] = true
	s.notCovered = append(s.notCovered, n)
}

// remaining lists the pairs that nothing is known to exclude yet.
func (s *survey) remaining() []fleet.Pair {
	var pairs []fleet.Pair
	for _, p := range s.asked {
		if !s.excluded[p] {
			pairs = append(pairs, p)
		}
	}
	return pairs
}

func (s *survey) has(region string) bool {
	return slices.ContainsFunc(s.asked, func(p fleet.Pair) bool { return p.Region == region })
}

// wants reports whether a function of pair p belongs in the answer. Accounts that
// the organization does not list (any more) do when every account was asked about:
// what is known to be there is not hidden.
func (s *survey) wants(p fleet.Pair) bool {
	return (s.all || s.known[p.AccountID]) && (len(s.narrow) == 0 || slices.Contains(s.narrow, p.Region))
}

func (s *survey) coverage() fleet.Coverage { return fleet.Cover(s.asked, s.notCovered) }

// newSurvey finds the accounts and Regions asked about, and tries the role in each.
func newSurvey(ctx context.Context, a *access.Access, r Request) (*survey, error) {
	read := org.Read
	if len(r.Units) > 0 {
		read = org.ReadTree
	}
	o, err := read(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	accounts, err := o.Select(r.Selection)
	if err != nil {
		return nil, err
	}
	home := r.Regions
	if len(home) == 0 {
		if home, err = org.EnabledRegions(ctx, a.Account(a.Caller().Account), ""); err != nil {
			if access.Denied(err) {
				err = hint.With(access.AtStart(err), "allow account:ListRegions, or name the Regions with --regions")
			}
			return nil, err
		}
	}
	visits := make([]visit, len(accounts))
	err = parallel.Each(ctx, len(accounts), concurrency, r.report("reaching accounts"), func(ctx context.Context, i int) error {
		visits[i] = visitAccount(ctx, a, accounts[i])
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	s := &survey{excluded: map[fleet.Pair]bool{}, known: map[string]bool{}, all: r.All(), narrow: r.Regions}
	for i, account := range accounts {
		s.add(account, visits[i], home, len(r.Regions) > 0)
	}
	if len(r.Regions) == 0 {
		s.notes = assumed(accounts, visits, a.Caller().Account)
	}
	if len(s.asked) == 0 {
		return nil, fmt.Errorf("no account has any of the Regions asked about")
	}
	return s, nil
}

// visit is what a first call to an account gave.
type visit struct {
	err     error    // why it cannot be reached
	regions []string // enabled there; nil when that is not known
}

func visitAccount(ctx context.Context, a *access.Access, one org.Account) visit {
	if !one.Active() {
		return visit{}
	}
	if err := a.Reach(ctx, one.ID); err != nil {
		return visit{err: err}
	}
	// The role's own right first: asking from the organization's side takes trusted
	// access for Account Management.
	regions, err := org.EnabledRegions(ctx, a.Account(one.ID), "")
	if err != nil && one.ID != a.Caller().Account {
		regions, err = org.EnabledRegions(ctx, a.Account(a.Caller().Account), one.ID)
	}
	if err != nil {
		return visit{}
	}
	return visit{regions: regions}
}

// fewIDs is how many accounts a sentence can name.
const fewIDs = 3

// assumed notes the accounts whose Regions could not be read, so that those of home
// stand in for them: a Region that only they enabled is missing from the coverage.
func assumed(accounts []org.Account, visits []visit, home string) []string {
	var ids []string
	for i, one := range accounts {
		if one.Active() && visits[i].err == nil && visits[i].regions == nil {
			ids = append(ids, one.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	which := strings.Join(ids, ", ")
	if len(ids) > fewIDs {
		which = strings.Join(ids[:fewIDs], ", ") + " and " + count.Of(len(ids)-fewIDs, "other account")
	}
	return []string{fmt.Sprintf("the enabled Regions of %s could not be read (account:ListRegions): those of account %s were used instead", which, home)}
}

// add counts the pairs of an account. Regions that were asked for by name count
// even where they are not enabled; else only enabled ones do.
func (s *survey) add(account org.Account, v visit, regions []string, byName bool) {
	s.known[account.ID] = true
	if v.regions != nil && !byName {
		regions = v.regions
	}
	for _, region := range regions {
		p := fleet.Pair{AccountID: account.ID, Region: region}
		s.asked = append(s.asked, p)
		switch {
		case !account.Active():
			s.exclude(p, account.Reason(), nil)
		case v.err != nil:
			s.exclude(p, reasonFor(v.err), v.err)
		case v.regions != nil && !slices.Contains(v.regions, region):
			s.exclude(p, fleet.RegionNotEnabled, nil)
		}
	}
}

// reasonFor tells a refusal from every other error.
func reasonFor(err error) fleet.Code {
	if access.Denied(err) {
		return fleet.RoleDenied
	}
	return fleet.Unreadable
}
