package enforce

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// Retried is what a retry set going.
type Retried struct {
	FormatVersion string       `json:"format_version"`
	StackSet      string       `json:"stack_set"`
	Functions     []Left       `json:"functions"` // whose remediation was started again
	Instances     []fleet.Pair `json:"instances"` // that were deployed to again
	Cleared       []Left       `json:"cleared"`   // that are right and had an exception
	Failed        []Left       `json:"failed"`    // that could not be started or cleared; the reason says why
}

// Stuck are the functions that nothing moves any more and that another start may: AWS Config gave up on them, their
// remediation failed for good, or it succeeded without moving them.
func (s *Status) Stuck() []watch.Outcome {
	var out []watch.Outcome
	for _, f := range s.Functions {
		if f.State == watch.Excepted || f.State == watch.Failed || f.State == watch.Open && f.Tried {
			out = append(out, f)
		}
	}
	return out
}

// Needless are the functions that are right, while AWS Config still holds an exception for them.
func (s *Status) Needless() []watch.Outcome {
	var out []watch.Outcome
	for _, f := range s.Functions {
		if f.State == watch.Right && f.Exception {
			out = append(out, f)
		}
	}
	return out
}

// Outdated are the pairs whose stack instance failed.
func (s *Status) Outdated() []fleet.Pair {
	var out []fleet.Pair
	for _, p := range s.Pairs {
		if p.Code == fleet.DeploymentFailed {
			out = append(out, p.Pair)
		}
	}
	return out
}

// Retry deploys again where a stack instance failed, clears the exceptions of stuck functions and of right ones, and
// starts the remediation of the stuck ones again, through the role that may do so in the accounts.
func Retry(ctx context.Context, a, through *access.Access, status *Status, sink event.Sink) (*Retried, error) {
	d, err := read(ctx, a, status.StackSet)
	if err != nil {
		return nil, err
	}
	out := &Retried{FormatVersion: "1", StackSet: status.StackSet, Functions: []Left{}, Instances: []fleet.Pair{}, Cleared: []Left{}, Failed: []Left{}}
	if err := d.redeploy(ctx, a, out, sink); err != nil {
		return nil, err
	}
	op := newOperator(through, d.content.Name, sink)
	byPair := map[fleet.Pair][]watch.Outcome{}
	for _, f := range slices.Concat(status.Stuck(), status.Needless()) {
		byPair[f.Pair] = append(byPair[f.Pair], f)
	}
	for pair, functions := range byPair {
		if err := out.start(ctx, op, pair, functions); err != nil {
			return nil, err
		}
	}
	order := func(x, y Left) int {
		return cmp.Or(x.Pair.Compare(y.Pair), cmp.Compare(x.Function, y.Function))
	}
	slices.SortFunc(out.Functions, order)
	slices.SortFunc(out.Cleared, order)
	slices.SortFunc(out.Failed, order)
	return out, nil
}

// start starts the functions of one pair. What is refused there is listed, and does not stop the others.
func (out *Retried) start(ctx context.Context, op *operator, pair fleet.Pair, functions []watch.Outcome) error {
	var names, excepted []string
	for _, f := range functions {
		if f.State != watch.Right {
			names = append(names, f.Name)
		}
		if f.Exception {
			excepted = append(excepted, f.Name)
		}
	}
	err := op.clear(ctx, pair, excepted)
	refused := map[string]string{}
	if err == nil && len(names) > 0 {
		refused, err = op.start(ctx, pair, names)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, f := range functions {
		l := Left{Pair: pair, Function: f.Name, ARN: f.ARN, Reason: f.Reason}
		why, not := refused[f.Name]
		switch {
		case err != nil:
			l.Reason = reasonOf(err)
			out.Failed = append(out.Failed, l)
		case not:
			l.Reason = fleet.Reason{Code: fleet.Unreadable, Detail: why}
			out.Failed = append(out.Failed, l)
		case f.State == watch.Right:
			out.Cleared = append(out.Cleared, l)
		default:
			out.Functions = append(out.Functions, l)
		}
	}
	return nil
}

// redeploy sends the set's template again to the pairs whose instance failed.
func (d *deployed) redeploy(ctx context.Context, a *access.Access, out *Retried, sink event.Sink) error {
	places := stackset.PlacesOf(d.instances, func(i stackset.Instance) bool {
		return d.against(i).Code == fleet.DeploymentFailed && !i.Inoperable()
	})
	o := newOperations(a, d, d.content, sink)
	for _, to := range stackset.Exactly(places) {
		id, err := o.client.Continue(ctx, d.set, to, o.id(1))
		if err := o.wait(ctx, id, err, "deploying again"); err != nil {
			return fmt.Errorf("deploying again: %w", err)
		}
	}
	for _, p := range places {
		out.Instances = append(out.Instances, p.Pair)
	}
	return nil
}
