package enforce

import (
	"context"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// update brings the set's template to the pairs of a stage that lack it: one operation after the other, each with
// exactly these targets.
func (r *run) update(ctx context.Context, n int) error {
	p, s := r.plan, r.plan.stages[n]
	r.sink(event.Event{Type: event.Stage, Time: r.clock.Now(), Stage: s.Name, Step: "deploying"})
	have := map[fleet.Pair]stackset.Instance{}
	for _, i := range r.deployed.instances {
		have[i.Pair] = i
	}
	var existing, fresh []stackset.Place
	through := map[fleet.Pair]string{}
	for _, place := range p.targets.places(p.targets.accounts, p.Regions) {
		through[place.Pair] = place.Unit
	}
	for _, pair := range s.Pairs {
		i, stands := have[pair]
		switch {
		case !stands:
			fresh = append(fresh, stackset.Place{Pair: pair, Unit: through[pair]})
		case i.Suspended(), i.Inoperable(), r.sent && i.Current():
		default:
			existing = append(existing, stackset.Place{Pair: pair, Unit: i.Unit})
		}
		r.tried[pair] = true
	}
	content := stackset.Content{Body: p.body, SelfManaged: r.deployed.set.SelfManaged}
	if !r.sent && len(r.deployed.instances) == 0 {
		id, err := r.client.Replace(ctx, r.deployed.set, content, r.id(n+1))
		if err := r.arrived(ctx, id, err); err != nil {
			return err
		}
	}
	for _, to := range stackset.Exactly(existing) {
		var id string
		var err error
		if !r.sent {
			id, err = r.client.Update(ctx, r.deployed.set, content, to, r.id(n+1))
			if err := r.arrived(ctx, id, err); err != nil {
				return err
			}
			continue
		}
		id, err = r.client.Continue(ctx, r.deployed.set, to, r.id(n+1))
		if err := r.wait(ctx, id, err, "updating "+s.Name); err != nil {
			return err
		}
	}
	if !r.sent {
		// Nothing of the stage can be updated: its instances are suspended or inoperable.
		return fmt.Errorf("no pair of stage %s can get the new template", s.Name)
	}
	for _, to := range stackset.Exactly(fresh) {
		id, err := r.client.CreateInstances(ctx, p.StackSet, to, r.id(n+1))
		if err := r.wait(ctx, id, err, "deploying to "+s.Name); err != nil {
			return err
		}
	}
	return nil
}

// arrived waits for the operation that brings the new template, and reads the set again.
func (r *run) arrived(ctx context.Context, id string, sent error) error {
	if err := r.wait(ctx, id, sent, "updating stack instances"); err != nil {
		return err
	}
	now, err := find(ctx, r.client, r.plan.StackSet)
	if err != nil {
		return err
	}
	if now.set.Body != r.plan.body && now.content.Number != r.plan.Revision {
		return changed(now)
	}
	now.instances, now.operations = r.deployed.instances, r.deployed.operations
	r.deployed, r.sent = now, true
	return r.deployed.refresh(ctx, r.client)
}
