package prune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
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
	// KeptSince were to be deleted, and something has come between.
	KeptSince []Kept    `json:"kept_since"`
	Failed    []Failure `json:"failed"`
}

// NewResult is the result of a plan of which nothing is done yet.
func NewResult(p *Plan) *Result {
	return &Result{Plan: p, Deleted: []Version{}, KeptSince: []Kept{}, Failed: []Failure{}}
}

// Failure is a layer version that could not be deleted.
type Failure struct {
	ARN    string `json:"arn"`
	Reason string `json:"reason"`
}

// Complete reports whether everything was seen, or accepted not to be, and nothing
// failed.
func (r *Result) Complete() bool {
	unread := slices.ContainsFunc(r.KeptSince, func(k Kept) bool { return k.Code == PolicyUnreadable })
	return r.Covered() && r.Readable() && len(r.Failed) == 0 && !unread
}

// Apply deletes what the plan shows, and nothing else. Hours may lie between plan and
// answer: it looks again first, at who uses and names the versions now, and keeps those
// that something has come between. A version leaves the catalog before it is deleted, and
// comes back when that fails, so a crash leaves no entry of a version that is gone, and
// what cannot be written down is not deleted. AWS's errors are in the result; an error is
// of the catalog's file, or of an end of ctx, and the result says what was deleted by then.
func (p *Plan) Apply(ctx context.Context, a *access.Access, progress Progress) (*Result, error) {
	r := NewResult(p)
	if err := p.forget(ctx, a); err != nil {
		return r, err
	}
	todo, err := r.again(ctx, a)
	if err != nil {
		return r, err
	}
	var mu sync.Mutex // over the result
	err = each(ctx, progress, "deleting", len(todo), func(ctx context.Context, i int) error {
		v := todo[i]
		reason, err := p.remove(ctx, a, v)
		mu.Lock()
		defer mu.Unlock()
		if reason != "" {
			r.Failed = append(r.Failed, Failure{v.ARN, reason})
		} else if err == nil {
			r.Deleted = append(r.Deleted, v)
		}
		return err
	})
	slices.SortFunc(r.Deleted, compare)
	slices.SortFunc(r.Failed, func(x, y Failure) int { return cmp.Compare(x.ARN, y.ARN) })
	return r, err
}

// again judges the versions to delete once more, and returns those that nothing has come
// between.
func (r *Result) again(ctx context.Context, a *access.Access) (todo []Version, err error) {
	if len(r.Delete) == 0 {
		return nil, nil
	}
	j := *r.judge
	if j.catalog, err = catalog.LoadOrNew(j.options.Catalog); err != nil {
		return nil, err
	}
	list := make([]versions.Version, len(r.Delete))
	for i, v := range r.Delete {
		list[i].VersionARN = v.at
	}
	if _, _, err := j.inspect(ctx, a, [][]versions.Version{list}, nil); err != nil {
		return nil, err
	}
	for _, v := range r.Delete {
		if _, release := j.catalog.Find(v.at); release != nil {
			v.Release = release.Name
		}
		code, why := j.keeps(v, math.MaxInt)
		if code == "" {
			grants, err := versions.Grants(ctx, a, v.at)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			code, why = j.shared(v.at, grants, err)
		}
		if code != "" {
			r.KeptSince = append(r.KeptSince, Kept{v, code, why})
		} else {
			todo = append(todo, v)
		}
	}
	return todo, nil
}

// remove takes a version out of the catalog and deletes it. The reason is AWS's; an
// error is of the catalog's file, and then nothing was deleted.
func (p *Plan) remove(ctx context.Context, a *access.Access, v Version) (reason string, err error) {
	back, err := p.takeOut(v)
	if err != nil {
		return "", fmt.Errorf("%s is not deleted: it cannot be noted in the catalog: %w", v.ARN, err)
	}
	// What has begun is brought to its end.
	if err := versions.Delete(context.WithoutCancel(ctx), a, v.at); err != nil {
		return access.Message(err), back()
	}
	return "", nil
}

// takeOut takes a version out of the catalog; back undoes that.
func (p *Plan) takeOut(v Version) (back func() error, err error) {
	var before catalog.Release
	path := p.judge.options.Catalog
	err = catalog.Update(path, func(c *catalog.Catalog) error {
		if _, r := c.Find(v.at); r != nil {
			before = r.Clone()
			c.RemoveVersion(v.at)
		}
		return nil
	})
	return func() error {
		if before.Name == "" {
			return nil
		}
		return catalog.Update(path, func(c *catalog.Catalog) error {
			l := c.Add(v.at.Name)
			if r := l.Release(before.Name); r != nil {
				r.SetVersion(v.at, before.Published)
			} else {
				l.Put(&before)
			}
			return nil
		})
	}, err
}

// forget takes versions out of the catalog that AWS does not have any more.
func (p *Plan) forget(ctx context.Context, a *access.Access) error {
	for _, v := range p.Gone {
		switch _, err := versions.Get(ctx, a, v.at); {
		case err == nil:
			continue // it is there after all
		case !errors.Is(err, versions.ErrGone):
			return err
		}
		if _, err := p.takeOut(v); err != nil {
			return err
		}
	}
	return nil
}
