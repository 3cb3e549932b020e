package prune

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// abreast is how many Regions or versions are worked on at once. Quotas are per pair,
// and the pair's limiter keeps them.
const abreast = 16

// each runs f for 0 to n-1, some at once, until one fails or ctx ends.
func (o Options) each(ctx context.Context, job string, n int, f func(context.Context, int) error) error {
	return each(ctx, o.Progress, job, n, f)
}

func each(ctx context.Context, progress Progress, job string, n int, f func(context.Context, int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	var mu sync.Mutex
	done := 0
	for i := range n {
		group.Go(func() error {
			if inner.Err() != nil {
				return inner.Err()
			}
			if err := f(inner, i); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(job, done, n)
			return nil
		})
	}
	return group.Wait()
}
