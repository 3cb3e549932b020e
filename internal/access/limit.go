package access

import (
	"context"
	"sync"

	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// readRate is the share of GetFunction's own quota, 100 a second and pair, that we
// use of it; the other calls share 15 (aws.md §2.6).
const readRate = 60

// limits holds one limiter per pair, made on first use.
type limits struct {
	rate  float64
	clock Clock

	mu     sync.Mutex
	byPair map[fleet.Pair]*limiter
}

func newLimits(perSecond float64, clock Clock) *limits {
	return &limits{rate: perSecond, clock: clock, byPair: map[fleet.Pair]*limiter{}}
}

// of is the limiter of a pair. The other side's seconds are what AWS counts: a faster
// clock allows as many more calls in ours.
func (l *limits) of(p fleet.Pair) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.byPair[p]
	if !ok {
		one = &limiter{
			clock:  l.clock,
			shared: rate.NewLimiter(rate.Limit(l.rate), max(1, int(l.rate))),
			reads:  rate.NewLimiter(rate.Limit(readRate), readRate),
		}
		l.byPair[p] = one
	}
	return one
}

// limiter is the quota of one pair: GetFunction has its own.
type limiter struct {
	clock         Clock
	shared, reads *rate.Limiter
}

// wait waits for a place in a quota.
func (l *limiter) wait(ctx context.Context, quota *rate.Limiter) error {
	now := l.clock.Now()
	place := quota.ReserveN(now, 1)
	d := place.DelayFrom(now)
	if d == 0 {
		return ctx.Err()
	}
	if err := l.clock.Sleep(ctx, d); err != nil {
		place.CancelAt(l.clock.Now())
		return err
	}
	return nil
}

// middleware makes every attempt wait, retries included: they cost quota too.
func (l *limiter) middleware(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("layerfleetLimit",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			quota := l.shared
			if middleware.GetOperationName(ctx) == "GetFunction" {
				quota = l.reads
			}
			if err := l.wait(ctx, quota); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}
