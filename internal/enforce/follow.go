package enforce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// ErrCanary says that the canary stage failed, so that the others were not begun.
var ErrCanary = errors.New("the canary failed and the deployment stops here")

// ErrNotJudged says that the time to follow the canary was over before it could be judged, so that the others were not
// begun.
var ErrNotJudged = errors.New("the canary is not judged yet and the deployment stops here")

// Remediating is the label of the progress of remediation; done are the compliant functions.
const Remediating = "remediating"

// followEvery is how often compliance is read while remediation is followed, in AWS's time.
const followEvery = 15 * time.Second

// steady is how many readings in a row must say that nothing is under way.
const steady = 2

// Follow waits until every rule was evaluated and every function is compliant or given up on, or until limit of AWS's
// time is over, and reads the set's status. A limit of 0 reads at once. Where AWS only detects, it waits for the
// evaluation alone.
func Follow(ctx context.Context, a *access.Access, name string, limit time.Duration, p Progress) (*Status, error) {
	set, err := describe(ctx, a, name)
	if err != nil {
		return nil, err
	}
	if limit > 0 {
		if err := settle(ctx, a, name, p); err != nil {
			return nil, err
		}
		list, err := instances(ctx, a, name)
		if err != nil {
			return nil, err
		}
		if _, err := set.follow(ctx, a, list, limit, p); err != nil {
			return nil, err
		}
	}
	return ReadStatus(ctx, a, name, p)
}

// follow waits for evaluation and remediation in the given instances. What it returns was still on its way in the last
// reading.
func (s *set) follow(ctx context.Context, a *access.Access, list []instance, limit time.Duration, p Progress) (tallied, error) {
	end := a.Clock().Now().Add(limit)
	for quiet := 0; ; {
		sum, err := s.tally(ctx, a, list)
		if err != nil {
			return sum, err
		}
		p(Remediating, sum.compliant, sum.compliant+sum.waiting)
		if sum.waiting+sum.unevaluated == 0 {
			quiet++
		} else {
			quiet = 0
		}
		if quiet == steady || !a.Clock().Now().Before(end) {
			return sum, nil
		}
		if err := a.Clock().Sleep(ctx, followEvery); err != nil {
			return sum, fmt.Errorf("remediation goes on in AWS: %w", err)
		}
	}
}

// tallied is what is still on its way in some pairs.
type tallied struct {
	compliant   int
	waiting     int // non-compliant functions that AWS has not given up on
	unevaluated int // rules that were never evaluated
}

// tally sums up. A pair that cannot be read has nothing to wait for; its reason shows in the status.
func (s *set) tally(ctx context.Context, a *access.Access, list []instance) (tallied, error) {
	var (
		mu  sync.Mutex
		sum tallied
	)
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, i := range list {
		if !i.good() || !s.enforcesIn(i.Region) {
			continue
		}
		g.Go(func() error {
			evaluated, err := evaluated(reading, a, i.Pair, s.rule)
			if err != nil {
				return reading.Err()
			}
			o, err := observe(reading, a, i.Pair, s)
			if err != nil {
				return reading.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			sum.compliant += o.Compliant
			if !evaluated {
				sum.unevaluated++
			}
			if s.automatic {
				sum.waiting += o.waiting
			}
			return nil
		})
	}
	err := g.Wait()
	return sum, err
}

// canaryHeld follows the canary stage and says whether the rest may begin: something was deployed, and not every
// remediation failed. Single functions that cannot be remediated do not stop a deployment.
func (p *Plan) canaryHeld(ctx context.Context, a *access.Access, s stage, progress Progress) error {
	set, err := describe(ctx, a, p.StackSet)
	if err != nil {
		return err
	}
	have, err := instances(ctx, a, p.StackSet)
	if err != nil {
		return err
	}
	in := map[fleet.Pair]bool{}
	for _, pair := range s.pairs {
		in[pair] = true
	}
	var canary []instance
	reason := "it has no stack instance"
	for _, i := range have {
		switch {
		case !in[i.Pair]:
		case i.good():
			canary = append(canary, i)
		default:
			reason = i.reason
		}
	}
	if len(canary) == 0 {
		return fmt.Errorf("%w: nothing was deployed to %s: %s", ErrCanary, s.Name, reason)
	}
	open, err := set.follow(ctx, a, canary, p.options.Settle, progress)
	if err != nil {
		return err
	}
	if n := open.unevaluated; n > 0 {
		return fmt.Errorf("%w: %d of %d rules in %s were not evaluated yet", ErrNotJudged, n, len(canary), s.Name)
	}
	if n := open.waiting; n > 0 {
		return fmt.Errorf("%w: %s in %s %s not remediated yet", ErrNotJudged, count.Of(n, "function"), s.Name, count.Word(n, "is", "are"))
	}
	return p.anyMoved(ctx, a, set, canary, s.Name)
}

// anyMoved refuses a canary in which remediations failed and none succeeded. It asks AWS for what succeeded, and does
// not count what is left: an earlier run of the same deployment may have moved the others.
func (p *Plan) anyMoved(ctx context.Context, a *access.Access, set *set, canary []instance, name string) error {
	failed, message := 0, ""
	for _, i := range canary {
		o, err := observe(ctx, a, i.Pair, set)
		if err != nil {
			return fmt.Errorf("reading the canary %s: %w", i.Pair, err)
		}
		if failed += len(o.failures); len(o.failures) > 0 {
			message = o.failures[0].Why()
		}
	}
	if failed == 0 {
		return nil
	}
	since, err := lastUpdate(ctx, a, p.StackSet)
	if err != nil {
		return err
	}
	for _, i := range canary {
		if moved, err := succeeded(ctx, a, i.Pair, set.rule, since); err != nil || moved {
			return err
		}
	}
	return fmt.Errorf("%w: all %d remediations in %s failed, the first because %s", ErrCanary, failed, name, message)
}
