package enforce

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stage"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// follow watches the functions of a stage until none is open, asks for what AWS owes them, and judges the stage if it is
// not the last.
func (r *run) follow(ctx context.Context, n int) error {
	s := r.plan.stages[n]
	changes, _ := r.deployed.changes(r.clock.Now(), func(p fleet.Pair) bool { return slices.Contains(s.Pairs, p) })
	reader, clock := watch.NewReader(r.access), r.clock
	first, err := watch.Inspect(ctx, reader, clock, changes, r.progress("reading functions of "+s.Name))
	if err != nil {
		return err
	}
	if err := r.operator.clearEarlier(ctx, first); err != nil {
		return err
	}
	pairs, err := watch.Follow(ctx, reader, clock, changes, r.plan.options.Wait, func(pairs []watch.Pair) error {
		total, _ := watch.Total(pairs)
		r.sink(event.Event{Type: event.Progress, Time: clock.Now(), Stage: s.Name, Step: Moving, Done: total.Using() - total.Open, Total: total.Using()})
		return r.operator.ask(ctx, pairs)
	})
	for _, p := range pairs {
		r.seen[p.Pair] = p
	}
	if err != nil {
		return err
	}
	return r.judge(n, s, pairs)
}

// Moving is the step of progress events about functions: done are those that are not open.
const Moving = "moving functions"

// judge says whether the next stage may start.
func (r *run) judge(n int, s stage.Stage, pairs []watch.Pair) error {
	total, _ := watch.Total(pairs)
	if total.Open > 0 {
		return fmt.Errorf("%w: %s open in stage %s", ErrNotFinished, count.Of(total.Open, "function"), s.Name)
	}
	if n == len(r.plan.stages)-1 {
		return nil
	}
	if len(pairs) == 0 {
		why := "it has no stack instance"
		for _, i := range r.deployed.instances {
			if slices.Contains(s.Pairs, i.Pair) {
				why = cmp.Or(i.Why, why)
			}
		}
		return fmt.Errorf("%w: nothing was deployed to %s: %s", ErrCanary, s.Name, why)
	}
	moved, failed, first := 0, 0, watch.Outcome{}
	for _, p := range pairs {
		for _, f := range p.Outcomes {
			if !f.MovedAt.IsZero() {
				moved++
			}
			if f.State == watch.Failed || f.State == watch.Excepted {
				if failed++; failed == 1 {
					first = f
				}
			}
		}
	}
	if failed > 0 && moved == 0 {
		return fmt.Errorf("%w: all %d remediations in %s failed, the first because %s", ErrCanary, failed, s.Name, Why(first.Reason))
	}
	return nil
}
