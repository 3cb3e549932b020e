package prune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// accept marks the pairs that the user named, as ACCOUNT/REGION or ACCOUNT. A name that
// no such pair has is an error: it would be accepted for another day.
func accept(dark []fleet.NotCovered, names []string) ([]NotCovered, error) {
	out := make([]NotCovered, 0, len(dark))
	slices.SortStableFunc(dark, func(a, b fleet.NotCovered) int { return a.Pair.Compare(b.Pair) })
	for _, n := range slices.CompactFunc(dark, func(a, b fleet.NotCovered) bool { return a.Pair == b.Pair }) {
		out = append(out, NotCovered{NotCovered: n})
	}
	for _, name := range names {
		account, region, one := strings.Cut(name, "/")
		if !layer.ValidAccount(account) || one && !layer.ValidRegion(region) {
			return nil, hint.With(fmt.Errorf("--accept-not-covered %q is neither ACCOUNT nor ACCOUNT/REGION", name), "such as 100000000001/us-east-1")
		}
		found := false
		for i := range out {
			if out[i].AccountID == account && (!one || out[i].Region == region) {
				out[i].Accepted, found = true, true
			}
		}
		if !found {
			return nil, hint.With(fmt.Errorf("--accept-not-covered %s: everything there is covered, or it was not asked about", name),
				"leave it out: only what is not covered needs to be accepted")
		}
	}
	return out, nil
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
