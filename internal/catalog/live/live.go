// Package live compares the catalog with AWS: it checks that AWS still has what the
// catalog says, makes a catalog of layers that exist, looks into their archives and
// writes channels to Parameter Store.
package live

import (
	"context"

	"github.com/layerfleet/layerfleet/internal/parallel"
)

// Progress tells how far a long job is. It may be called often.
type Progress func(job string, done, total int)

// concurrency is how many Regions or versions are read at once; a limiter for each account
// and Region spaces the calls out.
const concurrency = 16

// each does n things, some at once, until one fails.
func each(ctx context.Context, job string, n int, p Progress, do func(ctx context.Context, i int) error) error {
	return parallel.Each(ctx, n, concurrency, func(done, total int) { p(job, done, total) }, do)
}
