package call

import (
	"context"
	"sync"

	"golang.org/x/time/rate"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

// Authorizer decides whether a caller has a permission. The iam service is one.
type Authorizer interface {
	// Authorize returns nil, or the error that AWS answers for the service (AccessDeniedException and its text).
	Authorize(ctx context.Context, op *Op, c Caller, n Permission) error
}

// CheckPermissions is the interceptor that asks for every permission that a call wants.
func CheckPermissions(a Authorizer) Interceptor {
	return func(ctx context.Context, op *Op, c Caller, in any) error {
		if op.noAuth {
			return nil
		}
		for _, n := range op.permissions(c, in) {
			if err := a.Authorize(ctx, op, c, n); err != nil {
				return err
			}
		}
		return nil
	}
}

// CheckQuotas is the interceptor that enforces [Op.Limited] on the sandbox clock.
func CheckQuotas(clk *clock.Clock) Interceptor {
	type buckets struct {
		mu sync.Mutex
		m  map[string]*rate.Limiter
	}
	table := pair.NewTable(func(pair.Key) *buckets { return &buckets{m: map[string]*rate.Limiter{}} })
	return func(_ context.Context, op *Op, c Caller, _ any) error {
		l := op.limit
		if l == nil {
			return nil
		}
		b := table.Get(c.Account, c.Region)
		b.mu.Lock()
		lim := b.m[l.Bucket]
		if lim == nil {
			lim = rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst)
			b.m[l.Bucket] = lim
		}
		b.mu.Unlock()
		if !lim.AllowN(clk.Now(), 1) {
			return l.Exceeded()
		}
		return nil
	}
}

// Fault is an error to inject into matching calls. Empty fields match everything.
type Fault struct {
	Service, Operation, Account, Region string
	// Times is how many matching calls fail; 0 means all.
	Times int
	Err   error
}

// Faults is a list of injected faults; it is safe for concurrent use.
type Faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Add injects a fault and returns a function that removes it.
func (f *Faults) Add(fault Fault) (remove func()) {
	added := &fault
	f.mu.Lock()
	f.list = append(f.list, added)
	f.mu.Unlock()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, have := range f.list {
			if have == added {
				f.list = append(f.list[:i], f.list[i+1:]...)
				return
			}
		}
	}
}

// Intercept is the interceptor that fails the calls that a fault matches.
func (f *Faults) Intercept(_ context.Context, op *Op, c Caller, _ any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, x := range f.list {
		if !matches(x.Service, op.Service) || !matches(x.Operation, op.Name) ||
			!matches(x.Account, c.Account) || !matches(x.Region, c.Region) {
			continue
		}
		if x.Times > 0 {
			if x.Times--; x.Times == 0 {
				f.list = append(f.list[:i], f.list[i+1:]...)
			}
		}
		return x.Err
	}
	return nil
}

func matches(want, have string) bool { return want == "" || want == have }
