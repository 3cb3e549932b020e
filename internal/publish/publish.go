// Package publish brings releases of layers to Lambda: the same bytes in every Region,
// shared with whoever may use them, and written down in the catalog. It works by
// content: what is there already stays, so that a repeat completes what is missing.
package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Progress tells how far a long job is. It may be called often.
type Progress func(job string, done, total int)

// Options say what to publish.
type Options struct {
	Layers []policy.Layer
	// Catalog is the path of the catalog, which is made when it is not there.
	Catalog string
	// Verify asks for each Region whether a member account can read the version.
	Verify bool
}

// Plan is what publishing will do, before it does it.
type Plan struct {
	Layers []*LayerPlan

	options Options
	members []string // accounts of the organization that may be asked to verify
}

// LayerPlan is what publishing will do for a layer.
type LayerPlan struct {
	Name, Release, SHA256 string
	Zipped, Unzipped      int64
	Grants                []string // that every Region gets
	Regions               []RegionPlan
	Notes                 []string

	source  policy.Layer
	archive *archive.Archive
}

// RegionPlan is what is there in a Region and what will be done.
type RegionPlan struct {
	Region string
	// Have is the version with the content; nil where there is none.
	Have *versions.Version
	// Share are the grants that Have lacks.
	Share []string
	// Err is why the Region could not be looked at.
	Err error

	seen  map[int64]bool // versions with other content
	known bool           // the catalog has it as it is
}

// Nothing reports whether everything is there in every Region.
func (p *Plan) Nothing() bool {
	return !slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool {
		return slices.ContainsFunc(l.Regions, func(r RegionPlan) bool { return r.Err != nil || r.Have == nil || len(r.Share) > 0 })
	})
}

// Prepare reads sources and Regions and changes nothing.
func Prepare(ctx context.Context, a *access.Access, o Options, progress Progress) (*Plan, error) {
	c, err := catalog.LoadOrNew(o.Catalog)
	if err != nil {
		return nil, err
	}
	p := &Plan{options: o}
	for i, l := range o.Layers {
		progress("packing layers", i, len(o.Layers))
		planned, err := prepare(ctx, a, c, l)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", l.Name, err)
		}
		p.Layers = append(p.Layers, planned)
	}
	if err := p.principals(ctx, a); err != nil {
		return nil, err
	}
	if err := p.look(ctx, a, c, progress); err != nil {
		return nil, err
	}
	return p, p.denied()
}

// denied is the refusal of whoever may not look at any Region at all.
func (p *Plan) denied() error {
	var first error
	for _, l := range p.Layers {
		for _, r := range l.Regions {
			if !access.Denied(r.Err) {
				return nil
			}
			first = cmp.Or(first, r.Err)
		}
	}
	return access.AtStart(first)
}

// prepare packs a layer and compares it with the catalog.
func prepare(ctx context.Context, a *access.Access, c *catalog.Catalog, l policy.Layer) (*LayerPlan, error) {
	packed, err := archive.Load(ctx, l.Source)
	if err != nil {
		return nil, err
	}
	notes, err := packed.CheckMachines(l.Architectures)
	if err != nil {
		return nil, err
	}
	notes = append(notes, packed.CheckLayout(l.Runtimes)...)
	if !packed.Direct() && l.Bucket == "" {
		return nil, hint.With(fmt.Errorf("the archive has %d bytes, more than the %d that go up without S3; the largest entries: %s", len(packed.Data), archive.MaxDirect, packed.Largest()),
			"make it smaller, or name a bucket of each Region: bucket: my-artifacts-{region}")
	}
	if known := c.Layer(l.Name); known != nil {
		if err := agrees(known, l, packed.SHA256); err != nil {
			return nil, err
		}
	}
	for _, region := range l.Regions {
		if layer.PartitionOf(region) != a.Caller().Partition {
			return nil, fmt.Errorf("region %s is in partition %s, the credentials are of %s", region, layer.PartitionOf(region), a.Caller().Partition)
		}
	}
	return &LayerPlan{
		Name: l.Name, Release: l.Release, SHA256: packed.SHA256, Zipped: int64(len(packed.Data)), Unzipped: packed.Unzipped,
		Notes: notes, source: l, archive: packed,
	}, nil
}

// agrees refuses another content for a release, and another release for a content.
func agrees(known *catalog.Layer, l policy.Layer, sha256 string) error {
	if r := known.Release(l.Release); r != nil && r.SHA256 != sha256 {
		return hint.With(fmt.Errorf("release %s is published with other content: %s, not %s", l.Release, r.SHA256, sha256),
			"a release never changes: raise release: in the fleet policy")
	}
	if r := known.Content(sha256); r != nil && r.Name != l.Release {
		return hint.With(fmt.Errorf("this content is release %s already", r.Name), "nothing changed since: keep the release, or change the layer")
	}
	return nil
}

// principals finds out whom each layer is shared with, and whom to verify with.
func (p *Plan) principals(ctx context.Context, a *access.Access) error {
	some := func(of func(policy.Share) bool) bool {
		return slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool { return of(l.source.Share) })
	}
	// A publisher that is not the management account may not list accounts: only what needs them asks.
	read := func(context.Context, org.API, string) (*org.Organization, error) { return &org.Organization{}, nil }
	switch {
	case p.options.Verify || some(func(s policy.Share) bool { return len(s.Units) > 0 }):
		read = org.ReadTree
	case some(func(s policy.Share) bool { return s.Organization }):
		read = org.Describe
	}
	o, err := read(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return access.AtStart(err)
	}
	for _, one := range o.Accounts {
		if one.Active() && one.ID != a.Caller().Account {
			p.members = append(p.members, one.ID)
		}
	}
	for _, l := range p.Layers {
		if l.Grants, err = grants(o, l.source.Share, a.Caller().Account); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
		if p.options.Verify && len(l.Grants) == 0 {
			l.Notes = append(l.Notes, "it is shared with nobody, so that nobody can verify it")
		}
		for _, region := range l.source.Regions {
			arn := layer.ARN{Account: a.Caller().Account, Name: l.Name}.WithRegion(region)
			if err := versions.CheckSize(arn, l.Grants); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
	}
	return nil
}

// grants are the principals of a share. The publisher needs none.
func grants(o *org.Organization, s policy.Share, publisher string) ([]string, error) {
	var list []string
	if s.Organization {
		if o.ID == "" {
			return nil, hint.With(fmt.Errorf("share names the organization, but account %s is in none", publisher), "share with accounts")
		}
		list = append(list, o.ID)
	}
	// Single accounts may be outside the organization: that is what they are for.
	list = append(list, s.Accounts...)
	if len(s.Units) > 0 {
		members, err := o.Select(org.Selection{Units: s.Units})
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			list = append(list, m.ID)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(id string) bool { return id == publisher }), nil
}

// abreast is how many Regions are looked at or published to at once.
const abreast = 16

// look finds what each Region has.
func (p *Plan) look(ctx context.Context, a *access.Access, c *catalog.Catalog, progress Progress) error {
	var todo []func(context.Context)
	for _, l := range p.Layers {
		var recorded *catalog.Release
		if known := c.Layer(l.Name); known != nil {
			recorded = known.Release(l.Release)
		}
		l.Regions = make([]RegionPlan, len(l.source.Regions))
		for i, region := range l.source.Regions {
			todo = append(todo, func(ctx context.Context) { l.Regions[i] = l.lookAt(ctx, a, region, recorded) })
		}
	}
	report := func(done, total int) { progress("looking at Regions", done, total) }
	return parallel.Each(ctx, len(todo), abreast, report, func(ctx context.Context, i int) error {
		todo[i](ctx)
		return ctx.Err()
	})
}

// lookAt finds the content in a Region: first where the catalog says it is.
func (l *LayerPlan) lookAt(ctx context.Context, a *access.Access, region string, recorded *catalog.Release) RegionPlan {
	r := RegionPlan{Region: region, seen: map[int64]bool{}}
	arn := layer.ARN{Account: a.Caller().Account, Name: l.Name}.WithRegion(region)
	if recorded != nil {
		if at, ok := recorded.Regions[region]; ok {
			if v, err := versions.Get(ctx, a, at); err == nil && v.SHA256 == l.SHA256 {
				r.Have, r.known = v, true
			}
		}
	}
	if r.Have == nil {
		r.Have, r.Err = versions.Find(ctx, a, arn, l.SHA256, l.Release, r.seen)
	}
	if r.Have == nil || r.Err != nil {
		return r
	}
	have, err := versions.Grants(ctx, a, r.Have.VersionARN)
	if err != nil {
		r.Err = err
		return r
	}
	for _, g := range l.Grants {
		if !slices.Contains(have, g) {
			r.Share = append(r.Share, g)
		}
	}
	return r
}
