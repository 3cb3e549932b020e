package prune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// accept marks the pairs that the user named, as ACCOUNT/REGION or ACCOUNT. One that can
// be seen again is a note: a scheduled job must not break when things get better. An
// account that the organization does not have is an error: it would be accepted for
// another day.
func accept(unseen []fleet.NotCovered, o Options, organization *org.Organization) (out []NotCovered, notes []string, err error) {
	out = make([]NotCovered, 0, len(unseen))
	slices.SortStableFunc(unseen, func(a, b fleet.NotCovered) int { return a.Pair.Compare(b.Pair) })
	for _, n := range slices.CompactFunc(unseen, func(a, b fleet.NotCovered) bool { return a.Pair == b.Pair }) {
		out = append(out, NotCovered{NotCovered: n})
	}
	for _, name := range o.AcceptNotCovered {
		account, region, one := strings.Cut(name, "/")
		if !layer.ValidAccount(account) || one && !layer.ValidRegion(region) {
			return nil, nil, hint.With(fmt.Errorf("--accept-not-covered %q is neither ACCOUNT nor ACCOUNT/REGION", name), "such as 100000000001/us-east-1")
		}
		found := false
		for i := range out {
			if out[i].AccountID == account && (!one || out[i].Region == region) {
				out[i].Accepted, found = true, true
			}
		}
		member := slices.ContainsFunc(organization.Accounts, func(a org.Account) bool { return a.ID == account })
		switch {
		case found:
		case !member:
			return nil, nil, fmt.Errorf("--accept-not-covered %s: the organization has no account %s", name, account)
		case one && !slices.Contains(o.Regions, region):
			notes = append(notes, fmt.Sprintf("--accept-not-covered %s is not needed: nothing is asked about %s", name, region))
		default:
			notes = append(notes, fmt.Sprintf("--accept-not-covered %s is not needed: everything there is covered", name))
		}
	}
	return out, notes, nil
}

// accepted are the layers and layer versions whose use outside the organization does
// not count.
type accepted []layer.Selector

// readAccepted reads names, layer ARNs and layer version ARNs. One that means no
// version of the lists is an error.
func readAccepted(texts []string, lists [][]versions.Version) (accepted, error) {
	var out accepted
	for _, text := range texts {
		sel, err := layer.ParseSelector(text, 0)
		if err != nil {
			return nil, fmt.Errorf("--accept-outside: %w", err)
		}
		matches := slices.ContainsFunc(lists, func(list []versions.Version) bool {
			return slices.ContainsFunc(list, func(v versions.Version) bool { return sel.Match(v.VersionARN) })
		})
		if !matches {
			return nil, hint.With(fmt.Errorf("--accept-outside %s is none of the layer versions looked at", text), "leave it out, or widen --layer and --regions")
		}
		out = append(out, sel)
	}
	return out, nil
}

func (a accepted) has(v layer.VersionARN) bool {
	return slices.ContainsFunc(a, func(s layer.Selector) bool { return s.Match(v) })
}
