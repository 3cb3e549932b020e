package enforce

import (
	"context"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/org"
)

// preview finds what will become of functions in all pairs of the stages.
func (p *Plan) preview(ctx context.Context, a *access.Access, sink event.Sink) error {
	in := map[fleet.Pair]bool{}
	var accounts, regions []string
	for _, s := range p.stages {
		for _, pair := range s.Pairs {
			in[pair] = true
			accounts, regions = append(accounts, pair.AccountID), append(regions, pair.Region)
		}
	}
	accounts, regions = slices.Compact(slices.Sorted(slices.Values(accounts))), slices.Compact(slices.Sorted(slices.Values(regions)))
	known := slices.DeleteFunc(accounts, func(id string) bool {
		return !slices.ContainsFunc(p.targets.tree.Accounts, func(a org.Account) bool { return a.ID == id })
	})
	users, coverage, err := users(ctx, a, p.Moves, inventory.Request{
		Scope: inventory.Scope{Selection: org.Selection{Accounts: known}, Regions: regions}, Source: inventory.Aggregator,
		Aggregator: p.options.Aggregator, Tags: true, Progress: told(sink, a.Clock()),
	})
	if err != nil {
		return err
	}
	p.Coverage = coverage
	for _, f := range users {
		if !in[f.Pair] || f.Version != "$LATEST" {
			continue
		}
		switch d := move.All(p.Moves, f, move.Facts{}); d.Verdict {
		case move.Moves:
			p.Functions = append(p.Functions, f)
		case move.Blocked:
			p.Left = append(p.Left, Left{Pair: f.Pair, Function: f.Name, ARN: f.ARN, Reason: d.Reason})
		case move.Exempt:
			p.Left = append(p.Left, Left{Pair: f.Pair, Function: f.Name, ARN: f.ARN, Reason: fleet.Reason{Code: fleet.Exempt}})
		}
	}
	p.count()
	if p.options.Selection.All {
		more, err := unprotected(ctx, a, p.Moves, p.Regions)
		if err != nil {
			return err
		}
		p.Uncovered = append(p.Uncovered, more...)
	}
	p.Cost, err = p.estimate(ctx, a)
	return err
}

// count says how much of the plan each stage is.
func (p *Plan) count() {
	functions := map[fleet.Pair]int{}
	for _, f := range p.Functions {
		functions[f.Pair]++
	}
	p.Stages = nil
	for _, s := range p.stages {
		part := StagePlan{Name: s.Name, Pairs: len(s.Pairs)}
		for _, pair := range s.Pairs {
			part.Functions += functions[pair]
		}
		p.Stages = append(p.Stages, part)
	}
}

// users are the functions that use one of the layers, in order.
func users(ctx context.Context, a *access.Access, moves []move.Move, r inventory.Request) ([]fleet.Function, fleet.Coverage, error) {
	var out []fleet.Function
	var coverage fleet.Coverage
	for _, m := range moves {
		r.Layers = layer.Selector{Name: m.Layer.Name}
		found, err := inventory.Find(ctx, a, r)
		if err != nil {
			return nil, coverage, err
		}
		coverage = found.Coverage
		for _, f := range found.Functions {
			out = append(out, f.Function)
		}
	}
	slices.SortFunc(out, fleet.Function.Compare)
	return slices.CompactFunc(out, func(x, y fleet.Function) bool { return x.ARN == y.ARN && x.Version == y.Version }), coverage, nil
}

// unprotected are the management account's pairs with functions that a service-managed set would move, if it could:
// AWS never deploys such instances there. The account is scanned with the caller's own credentials.
func unprotected(ctx context.Context, a *access.Access, moves []move.Move, regions []string) ([]fleet.NotCovered, error) {
	found, _, err := users(ctx, a, moves, inventory.Request{
		Scope:  inventory.Scope{Selection: org.Selection{Accounts: []string{a.Caller().Account}}, Regions: regions},
		Source: inventory.Scan,
	})
	if err != nil {
		return nil, err
	}
	var out []fleet.NotCovered
	for _, f := range found {
		f.TagsKnown = true // a scan has none; an exemption would only make the pair look covered
		known := slices.ContainsFunc(out, func(n fleet.NotCovered) bool { return n.Pair == f.Pair })
		if !known && move.All(moves, f, move.Facts{}).Verdict == move.Moves {
			out = append(out, fleet.NotCovered{Pair: f.Pair, Reason: fleet.Reason{Code: fleet.ManagementAccount}})
		}
	}
	return out, nil
}

// told makes progress events of a job's reports.
func told(sink event.Sink, clock access.Clock) func(job string, done, total int) {
	return func(job string, done, total int) {
		sink(event.Event{Type: event.Progress, Time: clock.Now(), Step: job, Done: done, Total: total})
	}
}
