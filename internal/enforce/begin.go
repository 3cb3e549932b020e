package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
	if err := r.stay(ctx); err != nil {
		if deleteErr := r.client.Delete(ctx, p.StackSet); deleteErr != nil {
			return errors.Join(err, deleteErr)
		}
		return err
	}
	r.sent = true
	r.deployed, err = find(ctx, r.client, p.StackSet)
	return err
}

// noFight looks for sets that contradict the plan.
func (r *run) noFight(ctx context.Context) error {
	_, err := r.rival(ctx)
	return err
}

// rival finds a set that contradicts the plan, with the error that says how.
func (r *run) rival(ctx context.Context) (*deployed, error) {
	beside, err := others(ctx, r.client, r.plan.StackSet)
	if err != nil {
		return nil, err
	}
	for _, o := range beside {
		if err := contradiction(o, r.plan.Moves); err != nil {
			return o, err
		}
	}
	return nil, nil
}

// A set that was just made waits for a rival to withdraw: for how long, and how often it looks.
const (
	stayLimit = 2 * time.Minute
	stayEvery = 5 * time.Second
)

// stay says, by an error, that the set which was just made must withdraw because of another one that was made at the
// same moment. Both look after they were made, so at least one sees the other: the one whose name sorts later withdraws.
// The earlier one waits for that, since the other may have looked before there was anything to see: once it has
// instances, it will not withdraw any more.
func (r *run) stay(ctx context.Context) error {
	for end := r.clock.Now().Add(stayLimit); ; {
		o, err := r.rival(ctx)
		if err == nil || o == nil || o.set.Name < r.plan.StackSet || !r.clock.Now().Before(end) {
			return err
		}
		started, listErr := r.client.Operations(ctx, o.set.Name)
		if listErr == nil && len(started) > 0 {
			return err
		}
		if listErr != nil && !errors.Is(listErr, stackset.ErrNotFound) {
			return listErr
		}
		if err := r.clock.Sleep(ctx, stayEvery); err != nil {
			return err
		}
	}
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
		id, err := r.client.StopQueueing(ctx, set, r.id(0))
		if err := r.wait(ctx, id, err, "turning queueing off"); err != nil {
			return err
		}
	}
	if auto {
		id, err := r.client.SetAutoDeployment(ctx, set, false, r.id(0))
		if err := r.wait(ctx, id, err, "turning automatic deployment off"); err != nil {
			return err
		}
	}
	return r.deployed.refresh(ctx, r.client)
}

func (r *run) allCurrent() bool {
	return !slices.ContainsFunc(r.deployed.instances, func(i stackset.Instance) bool { return !i.Current() && !i.Suspended() })
}
