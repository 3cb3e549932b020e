package inventory

import (
	"context"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// List reads every function of the scope by a scan, those without layers too, in order.
func List(ctx context.Context, a *access.Access, r Request) ([]fleet.Function, fleet.Coverage, error) {
	r.Source = Scan
	if err := r.check(a.Caller().Partition); err != nil {
		return nil, fleet.Coverage{}, err
	}
	g, err := survey(ctx, a, r)
	if err != nil {
		return nil, fleet.Coverage{}, err
	}
	functions, err := scan(ctx, a, g, r)
	if err != nil {
		return nil, fleet.Coverage{}, err
	}
	return functions, g.coverage(), nil
}
