package enforce

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// fromCatalog takes the numbers of each Region from the catalog, and makes sure that AWS has the content there that
// the catalog says. No Regions means all that have the release.
func (r Request) fromCatalog(ctx context.Context, a *access.Access, regions []string) (Move, error) {
	m := Move{Regions: map[string]Versions{}, Missing: map[string]string{}}
	if len(regions) == 0 {
		regions = slices.Collect(maps.Keys(r.To.Regions))
	}
	for _, region := range slices.Sorted(slices.Values(regions)) {
		to, ok := r.To.Regions[region]
		if !ok {
			m.Missing[region] = fmt.Sprintf("the catalog has no version of %s there that is release %s", r.Layer, r.To.Name)
			continue
		}
		v := Versions{New: to.Version, SHA256: r.To.SHA256}
		if r.From != nil {
			from, ok := r.From.Regions[region]
			if !ok {
				m.Missing[region] = fmt.Sprintf("the catalog has no version of %s there that is release %s", r.Layer, r.From.Name)
				continue
			}
			v.Old = from.Version
		}
		if len(m.Regions) == 0 {
			m.Layer = to.ARN
		}
		if to.Account != m.Layer.Account {
			return Move{}, hint.With(fmt.Errorf("layer %s is of account %s in %s and of account %s in %s", r.Layer, m.Layer.Account, m.Layer.Region, to.Account, region),
				"deploy the Regions of each account under a --name of their own")
		}
		m.Regions[region] = v
	}
	if len(m.Regions) == 0 {
		return Move{}, hint.With(fmt.Errorf("release %s of layer %s is in none of these Regions", r.To.Name, r.Layer), "`layerfleet catalog show "+r.Layer+"@"+r.To.Name+"` says where it is")
	}
	return m, m.compareContent(ctx, a)
}

// compareContent refuses versions that do not have the content that is expected.
func (m Move) compareContent(ctx context.Context, a *access.Access) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for region, v := range maps.All(m.Regions) {
		g.Go(func() error {
			arn := m.Layer.WithRegion(region).At(v.New)
			return sameContent(ctx, a, arn, v.SHA256)
		})
	}
	return g.Wait()
}

func sameContent(ctx context.Context, a *access.Access, arn layer.VersionARN, sha256 string) error {
	got, err := versions.Get(ctx, a, arn)
	if err == nil && got.SHA256 != sha256 {
		err = fmt.Errorf("%s has sha256 %s, the catalog says %s", arn, got.SHA256, sha256)
	}
	return hint.With(err, "`layerfleet catalog verify` compares the catalog with AWS")
}
