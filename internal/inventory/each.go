package inventory

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// abreast is how many accounts or pairs are asked at once. Quotas are per pair, so
// that only our own connections are at stake.
const abreast = 32

// each runs f for 0 to n-1, some at once, until one fails; progress hears of every
// one that ended.
func each(ctx context.Context, n int, progress func(done, total int), f func(context.Context, int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	var mu sync.Mutex
	done := 0
	for i := range n {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := f(inner, i); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, n)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// report names a job for the listener.
func (r Request) report(job string) func(done, total int) {
	return func(done, total int) {
		if r.Progress != nil {
			r.Progress(job, done, total)
		}
	}
}
