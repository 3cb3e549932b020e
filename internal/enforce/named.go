package enforce

import (
	"context"
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// Named are the layer versions that stack sets of the home Region name, each with a sentence that says which set does:
// those that functions are moved to, those that are right besides, and those that they are moved from one by one; also
// of the former revisions that a set can be taken back to. A set that moves from every other version names only where
// it moves to. Numbers that count everywhere are given for the Regions asked about. Stacks made by hand, without a stack
// set, are not looked at.
func Named(ctx context.Context, a *access.Access, regions []string) (map[layer.VersionARN]string, error) {
	named := map[layer.VersionARN]string{}
	c := stackset.New(a, false)
	names, err := c.Names(ctx)
	if err != nil {
		return nil, access.AtStart(err)
	}
	for _, name := range names {
		set, err := c.Find(ctx, name)
		if errors.Is(err, stackset.ErrNotFound) { // since it was listed
			continue
		}
		if err != nil {
			return nil, access.AtStart(err)
		}
		content, err := runbook.Read(set.Body, set.Parameters)
		if errors.Is(err, runbook.ErrForeign) {
			// The stand-alone template may also replace a layer by another, which is no move.
			addParameters(named, name, set.Parameters, regions)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("stack set %s: %w", name, err)
		}
		for _, revision := range content.Revisions() {
			for _, m := range revision.Moves {
				if content.Everywhere {
					m = m.Spread(regions...)
				}
				addMove(named, name, m, revision.Number == content.Number)
			}
		}
	}
	return named, nil
}

func addMove(named map[layer.VersionARN]string, set string, m move.Move, current bool) {
	note := func(why, region string, numbers ...int64) {
		for _, n := range numbers {
			if arn := m.At(region, n); n > 0 && named[arn] == "" {
				named[arn] = "stack set " + set + " " + why
			}
		}
	}
	for region, r := range m.Regions {
		if !current {
			note("can be taken back to it", region, r.New.Number)
			continue
		}
		note("moves functions to it", region, r.New.Number)
		note("takes it for right", region, r.Also...)
		note("moves functions from it", region, r.Old...)
	}
}

// addParameters adds the layer versions that parameters of the stand-alone template name.
func addParameters(named map[layer.VersionARN]string, set string, parameters map[string]string, regions []string) {
	for _, key := range []string{runbook.ParameterNew, runbook.ParameterOld} {
		v, err := layer.ParseVersionARN(parameters[key])
		if err != nil {
			continue
		}
		why := fmt.Sprintf("stack set %s has it as %s", set, key)
		named[v] = why
		if parameters[runbook.ParameterSameVersion] == "true" {
			for _, region := range regions {
				named[v.WithRegion(region)] = why
			}
		}
	}
}

// Lines say what moves do, Region by Region, for people.
func Lines(moves []move.Move) []string {
	var out []string
	for _, m := range moves {
		out = append(out, moveLines(m)...)
	}
	return out
}
