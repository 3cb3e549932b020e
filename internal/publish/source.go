package publish

import (
	"context"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/policy"
)

func layerError(l *LayerPlan, err error) error { return fmt.Errorf("layer %s: %w", l.Name, err) }

// check reads every source and looks for what would fail, or must not leave.
func (p *Plan) check(ctx context.Context, progress Progress) error {
	var refused []*LayerPlan
	for i, source := range p.options.Layers {
		progress("checking layers", i, len(p.options.Layers))
		l := &LayerPlan{Name: source.Name, Release: source.Release, Grants: []string{}, Regions: []RegionPlan{}, Notes: []string{}, source: source}
		var err error
		if l.tree, l.Check, err = check.Source(ctx, source.Source, CheckOptions(source)); err != nil {
			return layerError(l, err)
		}
		p.Layers = append(p.Layers, l)
		l.Content, l.Unzipped = l.Check.Content, l.Check.Unzipped
		for _, f := range l.Check.Of(check.Note) {
			l.Notes = append(l.Notes, f.Line())
		}
		if !l.Check.Clean() {
			refused = append(refused, l)
		}
	}
	if len(refused) > 0 {
		return &Refusal{refused}
	}
	return nil
}

// CheckOptions are what a layer of the fleet policy is checked against.
func CheckOptions(l policy.Layer) check.Options {
	o := check.Options{Runtimes: l.Runtimes, Architectures: l.Architectures}
	for _, a := range l.Allow {
		o.Allow = append(o.Allow, check.Allow(a))
	}
	return o
}

// identify compares the content with the catalog: a release never changes, and a
// content has one release. What is published already is recognized by its content,
// before anything is compressed, whatever compressor made the archive.
func (l *LayerPlan) identify(ctx context.Context, a *access.Access, c *catalog.Catalog) error {
	for _, region := range l.source.Regions {
		if layer.PartitionOf(region) != a.Caller().Partition {
			return fmt.Errorf("region %s is in partition %s, the credentials are in %s", region, layer.PartitionOf(region), a.Caller().Partition)
		}
	}
	known := c.Add(l.Name)
	release := known.Release(l.Release)
	if other := known.Content(l.Content); other != nil && other != release {
		return sameContent(other)
	}
	if release != nil {
		l.recorded = release.SHA256
	}
	if release != nil && release.Content == l.Content {
		l.SHA256, l.Zipped = release.SHA256, release.Zipped
		return nil
	}
	if release != nil && release.Content != "" {
		return changed(release, release.Content, l.Content)
	}
	packed, err := l.tree.Pack(ctx)
	if err != nil {
		return err
	}
	l.take(packed)
	if other := known.Archive(packed.SHA256); other != nil && other != release {
		return sameContent(other)
	}
	if release == nil {
		return l.compare(ctx, a, known.Before(l.Release))
	}
	if release.SHA256 == packed.SHA256 {
		return nil
	}
	// The catalog is older than contents are, and so may be its archive's compressor.
	published, err := live.Open(ctx, a, release)
	if err != nil {
		return fmt.Errorf("release %s has another archive, and what is in it cannot be compared: %w", l.Release, err)
	}
	if published.Content != l.Content {
		return changed(release, release.SHA256, packed.SHA256)
	}
	l.take(published)
	return nil
}

func (l *LayerPlan) take(a *archive.Archive) {
	l.archive, l.SHA256, l.Zipped = a, a.SHA256, int64(len(a.Data))
}

func changed(r *catalog.Release, before, now string) error {
	return hint.With(fmt.Errorf("release %s is published with other content: %s, not %s", r.Name, before, now),
		"a release never changes: raise release: in the fleet policy")
}

func sameContent(r *catalog.Release) error {
	return hint.With(fmt.Errorf("this content is release %s already", r.Name), "nothing changed since: keep the release, or change the layer")
}

// compare says how the layer differs from the release before. It is for people: where
// the archive cannot be read, a note says so.
func (l *LayerPlan) compare(ctx context.Context, a *access.Access, before *catalog.Release) error {
	if before == nil || len(before.Regions) == 0 {
		return nil
	}
	old, err := live.Open(ctx, a, before)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("how it differs from release %s cannot be shown: %s", before.Name, access.Message(err)))
		return nil
	}
	l.Former = &Former{Release: before.Name, Unzipped: old.Unzipped, Files: live.Compare(old, l.archive)}
	return nil
}

// pack makes the archive where a Region needs it: the very bytes that the others have.
func (l *LayerPlan) pack(ctx context.Context, a *access.Access, c *catalog.Catalog) error {
	if !l.has(Publish) {
		l.archive = nil
		return nil
	}
	if l.archive == nil {
		packed, err := l.tree.Pack(ctx)
		if err != nil {
			return err
		}
		if packed.SHA256 != l.SHA256 {
			packed, err = l.former(ctx, a, c, packed)
		}
		if err != nil {
			return err
		}
		l.take(packed)
	}
	if !l.archive.Direct() && l.source.Bucket == "" {
		return hint.With(fmt.Errorf("the archive has %d bytes, more than the %d that go up without S3; the largest entries: %s", l.Zipped, archive.MaxDirect, archive.Largest(l.archive.Entries)),
			"make it smaller, or name a bucket of each Region: bucket: my-artifacts-{region}")
	}
	return nil
}

// former is the archive that another compressor made of the same content, as a Region
// has it. Where no Region has it yet, the archive of this compressor takes its place.
func (l *LayerPlan) former(ctx context.Context, a *access.Access, c *catalog.Catalog, packed *archive.Archive) (*archive.Archive, error) {
	published := &catalog.Release{Name: l.Release, Regions: map[string]layer.VersionARN{}}
	for _, r := range l.Regions {
		if r.Have != nil {
			published.Regions[r.Region] = r.Have.VersionARN
		}
	}
	if release := c.Add(l.Name).Release(l.Release); release != nil {
		for region, arn := range release.Regions {
			if published.Regions[region] == (layer.VersionARN{}) {
				published.Regions[region] = arn
			}
		}
	}
	if len(published.Regions) == 0 {
		return packed, nil
	}
	old, err := live.Open(ctx, a, published)
	if err != nil {
		return nil, fmt.Errorf("the archive that other Regions have of release %s: %w", l.Release, err)
	}
	if old.SHA256 != l.SHA256 {
		return nil, fmt.Errorf("release %s has archive %s in AWS, and %s in the catalog", l.Release, old.SHA256, l.SHA256)
	}
	return old, nil
}
