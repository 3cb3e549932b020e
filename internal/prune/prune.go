// Package prune deletes layer versions that nothing uses: it looks at every function of
// the organization, published versions included, and at what names a version without
// using it, shows what it would delete and why not the rest, and deletes only that.
// What it deletes can be archived first, and published again from the archive.
//
// An alias points at $LATEST or at a published version, so looking at all versions
// looks at aliases too. Journals of rollouts, which could name versions as well, do not
// exist yet.
package prune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Progress tells how far a long job is. It may be called often; calls do not overlap.
type Progress func(job string, done, total int)

// Options say what may be deleted. The publisher is the caller's account.
type Options struct {
	// Layers are the names of the layers to look at; none means all of the account.
	Layers []string
	// Regions to look at, see [versions.Regions].
	Regions []string
	// OlderThan is the least age of what is deleted; 0 takes any age.
	OlderThan time.Duration
	// Keep is how many of the newest versions of a layer stay in each Region.
	Keep int
	// Catalog is the path of the catalog, whose channels keep what they name.
	Catalog string
	// Protected reads which versions something else names, with a sentence part that says
	// what: "stack set x moves functions to it". It is asked for the plan, and again before
	// anything is deleted; nil protects none.
	Protected func(context.Context) (map[layer.VersionARN]string, error)
	// AcceptNotCovered are pairs, as ACCOUNT/REGION or ACCOUNT, whose functions may stay
	// unseen; those that can be seen again do no harm.
	AcceptNotCovered []string
	// AcceptOutside are layer version ARNs, layer ARNs or names of layers that may be
	// deleted although accounts outside the organization may use them.
	AcceptOutside []string
	Progress      Progress
}

// Plan is what pruning will do, before it does it.
type Plan struct {
	FormatVersion string    `json:"format_version"`
	Delete        []Version `json:"delete"`
	Keep          []Kept    `json:"keep"`
	// Gone are versions that the catalog names and AWS does not have any more.
	Gone       []Version    `json:"gone"`
	NotCovered []NotCovered `json:"not_covered"`
	// Notes are what a person should know of how the plan came about.
	Notes []string `json:"notes,omitempty"`

	judge *judge
}

// Version is a layer version.
type Version struct {
	ARN string `json:"arn"`
	// Release is what the catalog calls its content; empty where it does not know it.
	Release string    `json:"release,omitempty"`
	Created time.Time `json:"created"`

	at layer.VersionARN
}

// Kept is a layer version that stays, and why.
type Kept struct {
	Version
	Code   Code   `json:"code"`
	Reason string `json:"reason"` // a sentence
}

// NotCovered is a pair whose functions could not be seen.
type NotCovered struct {
	fleet.NotCovered
	// Accepted says that the user goes on without it.
	Accepted bool `json:"accepted,omitempty"`
}

// Covered reports whether everything was seen, or is accepted not to have been.
func (p *Plan) Covered() bool {
	return !slices.ContainsFunc(p.NotCovered, func(n NotCovered) bool { return !n.Accepted })
}

// Readable reports whether it could be seen who may use each version: one that is kept
// because nobody could tell is not judged.
func (p *Plan) Readable() bool {
	return !slices.ContainsFunc(p.Keep, func(k Kept) bool { return k.Code == PolicyUnreadable })
}

// Pending reports whether the plan is of everything that was asked about, and whether
// it has something to do.
func (p *Plan) Pending() (complete, some bool) {
	return p.Covered() && p.Readable(), len(p.Delete)+len(p.Gone) > 0
}

func (o Options) check() error {
	switch {
	case o.OlderThan < 0:
		return errors.New("an age below nothing: nothing is that young")
	case o.Keep < 0:
		return fmt.Errorf("%d versions cannot be kept", o.Keep)
	}
	for _, name := range o.Layers {
		if !layer.ValidName(name) {
			return hint.With(fmt.Errorf("%q cannot name a layer", name), "the name alone, of a layer of the publisher's account")
		}
	}
	return nil
}

// Prepare looks at layers and functions and changes nothing.
func Prepare(ctx context.Context, a *access.Access, o Options) (*Plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c, err := catalog.LoadOrNew(o.Catalog)
	if err != nil {
		return nil, err
	}
	organization, err := org.Read(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	lists, unlisted, err := o.list(ctx, a)
	if err != nil {
		return nil, err
	}
	outside, err := readAccepted(o.AcceptOutside, lists)
	if err != nil {
		return nil, err
	}
	j := &judge{options: o, organization: organization, outside: outside}
	p := &Plan{FormatVersion: "1", Delete: []Version{}, Keep: []Kept{}, Gone: gone(c, a.Caller().Account, o, lists, unlisted), NotCovered: []NotCovered{}, judge: j}
	if p.NotCovered, p.Notes, err = j.inspect(ctx, a, lists, unlisted); err != nil {
		return nil, err
	}
	j.catalog = c
	return p, j.decide(ctx, a, p, lists)
}

// gone are the versions of the catalog that the lists of AWS do not have. The catalog
// was read before the lists were.
func gone(c *catalog.Catalog, account string, o Options, lists [][]versions.Version, unlisted []fleet.NotCovered) []Version {
	there := map[layer.VersionARN]bool{}
	for _, list := range lists {
		for _, v := range list {
			there[v.VersionARN] = true
		}
	}
	out := []Version{}
	for _, l := range c.Layers {
		if len(o.Layers) > 0 && !slices.Contains(o.Layers, l.Name) {
			continue
		}
		for _, r := range l.Releases {
			for _, v := range r.Regions {
				unseen := slices.ContainsFunc(unlisted, func(n fleet.NotCovered) bool { return n.Region == v.Region })
				if v.Account == account && slices.Contains(o.Regions, v.Region) && !unseen && !there[v] {
					out = append(out, Version{ARN: v.String(), Release: r.Name, at: v})
				}
			}
		}
	}
	slices.SortFunc(out, compare)
	return out
}

// compare orders layer versions by layer, Region and number.
func compare(a, b Version) int {
	return cmp.Or(cmp.Compare(a.at.Name, b.at.Name), cmp.Compare(a.at.Region, b.at.Region), cmp.Compare(a.at.Version, b.at.Version))
}
