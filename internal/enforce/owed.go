package enforce

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// owed finds what a set with the wanted template still has to do: nothing, or the rest of a deployment: pairs without
// the template, or functions that are to move where AWS moves them. Where a pair has the template, Lambda says what its
// functions have: the aggregator may be minutes behind.
func (p *Plan) owed(ctx context.Context, a *access.Access, sink event.Sink) error {
	reached := map[fleet.Pair]bool{}
	for _, i := range p.deployed.instances {
		reached[i.Pair] = i.Current() || i.Suspended()
	}
	for _, s := range p.stages {
		for _, pair := range s.Pairs {
			if !reached[pair] {
				p.Action = "continue"
			}
		}
	}
	changes, _ := p.deployed.changes(a.Clock().Now(), func(fleet.Pair) bool { return true })
	told := told(sink, a.Clock())
	pairs, err := watch.Inspect(ctx, watch.NewReader(a), a.Clock(), changes, func(done, total int) { told("reading functions", done, total) })
	if err != nil {
		return err
	}
	seen := map[fleet.Pair]bool{}
	for _, pair := range pairs {
		seen[pair.Pair] = pair.NotCovered == nil
		if pair.Counts.Open > 0 {
			p.Action = "continue"
		}
	}
	p.Functions = slices.DeleteFunc(p.Functions, func(f fleet.Function) bool { return seen[f.Pair] })
	p.Left = slices.DeleteFunc(p.Left, func(l Left) bool { return seen[l.Pair] })
	for _, pair := range pairs {
		p.add(pair.Outcomes)
	}
	slices.SortFunc(p.Functions, fleet.Function.Compare)
	p.count()
	return nil
}

// add adds what was seen of functions to what the plan says of them.
func (p *Plan) add(outcomes []watch.Outcome) {
	for _, f := range outcomes {
		switch f.State {
		case watch.Open, watch.Finding:
			p.Functions = append(p.Functions, fleet.Function{Pair: f.Pair, ARN: f.ARN, Name: f.Name, Version: "$LATEST", Layers: f.Layers})
		case watch.Left, watch.Exempt, watch.Excepted, watch.Failed:
			p.Left = append(p.Left, Left{Pair: f.Pair, Function: f.Name, ARN: f.ARN, Reason: f.Reason})
		}
	}
}
