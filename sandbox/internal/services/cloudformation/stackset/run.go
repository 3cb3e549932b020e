package stackset

import (
	"context"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// checkPreferences checks operation preferences (reference sheet, §5.3).
func checkPreferences(p types.StackSetOperationPreferences, targets []target) error {
	switch {
	case p.FailureToleranceCount != nil && p.FailureTolerancePercentage != nil:
		return request.Invalid("FailureToleranceCount and FailureTolerancePercentage cannot be specified together") // UNCONFIRMED: the text
	case p.MaxConcurrentCount != nil && p.MaxConcurrentPercentage != nil:
		return request.Invalid("MaxConcurrentCount and MaxConcurrentPercentage cannot be specified together") // UNCONFIRMED: the text
	}
	for _, x := range []struct {
		member      string
		n           *int32
		least, most int32
	}{
		{"failureToleranceCount", p.FailureToleranceCount, 0, math.MaxInt32},
		{"failureTolerancePercentage", p.FailureTolerancePercentage, 0, 100},
		{"maxConcurrentCount", p.MaxConcurrentCount, 1, math.MaxInt32},
		{"maxConcurrentPercentage", p.MaxConcurrentPercentage, 1, 100},
	} {
		if x.n == nil {
			continue
		}
		if rule := apierr.Range(*x.n, x.least, x.most); rule != "" {
			return request.Constraint(*x.n, "operationPreferences."+x.member, rule)
		}
	}
	for _, r := range p.RegionOrder {
		if !slices.ContainsFunc(targets, func(t target) bool { return t.Region == r }) && len(targets) > 0 {
			return request.Invalid("Region %s in RegionOrder is not among the Regions of the operation", r) // UNCONFIRMED: the text
		}
	}
	return nil
}

// limits are the failures that a Region of n accounts tolerates and how many of the accounts may run at once.
func limits(p types.StackSetOperationPreferences, n int) (tolerance, concurrent int) {
	switch {
	case p.FailureToleranceCount != nil:
		tolerance = int(*p.FailureToleranceCount)
	case p.FailureTolerancePercentage != nil:
		tolerance = n * int(*p.FailureTolerancePercentage) / 100
	}
	concurrent = 1
	switch {
	case p.MaxConcurrentCount != nil:
		concurrent = int(*p.MaxConcurrentCount)
	case p.MaxConcurrentPercentage != nil:
		concurrent = max(1, n*int(*p.MaxConcurrentPercentage)/100)
	}
	return tolerance, min(concurrent, maxConcurrent)
}

// maxConcurrent is how many instances of a stack set AWS deploys at once (docs: stacksets-concepts, about 100).
const maxConcurrent = 100

// run runs an operation.
func (s *Service) run(ctx context.Context, sh *shard, x *set, op *operation) {
	groups := op.byRegion()
	within := true
	if op.preferences.RegionConcurrencyType == types.RegionConcurrencyTypeParallel {
		var ended clock.Queue[bool]
		for _, g := range groups {
			s.Clock.Go(func() { ended.Send(s.runRegion(ctx, sh, x, op, g)) })
		}
		for range groups {
			within = s.next(&ended) && within
		}
	} else {
		for _, g := range groups {
			if within = s.runRegion(ctx, sh, x, op, g); !within {
				break
			}
		}
	}
	if ctx.Err() != nil {
		return // the sandbox is closing
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	op.ended = s.Clock.Now()
	switch {
	case op.stop:
		s.cancelRest(x, op, "Cancelled since the operation was stopped")
		op.status = types.StackSetOperationStatusStopped
	case !within:
		s.cancelRest(x, op, "Cancelled since failure tolerance has exceeded")
		op.status, op.reason = types.StackSetOperationStatusFailed, "Failure tolerance has exceeded"
	default:
		op.status = types.StackSetOperationStatusSucceeded
	}
	s.advance(sh, x)
}

// cancelRest cancels the targets that have not started. The shard is locked.
func (s *Service) cancelRest(x *set, op *operation, why string) {
	for _, r := range op.results {
		if r.status != types.StackSetOperationResultStatusPending {
			continue
		}
		r.status, r.reason = types.StackSetOperationResultStatusCancelled, why
		if i := x.instances[r.Key]; i != nil {
			s.changing(i)
			i.detailed, i.reason = types.StackInstanceDetailedStatusCancelled, why
		}
	}
}

// byRegion groups the targets in the order of RegionOrder, then of the request.
func (op *operation) byRegion() [][]*result {
	order := slices.Clone(op.preferences.RegionOrder)
	groups := map[string][]*result{}
	for _, r := range op.results {
		if !slices.Contains(order, r.Region) {
			order = append(order, r.Region)
		}
		groups[r.Region] = append(groups[r.Region], r)
	}
	var out [][]*result
	for _, region := range order {
		if g := groups[region]; g != nil {
			out = append(out, g)
		}
	}
	return out
}

// runRegion runs the operation on the accounts of one Region and says whether the failures are within the tolerance. In
// STRICT mode no more accounts run at once than may still fail; in SOFT mode the concurrency stays as requested.
func (s *Service) runRegion(ctx context.Context, sh *shard, x *set, op *operation, accounts []*result) bool {
	tolerance, concurrent := limits(op.preferences, len(accounts))
	soft := op.preferences.ConcurrencyMode == types.ConcurrencyModeSoftFailureTolerance
	var ended clock.Queue[bool]
	failed, running, next := 0, 0, 0
	for {
		allowed := concurrent
		if !soft {
			allowed = min(concurrent, tolerance+1-failed)
		}
		sh.mu.Lock()
		halt := op.stop || failed > tolerance || ctx.Err() != nil
		sh.mu.Unlock()
		for !halt && running < allowed && next < len(accounts) {
			r := accounts[next]
			next++
			running++
			s.Clock.Go(func() { ended.Send(s.deploy(ctx, sh, x, op, r)) })
		}
		if running == 0 {
			return failed <= tolerance
		}
		if !s.next(&ended) {
			failed++
		}
		running--
	}
}

// next waits for one more to end, and says whether that went well. Everything that was started ends, also when the
// sandbox closes.
func (s *Service) next(ended *clock.Queue[bool]) bool {
	ok, err := ended.Receive(context.Background(), s.Clock)
	return ok && err == nil
}
