// Package live compares the catalog with AWS: it checks that AWS still has what the
// catalog says, makes a catalog of layers that exist, looks into their archives and
// writes channels to Parameter Store.
package live

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Progress tells how far a long job is. It may be called often.
type Progress func(job string, done, total int)

// abreast is how many Regions or versions are read at once; a limiter for each account
// and Region spaces the calls out.
const abreast = 16

// each does n things, some at once, until one fails.
func each(ctx context.Context, job string, n int, p Progress, do func(ctx context.Context, i int) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(abreast)
	var mu sync.Mutex
	ended := 0
	for i := range n {
		g.Go(func() error {
			err := do(inner, i)
			mu.Lock()
			defer mu.Unlock()
			ended++
			p(job, ended, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
