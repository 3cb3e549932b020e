// Package prune deletes layer versions that nothing uses: it looks at every function of
// the organization, published versions included, and at what names a version without
// using it, shows what it would delete and why not the rest, and deletes only that.
// What it deletes can be archived first, and published again from the archive.
//
// An alias points at $LATEST or at a published version, so that looking at all versions
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
	// Protected are versions that something else names, with a sentence part that
	// says what: "stack set x moves functions to it".
	Protected map[layer.VersionARN]string
	// AcceptNotCovered are pairs, as ACCOUNT/REGION or ACCOUNT, whose functions may stay
	// unseen.
	AcceptNotCovered []string
	// AcceptOutside are layer version ARNs, layer ARNs or names of layers that may be
	// deleted although accounts outside the organization may use them.
	AcceptOutside []string
	Progress      Progress
}

// Plan is what pruning will do, before it does it.
type Plan struct {
	FormatVersion string       `json:"format_version"`
	Delete        []Version    `json:"delete"`
	Keep          []Kept       `json:"keep"`
	NotCovered    []NotCovered `json:"not_covered"`
	// Notes are what a person should know of how the plan came about.
	Notes []string `json:"notes,omitempty"`

	catalog string
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

// Pending reports whether the plan is of everything that was asked about, and whether
// it has something to delete.
func (p *Plan) Pending() (covered, some bool) { return p.Covered(), len(p.Delete) > 0 }

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
	lists, blind, err := o.list(ctx, a)
	if err != nil {
		return nil, err
	}
	outside, err := readAccepted(o.AcceptOutside, lists)
	if err != nil {
		return nil, err
	}
	j := judge{options: o, now: a.Clock().Now(), catalog: c, organization: organization, outside: outside}
	p := &Plan{FormatVersion: "1", Delete: []Version{}, Keep: []Kept{}, NotCovered: []NotCovered{}, catalog: o.Catalog}
	seen, notes, err := o.look(ctx, a, lists)
	if err != nil {
		return nil, err
	}
	p.Notes = notes
	if p.NotCovered, err = accept(append(blind, seen.notCovered...), o.AcceptNotCovered); err != nil {
		return nil, err
	}
	j.uses = seen.uses
	for _, n := range p.NotCovered {
		if !n.Accepted {
			j.dark = append(j.dark, n.Pair)
		}
	}
	return p, j.decide(ctx, a, p, lists)
}

// compare orders layer versions by layer, Region and number.
func compare(a, b Version) int {
	return cmp.Or(cmp.Compare(a.at.Name, b.at.Name), cmp.Compare(a.at.Region, b.at.Region), cmp.Compare(a.at.Version, b.at.Version))
}
