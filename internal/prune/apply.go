package prune

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Result is a plan with what came of it.
type Result struct {
	*Plan
	Deleted []Version `json:"deleted"`
	Failed  []Failure `json:"failed"`
}

// Failure is a layer version that could not be deleted.
type Failure struct {
	ARN    string `json:"arn"`
	Reason string `json:"reason"`
}

// Complete reports whether everything was seen, or accepted not to be, and nothing
// failed.
func (r *Result) Complete() bool { return r.Covered() && len(r.Failed) == 0 }

// Apply deletes what the plan shows, and nothing else: it does not look again. Each
// deletion is noted in the catalog right away. AWS's errors are in the result; an error
// is of the catalog's file, or of an end of ctx, and the result says what was deleted
// by then.
func (p *Plan) Apply(ctx context.Context, a *access.Access, progress Progress) (*Result, error) {
	r := &Result{Plan: p, Deleted: []Version{}, Failed: []Failure{}}
	var mu sync.Mutex // over the result and the catalog's file
	err := each(ctx, progress, "deleting", len(p.Delete), func(ctx context.Context, i int) error {
		v := p.Delete[i]
		// What was begun is brought to its end, so that the catalog hears of it.
		err := versions.Delete(context.WithoutCancel(ctx), a, v.at)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			r.Failed = append(r.Failed, Failure{v.ARN, access.Message(err)})
			return nil
		}
		r.Deleted = append(r.Deleted, v)
		return p.lose(v)
	})
	slices.SortFunc(r.Deleted, compare)
	slices.SortFunc(r.Failed, func(x, y Failure) int { return cmp.Compare(x.ARN, y.ARN) })
	return r, err
}

// lose takes a deleted version out of the catalog.
func (p *Plan) lose(v Version) error {
	if v.Release == "" {
		return nil
	}
	err := catalog.Update(p.catalog, func(c *catalog.Catalog) error {
		c.RemoveVersion(v.at)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s is deleted, but still in the catalog: %w", v.ARN, err)
	}
	return nil
}
