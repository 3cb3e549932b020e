// Package fleet holds the values that every part of layerfleet speaks in: pairs of
// account and Region, functions with their layers, coverage and reason codes.
// It knows no AWS client and does no I/O.
package fleet

import (
	"cmp"
	"slices"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// Pair is one account in one Region: the unit of quota, coverage and deployment.
type Pair struct {
	AccountID string `json:"account_id"`
	Region    string `json:"region"`
}

// String gives ACCOUNT/REGION.
func (p Pair) String() string { return p.AccountID + "/" + p.Region }

// Compare orders pairs by account, then Region.
func (p Pair) Compare(q Pair) int {
	return cmp.Or(cmp.Compare(p.AccountID, q.AccountID), cmp.Compare(p.Region, q.Region))
}

// Function is a Lambda function as far as its layers are concerned.
type Function struct {
	Pair
	Name string `json:"function_name"`
	// ARN is unqualified: it names the function, not one of its versions.
	ARN string `json:"function_arn"`
	// Version is "$LATEST", or the number of a published version.
	Version string `json:"version"`
	// Runtime is Lambda's identifier; empty for container images.
	Runtime string `json:"runtime"`
	// PackageType is "Zip" or "Image", which takes no layers; empty where it was not read.
	PackageType string `json:"package_type,omitempty"`
	// Architectures are "x86_64" or "arm64"; none where they were not read.
	Architectures []string `json:"architectures,omitempty"`
	// Layers are layer version ARNs in the function's own order, which is the
	// order in which their files overwrite each other.
	Layers []string `json:"layers"`
	// Tags are all tags of the function if TagsKnown says that they were read.
	Tags      map[string]string `json:"tags,omitempty"`
	TagsKnown bool              `json:"tags_known,omitempty"`
}

// Compare orders functions by pair, name and version.
func (f Function) Compare(g Function) int {
	return cmp.Or(f.Pair.Compare(g.Pair), cmp.Compare(f.Name, g.Name), cmp.Compare(f.Version, g.Version))
}

// Matching lists the layers of f that sel picks, in the function's order.
// What is not a layer version ARN is never picked.
func (f Function) Matching(sel layer.Selector) []string {
	var matched []string
	for _, text := range f.Layers {
		if v, err := layer.ParseVersionARN(text); err == nil && sel.Match(v) {
			matched = append(matched, text)
		}
	}
	return matched
}

// Coverage says which pairs could be seen at all.
type Coverage struct {
	Pairs      int          `json:"pairs"` // asked for
	Covered    int          `json:"covered"`
	NotCovered []NotCovered `json:"not_covered"`
}

// NotCovered is a pair that could not be seen, and why.
type NotCovered struct {
	Pair
	Reason
}

// Cover makes the coverage of the pairs asked for, given those that could not be
// seen. A pair is counted once however many reasons it has; the first one given is
// kept.
func Cover(asked []Pair, notCovered []NotCovered) Coverage {
	c := Coverage{NotCovered: []NotCovered{}}
	wanted := make(map[Pair]bool, len(asked))
	for _, p := range asked {
		wanted[p] = true
	}
	c.Pairs = len(wanted)
	for _, n := range notCovered {
		if wanted[n.Pair] {
			wanted[n.Pair] = false
			c.NotCovered = append(c.NotCovered, n)
		}
	}
	slices.SortFunc(c.NotCovered, func(a, b NotCovered) int { return a.Pair.Compare(b.Pair) })
	c.Covered = c.Pairs - len(c.NotCovered)
	return c
}

// Complete reports whether every pair was seen.
func (c Coverage) Complete() bool { return len(c.NotCovered) == 0 }
