// Package enforce lets AWS keep functions on the wanted layer versions: it deploys a Config rule, a runbook and what
// binds them to every chosen account and Region by one stack set, follows what becomes of functions, and takes it all
// away again.
//
// It decides nothing about functions itself: package move does. What stands, and what is still to do, is read from AWS
// by every command anew; nothing that matters is remembered in between.
package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// deployed is a stack set as it is in AWS: what it enforces, where, and what was done to it.
type deployed struct {
	set        *stackset.Set
	content    runbook.Content
	instances  []stackset.Instance
	operations []stackset.Operation
}

// find reads a set and what it enforces, without its instances.
func find(ctx context.Context, c *stackset.Client, name string) (*deployed, error) {
	set, err := c.Find(ctx, name)
	if err != nil {
		return nil, access.AtStart(err)
	}
	content, err := runbook.Read(set.Body, set.Parameters)
	if err != nil {
		return nil, fmt.Errorf("stack set %s: %w", name, err)
	}
	return &deployed{set: set, content: content}, nil
}

// read reads a set with its instances and operations.
func read(ctx context.Context, a *access.Access, name string) (*deployed, error) {
	c := stackset.New(a, false)
	d, err := find(ctx, c, name)
	switch {
	case errors.Is(err, stackset.ErrNotFound):
		return nil, hint.With(fmt.Errorf("%w in %s", err, a.Home()), "stack sets are seen in the account and Region that made them only; `layerfleet enforce deploy` makes one")
	case errors.Is(err, runbook.ErrForeign):
		return nil, hint.With(err, "it was not made by layerfleet, nor from deploy/lambdalayer.yaml")
	case err != nil:
		return nil, err
	}
	return d, d.refresh(ctx, c)
}

// refresh reads instances and operations again. Lists lag behind: the operations that instances name are read one by
// one where the list lacks them or their end.
func (d *deployed) refresh(ctx context.Context, c *stackset.Client) (err error) {
	if d.instances, err = c.Instances(ctx, d.set.Name); err != nil {
		return err
	}
	if d.operations, err = c.Operations(ctx, d.set.Name); err != nil {
		return err
	}
	asked := map[string]bool{"": true}
	for _, i := range d.instances {
		at := slices.IndexFunc(d.operations, func(o stackset.Operation) bool { return o.ID == i.LastOperation })
		if asked[i.LastOperation] || at >= 0 && !d.operations[at].Running() {
			continue
		}
		asked[i.LastOperation] = true
		o, err := c.Operation(ctx, d.set.Name, i.LastOperation)
		switch {
		case errors.Is(err, stackset.ErrNotFound):
		case err != nil:
			return err
		case at >= 0:
			d.operations[at] = o
		default:
			d.operations = append([]stackset.Operation{o}, d.operations...)
		}
	}
	return nil
}

// others are the sets of the home Region that enforce layer versions, but for the one of a name. Other people's stack
// sets are left out.
func others(ctx context.Context, c *stackset.Client, but string) ([]*deployed, error) {
	names, err := c.Names(ctx)
	if err != nil {
		return nil, access.AtStart(err)
	}
	var out []*deployed
	for _, name := range names {
		if name == but {
			continue
		}
		d, err := find(ctx, c, name)
		switch {
		case errors.Is(err, runbook.ErrForeign), errors.Is(err, stackset.ErrNotFound): // not ours, or gone since
		case err != nil:
			return nil, err
		default:
			out = append(out, d)
		}
	}
	return out, nil
}

// contradiction refuses two sets that would undo each other in a Region.
func contradiction(other *deployed, want []move.Move) error {
	regions := map[string]bool{}
	for _, w := range want {
		for region := range w.Regions {
			regions[region] = true
		}
	}
	var list []string
	for region := range regions {
		list = append(list, region)
	}
	theirs := other.moves(list...)
	err := move.Contradict(theirs, want)
	if c := (*move.ContradictionError)(nil); errors.As(err, &c) {
		return hint.With(fmt.Errorf("stack set %s moves layer %s in %s to version %d, this one would move it to %d: they would undo each other", other.set.Name, c.Layer, c.Region, c.A, c.B),
			fmt.Sprintf("deploy under its name (--name %s) to change it, or remove it first (layerfleet enforce remove --name %s)", other.set.Name, other.set.Name))
	}
	return err
}

// moves are those of the set, also in Regions where the numbers of its only one count.
func (d *deployed) moves(regions ...string) []move.Move {
	if !d.content.Everywhere {
		return d.content.Moves
	}
	out := make([]move.Move, len(d.content.Moves))
	for i, m := range d.content.Moves {
		out[i] = m.Spread(regions...)
	}
	return out
}

// enforcesIn says whether the set does anything in a Region.
func (d *deployed) enforcesIn(region string) bool {
	for _, m := range d.moves(region) {
		if _, ok := m.In(region); ok {
			return true
		}
	}
	return false
}

// change is what stands in the pair of an instance, and since when. While the operation is still busy elsewhere, that is
// until now.
func (d *deployed) change(i stackset.Instance, now time.Time) watch.Change {
	o := d.lastChange(i)
	c := watch.Change{
		Pair: i.Pair, Rule: d.content.Name, Moves: d.moves(i.Region), Automatic: d.content.Automatic, Retry: retryWindow,
		Since: o.Started, At: o.Ended,
	}
	if c.At.IsZero() {
		c.At = now
	}
	return c
}

// lastChange is the last operation that changed what the set enforces in the pair of an instance. Operations of stage 0
// change no template: then it is the newest of the revision.
func (d *deployed) lastChange(i stackset.Instance) stackset.Operation {
	last, ours := stackset.ParseOperationID(i.LastOperation)
	for _, o := range d.operations { // newest first
		id, _ := stackset.ParseOperationID(o.ID)
		if ours && last.Stage == 0 {
			if id.Revision == d.content.Number && id.Stage > 0 {
				return o
			}
			continue
		}
		if o.ID == i.LastOperation {
			return o
		}
	}
	return stackset.Operation{}
}

// retryWindow is how long a failed remediation may rest before it counts as failed for good: whether AWS Config tries
// again without a new verdict, and when, is not documented (aws.md §9.3).
const retryWindow = 10 * time.Minute

// changes are those of the pairs that have the set's template; the others, with their reasons, cannot be judged by it.
func (d *deployed) changes(now time.Time, in func(fleet.Pair) bool) (list []watch.Change, unreached []fleet.NotCovered) {
	for _, i := range d.instances {
		if !in(i.Pair) {
			continue
		}
		if why := d.against(i); why.Code != "" {
			unreached = append(unreached, fleet.NotCovered{Pair: i.Pair, Reason: why})
			continue
		}
		list = append(list, d.change(i, now))
	}
	return list, unreached
}

// against is why the functions of an instance's pair cannot be judged by the set's template.
func (d *deployed) against(i stackset.Instance) fleet.Reason {
	switch {
	case i.Suspended():
		return fleet.Reason{Code: fleet.AccountSuspended}
	case !d.enforcesIn(i.Region):
		return fleet.Reason{Code: fleet.NoVersionInRegion}
	case i.Current():
		return fleet.Reason{}
	case i.Detailed == "FAILED" || i.Detailed == "CANCELLED" || i.Inoperable():
		return fleet.Reason{Code: fleet.DeploymentFailed, Detail: i.Why}
	}
	return fleet.Reason{Code: fleet.NotDeployed, Detail: i.Why}
}
