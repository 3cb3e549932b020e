package publish

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// concurrency is how many Regions are looked at or published to at once.
const concurrency = 16

// inspect finds what each Region has.
func (p *Plan) inspect(ctx context.Context, a *access.Access, c *catalog.Catalog, progress Progress) error {
	var todo []func(context.Context)
	for _, l := range p.Layers {
		var recorded *catalog.Release
		if known := c.Layer(l.Name); known != nil {
			recorded = known.Release(l.Release)
		}
		l.Regions = make([]RegionPlan, len(l.source.Regions))
		for i, region := range l.source.Regions {
			todo = append(todo, func(ctx context.Context) {
				l.Regions[i] = l.region(ctx, a, region, recorded)
				l.Regions[i].settle(l.Grants)
			})
		}
	}
	report := func(done, total int) { progress("looking at Regions", done, total) }
	return parallel.Each(ctx, len(todo), concurrency, report, func(ctx context.Context, i int) error {
		todo[i](ctx)
		return ctx.Err()
	})
}

// region finds the content in a Region: first where the catalog says it is.
func (l *LayerPlan) region(ctx context.Context, a *access.Access, region string, recorded *catalog.Release) RegionPlan {
	r := RegionPlan{Region: region, Share: []string{}, seen: map[int64]bool{}}
	arn := layer.ARN{Account: a.Caller().Account, Name: l.Name}.WithRegion(region)
	if recorded != nil {
		if at, ok := recorded.Regions[region]; ok {
			r.recorded = at
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
