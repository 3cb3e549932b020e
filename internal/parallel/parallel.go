// Package parallel does many like things at once, with a limit and with progress.
package parallel

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Each runs f for 0 to n-1, at most concurrency at once, until one fails or ctx ends,
// whose error it returns. progress, which may be nil, is told of each that succeeded;
// its calls do not overlap.
func Each(ctx context.Context, n, concurrency int, progress func(done, total int), f func(context.Context, int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
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
			if progress == nil {
				return nil
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
