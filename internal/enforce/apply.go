package enforce

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// Errors that end a deployment early.
var (
	// ErrCanary says that a stage failed, so the later ones were not started.
	ErrCanary = errors.New("the canary failed, so the deployment stops here")
	// ErrNotFinished says that functions of a stage were still open when the time to wait was over, so the later stages
	// were not started. The same deployment continues.
	ErrNotFinished = errors.New("the deployment is not finished")
)

// run is one deployment on its way. All that matters is read from AWS: a run that ends anywhere is continued by another.
type run struct {
	*operations
	plan     *Plan
	access   *access.Access
	operator *operator
	sent     bool                      // whether AWS has the plan's template
	tried    map[fleet.Pair]bool       // pairs that were deployed to in this run
	seen     map[fleet.Pair]watch.Pair // what became of functions, as last seen
}

// Apply carries the plan out, stage by stage, and says what it came to. A stage that is not the last must succeed
// somewhere, and have no open functions in the end, before the next one starts: else the error is [ErrCanary] or
// [ErrNotFinished], with the status.
func (p *Plan) Apply(ctx context.Context, a *access.Access, sink event.Sink) (*Status, error) {
	if p.Nothing() {
		return ReadStatus(ctx, a, p.StackSet, sink)
	}
	r := &run{
		operations: newOperations(a, p.deployed, p.content, sink), plan: p, access: a, tried: map[fleet.Pair]bool{}, seen: map[fleet.Pair]watch.Pair{},
		operator: newOperator(a.WithRole(cmp.Or(p.options.Operator, access.OperatorRole)), p.content.Name, sink),
	}
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	ended := r.stages(ctx)
	if ended != nil && !errors.Is(ended, ErrCanary) && !errors.Is(ended, ErrNotFinished) {
		return nil, ended
	}
	s, err := r.deployed.status(ctx, a, r.seen, sink)
	if err != nil {
		return nil, err
	}
	s.NotDeployed(p.Uncovered)
	return s, ended
}

// stages does what is due, as long as something is.
func (r *run) stages(ctx context.Context) error {
	p := r.plan
	for {
		if err := r.deployed.refresh(ctx, r.client); err != nil {
			return err
		}
		if !r.sent {
			if err := r.update(ctx, 0); err != nil {
				return err
			}
			continue
		}
		at := Where(p.stages, r.deployed.instances, r.seen, func(q fleet.Pair) bool { return r.tried[q] })
		switch at.Phase {
		case Update:
			if err := r.update(ctx, at.Stage); err != nil {
				return err
			}
		case Wait:
			if err := r.follow(ctx, at.Stage); err != nil {
				return err
			}
		case Complete:
			return r.finish(ctx)
		}
	}
}

// finish lets accounts that join later get an instance by themselves, where the deployment is for whole units.
func (r *run) finish(ctx context.Context) error {
	p, set := r.plan, r.deployed.set
	if set.SelfManaged || p.targets.restricted || set.AutoDeployment || !r.allCurrent() {
		return nil
	}
	for _, u := range p.targets.units {
		if !slices.Contains(set.Units, u) {
			now, err := r.client.Find(ctx, set.Name)
			if err != nil {
				return err
			}
			set = now
		}
	}
	id, err := r.client.SetAutoDeployment(ctx, set, true, r.id(0))
	return r.wait(ctx, id, err, "turning automatic deployment on")
}

// Why is a reason as a sentence.
func Why(r fleet.Reason) string {
	switch {
	case r.Code == fleet.RemediationFailed && r.Detail != "":
		return r.Detail
	case r.Detail != "":
		return r.Code.Sentence() + ": " + r.Detail
	}
	return r.Code.Sentence()
}
