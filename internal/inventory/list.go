package inventory

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// List reads every function of the scope by a scan, those without layers too, in order.
func List(ctx context.Context, a *access.Access, r Request) ([]fleet.Function, fleet.Coverage, error) {
	functions := []fleet.Function{}
	coverage, _, err := Each(ctx, a, r, func(f fleet.Function) { functions = append(functions, f) })
	if err != nil {
		return nil, fleet.Coverage{}, err
	}
	slices.SortFunc(functions, fleet.Function.Compare)
	return functions, coverage, nil
}

// Each is List for what need not be held in memory: visit gets every function, in no
// order; its calls do not overlap. It keeps what it got of a pair that fails half way,
// and the pair is not covered. The notes are those of Findings.
func Each(ctx context.Context, a *access.Access, r Request, visit func(fleet.Function)) (c fleet.Coverage, notes []string, err error) {
	r.Source = Scan
	if err := r.check(a.Caller().Partition); err != nil {
		return fleet.Coverage{}, nil, err
	}
	s, err := newSurvey(ctx, a, r)
	if err != nil {
		return fleet.Coverage{}, nil, err
	}
	if err := walk(ctx, a, s, r, visit); err != nil {
		return fleet.Coverage{}, nil, err
	}
	return s.coverage(), s.notes, nil
}
