package prune

import (
	"context"

	"github.com/layerfleet/layerfleet/internal/parallel"
)

// concurrency is how many Regions or versions are worked on at once. Quotas are per pair,
// and the pair's limiter keeps them.
const concurrency = 16

// each runs f for 0 to n-1, some at once, until one fails or ctx ends.
func each(ctx context.Context, progress Progress, job string, n int, f func(context.Context, int) error) error {
	return parallel.Each(ctx, n, concurrency, func(done, total int) { progress(job, done, total) }, f)
}
