package enforce

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
)

// unprotected are the management account's pairs with functions that a service-managed set would move, if it could:
// AWS never deploys such instances there. The account is scanned with the caller's own credentials.
func unprotected(ctx context.Context, a *access.Access, moves []Move, regions []string) ([]fleet.NotCovered, error) {
	var out []fleet.NotCovered
	for _, m := range moves {
		found, err := inventory.Find(ctx, a, inventory.Request{
			Scope:  inventory.Scope{Selection: org.Selection{Accounts: []string{a.Caller().Account}}, Regions: regions},
			Layers: layer.Selector{Name: m.Layer.Name}, Source: inventory.Scan,
		})
		if err != nil {
			return nil, err
		}
		for _, f := range found.Functions {
			known := slices.ContainsFunc(out, func(n fleet.NotCovered) bool { return n.Pair == f.Pair })
			if m.Affects(f.Function) && !known {
				out = append(out, fleet.NotCovered{Pair: f.Pair, Reason: fleet.Reason{Code: fleet.ManagementAccount}})
			}
		}
	}
	return out, nil
}
