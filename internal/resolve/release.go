package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// concurrency is how many Regions are read at once.
const concurrency = 16

// release takes the numbers of each Region from the catalog, and makes sure that AWS has the content there that the
// catalog says. No Regions means all that have the release.
func (r *resolver) release(ctx context.Context, w Wish) error {
	asked := r.options.Regions
	if len(asked) == 0 {
		asked = slices.Collect(maps.Keys(w.To.Regions))
	}
	absent := fleet.Reason{Code: fleet.NoVersionInRegion, Detail: "the catalog has no version of " + w.Layer + " there that is release "}
	found := map[string]layer.VersionARN{}
	regions := map[string]move.Region{}
	for _, name := range slices.Sorted(slices.Values(asked)) {
		to, ok := w.To.Regions[name]
		if !ok {
			regions[name] = move.Region{Reason: fleet.Reason{Code: absent.Code, Detail: absent.Detail + w.To.Name}}
			continue
		}
		here := move.Region{New: move.Version{Number: to.Version, SHA256: w.To.SHA256}}
		if w.From != nil {
			from, ok := w.From.Regions[name]
			if !ok {
				regions[name] = move.Region{Reason: fleet.Reason{Code: absent.Code, Detail: absent.Detail + w.From.Name}}
				continue
			}
			here.Old = []int64{from.Version}
		}
		found[name], regions[name] = to, here
	}
	if len(found) == 0 {
		return hint.With(fmt.Errorf("release %s of layer %s is in none of these Regions", w.To.Name, w.Layer), "`layerfleet catalog show "+w.Layer+"@"+w.To.Name+"` says where it is")
	}
	names := slices.Sorted(maps.Keys(found))
	first := found[names[0]]
	for _, name := range names {
		if arn := found[name]; arn.Account != first.Account {
			return hint.With(fmt.Errorf("layer %s belongs to account %s in %s and to account %s in %s", w.Layer, first.Account, first.Region, arn.Account, name),
				"deploy the Regions of each account under a --name of their own")
		}
	}
	if r.index(first.ARN) >= 0 {
		return fmt.Errorf("two moves of layer %s", w.Layer)
	}
	read := make([]move.Version, len(names))
	err := parallel.Each(ctx, len(names), concurrency, func(int, int) {}, func(ctx context.Context, i int) error {
		var err error
		read[i], err = r.sameContent(ctx, found[names[i]], w.To.SHA256)
		return err
	})
	if err != nil {
		return err
	}
	i := r.add(first.ARN, numbers{})
	r.moves[i].Release = w.To.Name
	for n, name := range names {
		here := regions[name]
		here.New = read[n]
		regions[name] = here
	}
	r.moves[i].Regions = regions
	return nil
}

// sameContent refuses a version that does not have the content that the catalog says.
func (r *resolver) sameContent(ctx context.Context, arn layer.VersionARN, sha256 string) (move.Version, error) {
	got, err := versions.Get(ctx, r.access, arn)
	if err == nil && got.SHA256 != sha256 {
		err = fmt.Errorf("%s has sha256 %s, the catalog says %s", arn, got.SHA256, sha256)
	}
	if err != nil {
		return move.Version{}, hint.With(err, "`layerfleet catalog verify` compares the catalog with AWS")
	}
	return declared(got), nil
}
