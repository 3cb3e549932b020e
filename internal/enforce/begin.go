package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// begin makes the set, or makes sure that it still is as the plan saw it, with nothing running.
func (r *run) begin(ctx context.Context) error {
	p := r.plan
	if p.deployed == nil {
		return r.create(ctx)
	}
	if err := r.client.WaitIdle(ctx, p.StackSet, r.progress("waiting for an earlier operation")); err != nil {
		return err
	}
	now, err := find(ctx, r.client, p.StackSet)
	if err != nil {
		return err
	}
	if !now.set.Same(p.deployed.set) {
		return changed(now)
	}
	if err := r.noFight(ctx); err != nil {
		return err
	}
	r.deployed, r.sent = now, p.Action == "continue"
	if err := now.refresh(ctx, r.client); err != nil {
		return err
	}
	return r.quiet(ctx)
}

// changed tells what somebody else deployed since the plan was made.
func changed(now *deployed) error {
	c := now.content
	text := fmt.Sprintf("stack set %s was changed since the plan was made", now.set.Name)
	if c.By != "" {
		text += fmt.Sprintf(" (revision %d by %s at %s)", c.Number, c.By, c.At.Format("2006-01-02 15:04:05Z07:00"))
	}
	for _, line := range Lines(c.Moves) {
		text += "\n  it now says " + line
	}
	return hint.With(fmt.Errorf("%s\nnothing was sent: %w", text, stackset.ErrChanged), "run the command again to plan on what is there now")
}

// create makes the set, and takes it back if another one that contradicts it was made at the same time: the one whose
// name sorts later withdraws.
func (r *run) create(ctx context.Context) error {
	p := r.plan
	if err := r.noFight(ctx); err != nil {
		return err
	}
	err := r.client.Create(ctx, p.StackSet, stackset.Content{
		Body: p.body, SelfManaged: p.options.Selection.SelfManaged,
		Description: "layerfleet enforcement: moves Lambda functions to the wanted layer versions",
	})
	if errors.Is(err, stackset.ErrChanged) {
		return hint.With(fmt.Errorf("stack set %s was made by somebody else since the plan was made: %w", p.StackSet, err), "run the command again to plan on what is there now")
	}
	if err != nil {
		return err
	}
	if err := r.noFight(ctx); err != nil {
		if deleteErr := r.client.Delete(ctx, p.StackSet); deleteErr != nil {
			return errors.Join(err, deleteErr)
		}
		return err
	}
	r.sent = true
	r.deployed, err = find(ctx, r.client, p.StackSet)
	return err
}

// noFight looks for sets that contradict the plan. A set that was made by the same moment's deployment and sorts later
// withdraws by itself.
func (r *run) noFight(ctx context.Context) error {
	beside, err := others(ctx, r.client, r.plan.StackSet)
	if err != nil {
		return err
	}
	for _, o := range beside {
		err := contradiction(o, r.plan.Moves)
		if err == nil {
			continue
		}
		if fresh, listErr := r.client.Instances(ctx, o.set.Name); listErr == nil && len(fresh) == 0 && o.set.Name > r.plan.StackSet {
			continue
		}
		return err
	}
	return nil
}

// quiet turns off what would act beside the deployment: automatic deployment, which gives joining accounts the newest
// template at once, and queueing of operations. Either call could reach every instance, so both are made only while all
// are current.
func (r *run) quiet(ctx context.Context) error {
	set := r.deployed.set
	auto := set.AutoDeployment && r.plan.Action != "none"
	if !auto && !set.ManagedExecution {
		return nil
	}
	if !r.allCurrent() {
		r.note("automatic deployment or queueing of stack set " + set.Name + " stays on: not all of its instances are current")
		return nil
	}
	if set.ManagedExecution {
		id, err := r.client.StopQueueing(ctx, set, r.operationID(0))
		if err := r.wait(ctx, id, err, "turning queueing off"); err != nil {
			return err
		}
	}
	if auto {
		id, err := r.client.SetAutoDeployment(ctx, set, false, r.operationID(0))
		if err := r.wait(ctx, id, err, "turning automatic deployment off"); err != nil {
			return err
		}
	}
	return r.deployed.refresh(ctx, r.client)
}

func (r *run) allCurrent() bool {
	return !slices.ContainsFunc(r.deployed.instances, func(i stackset.Instance) bool { return !i.Current() && !i.Suspended() })
}
