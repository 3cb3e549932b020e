package enforce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// maxRemoveRounds is how often the deletion of stubborn instances is tried: a remediation that was started meanwhile
// keeps its pair from being deleted.
const maxRemoveRounds = 5

// removal takes one set away.
type removal struct {
	*operations
	access *access.Access
}

// Remove takes a set away: first remediation goes off, so that no new one starts, then what runs is waited for, then
// the instances are deleted, and in the end the set. It can be repeated after any interruption; a set that is gone is no
// error.
func Remove(ctx context.Context, a *access.Access, name string, sink event.Sink) error {
	c := stackset.New(a, false)
	d, err := find(ctx, c, name)
	if errors.Is(err, stackset.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r := &removal{operations: newOperations(a, d, d.content, sink), access: a}
	if err := c.WaitIdle(ctx, name, r.progress("waiting for an earlier operation")); err != nil {
		return err
	}
	if err := d.refresh(ctx, c); err != nil {
		return err
	}
	if err := r.detectOnly(ctx); err != nil {
		return err
	}
	for round := range maxRemoveRounds {
		if err := d.refresh(ctx, c); err != nil {
			return err
		}
		if len(d.instances) == 0 {
			return c.Delete(ctx, name)
		}
		if err := r.idle(ctx); err != nil {
			return err
		}
		// What may be in a suspended account is out of reach: only the set's own record of it can be deleted.
		for _, retain := range []bool{false, true} {
			places := stackset.PlacesOf(d.instances, func(i stackset.Instance) bool { return (i.Suspended() || i.Inoperable()) == retain })
			for _, from := range stackset.Exactly(places) {
				id, err := c.DeleteInstances(ctx, name, from, retain)
				if err := r.wait(ctx, id, err, "deleting stack instances"); err != nil {
					return err
				}
			}
		}
		if round > 0 {
			if err := a.Clock().Sleep(ctx, time.Duration(round)*30*time.Second); err != nil {
				return err
			}
		}
	}
	return r.stubborn(ctx)
}

// Instances counts the stack instances of a set; -1 if there is no such set.
func Instances(ctx context.Context, a *access.Access, name string) (int, error) {
	c := stackset.New(a, false)
	if _, err := find(ctx, c, name); errors.Is(err, stackset.ErrNotFound) {
		return -1, nil
	} else if err != nil {
		return 0, err
	}
	list, err := c.Instances(ctx, name)
	return len(list), err
}

// stubborn names what could not be deleted.
func (r *removal) stubborn(ctx context.Context) error {
	if err := r.deployed.refresh(ctx, r.client); err != nil {
		return err
	}
	list := r.deployed.instances
	if len(list) == 0 {
		return r.client.Delete(ctx, r.deployed.set.Name)
	}
	first := list[0]
	return hint.With(fmt.Errorf("stack set %s still has %s; %s says: %s", r.deployed.set.Name, count.Of(len(list), "stack instance"), first.Pair, first.Why),
		"`layerfleet enforce status` lists them; run `layerfleet enforce remove` again when the reason is gone")
}

// detectOnly turns automatic remediation off in all instances; detection stays until they are deleted.
func (r *removal) detectOnly(ctx context.Context) error {
	d := r.deployed
	places := stackset.PlacesOf(d.instances, func(i stackset.Instance) bool { return !i.Suspended() && !i.Inoperable() })
	if !d.content.Automatic || len(places) == 0 {
		return nil
	}
	content := stackset.Content{Body: d.set.Body, Parameters: d.set.Parameters, SelfManaged: d.set.SelfManaged}
	next := d.content
	if d.content.Hash == "" { // parameters say it, in sets that are made by hand or of earlier versions
		content.Parameters = map[string]string{}
		for key, value := range d.set.Parameters {
			content.Parameters[key] = value
		}
		content.Parameters[runbook.ParameterAutomatic] = "false"
	} else {
		next = d.content.Next(runbook.Revision{At: r.clock.Now(), By: r.access.Caller().ARN, Moves: d.content.Moves})
		var err error
		if content.Body, err = runbook.Render(next); err != nil {
			return err
		}
	}
	r.writes = next
	for n, to := range stackset.Exactly(places) {
		var id string
		var err error
		if n == 0 {
			id, err = r.client.Update(ctx, d.set, content, to, r.id(1))
		} else {
			id, err = r.client.Continue(ctx, d.set, to, r.id(1))
		}
		if err := r.wait(ctx, id, err, "turning remediation off"); err != nil {
			return err
		}
		if d.set, err = r.client.Find(ctx, d.set.Name); err != nil {
			return err
		}
	}
	return nil
}

// pollEvery is how often running remediations are looked at, in AWS's time.
const pollEvery = 5 * time.Second

// idle waits until no remediation of the set runs in any pair that can be read.
func (r *removal) idle(ctx context.Context) error {
	d := r.deployed
	var pairs []fleet.Pair
	for _, i := range d.instances {
		if i.Current() && d.enforcesIn(i.Region) {
			pairs = append(pairs, i.Pair)
		}
	}
	for {
		busy := make([]bool, len(pairs))
		err := parallel.Each(ctx, len(pairs), concurrency, func(int, int) {}, func(ctx context.Context, n int) error {
			var err error
			busy[n], err = r.executing(ctx, pairs[n])
			return err
		})
		if err != nil {
			return err
		}
		left := 0
		for _, b := range busy {
			if b {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		r.progress("waiting for remediations to end")(len(pairs)-left, len(pairs))
		if err := r.clock.Sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// executing says whether a remediation of the set runs in a pair. A pair whose rule is gone has nothing to wait for, and
// neither has one that cannot be read: deleting its instance will say what is wrong there.
func (r *removal) executing(ctx context.Context, p fleet.Pair) (bool, error) {
	pages := configservice.NewDescribeRemediationExecutionStatusPaginator(r.access.Config(p),
		&configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &r.deployed.content.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			if ctx.Err() == nil {
				why := reasonOf(fmt.Errorf("reading remediations: %w", err))
				if none := (*types.NoSuchRemediationConfigurationException)(nil); !errors.As(err, &none) {
					r.sink(event.Event{Type: event.Failed, Time: r.clock.Now(), Pair: &p, Reason: why})
				}
			}
			return false, ctx.Err()
		}
		for _, s := range page.RemediationExecutionStatuses {
			if s.State == types.RemediationExecutionStateQueued || s.State == types.RemediationExecutionStateInProgress {
				return true, nil
			}
		}
	}
	return false, nil
}
