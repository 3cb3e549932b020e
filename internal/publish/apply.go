package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// Result is what was published.
type Result struct {
	FormatVersion string         `json:"format_version"`
	Layers        []*LayerResult `json:"layers"`
}

// LayerResult is what was published of a layer.
type LayerResult struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	SHA256  string `json:"sha256"`
	// Regions maps each Region that is as it should be to its layer version ARN.
	Regions map[string]string `json:"regions"`
	// Published, Shared and Unchanged are Regions: with a new version, with new grants
	// on one that was there, with neither.
	Published []string  `json:"published"`
	Shared    []string  `json:"shared"`
	Unchanged []string  `json:"unchanged"`
	Failed    []Failure `json:"failed"`
	// Verified are the Regions where a member account read the version.
	Verified []string `json:"verified,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

// Failure is a Region that is not as it should be.
type Failure struct {
	Region string `json:"region"`
	Reason string `json:"reason"`
}

// Complete reports whether nothing failed.
func (r *Result) Complete() bool {
	return !slices.ContainsFunc(r.Layers, func(l *LayerResult) bool { return len(l.Failed) > 0 })
}

// Apply carries the plan out. A Region that fails is in the result and does not stop
// the others. The catalog is written before anything is published, with the Regions
// that are missing, and after each Region that is complete.
func (p *Plan) Apply(ctx context.Context, a *access.Access, progress Progress) (*Result, error) {
	result := &Result{FormatVersion: "1", Layers: []*LayerResult{}}
	count := &counter{job: "publishing", progress: progress}
	for _, l := range p.Layers {
		count.total += len(l.Regions)
	}
	for _, l := range p.Layers {
		w := &writer{plan: p, layer: l, out: &LayerResult{
			Name: l.Name, Release: l.Release, SHA256: l.SHA256, Notes: l.Notes, Regions: map[string]string{},
			Published: []string{}, Shared: []string{}, Unchanged: []string{}, Failed: []Failure{},
		}}
		result.Layers = append(result.Layers, w.out)
		if err := w.begin(); err != nil {
			return result, err
		}
		// Not errgroup.WithContext: a Region that fails leaves the others alone.
		var g errgroup.Group
		g.SetLimit(l.uploads())
		for _, r := range l.Regions {
			g.Go(func() error {
				defer count.done()
				return w.region(ctx, a, r)
			})
		}
		err := g.Wait()
		w.out.sort()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// uploads is how many Regions get the archive at once: a request holds it about three
// times, as bytes, in base64 and in JSON.
func (l *LayerPlan) uploads() int {
	const room = 512 << 20
	return int(max(1, min(concurrency, room/(3*max(l.Zipped, 1)))))
}

// writer publishes one layer and keeps catalog and result.
type writer struct {
	plan  *Plan
	layer *LayerPlan

	mu  sync.Mutex // over out and the catalog's file
	out *LayerResult
}

// begin notes in the catalog what is about to be published.
func (w *writer) begin() error {
	return w.update(func(r *catalog.Release) {
		// Regions that the fleet policy gave up are not waited for any more.
		r.Missing = slices.DeleteFunc(r.Missing, func(region string) bool { return !slices.Contains(w.layer.source.Regions, region) })
		for _, region := range w.layer.Regions {
			// Where the Region could not be looked at, what the catalog says stays; so does what
			// somebody else wrote there since.
			at, there := r.Regions[region.Region]
			if !there || at == region.recorded && region.Have == nil && region.Err == nil {
				r.MarkMissing(region.Region)
			}
		}
	})
}

// update changes the release in the catalog's file. The fields that come from the
// fleet policy are those of the first publication: a layer version never changes.
func (w *writer) update(change func(*catalog.Release)) error {
	l := w.layer
	return catalog.Update(w.plan.options.Catalog, func(c *catalog.Catalog) error {
		known := c.Add(l.Name)
		r := known.Release(l.Release)
		if r == nil {
			if other := known.Archive(l.SHA256); other != nil {
				return sameContent(other)
			}
			r = &catalog.Release{
				Name: l.Release, SHA256: l.SHA256, Content: l.Content, Zipped: l.Zipped, Unzipped: l.Unzipped, Regions: map[string]layer.VersionARN{},
				Runtimes: sorted(l.source.Runtimes), Architectures: sorted(l.source.Architectures),
				License: l.source.License, Description: l.source.Description,
			}
			known.Put(r)
		}
		switch {
		case r.Content != "" && r.Content != l.Content:
			return changed(r, r.Content, l.Content)
		case r.SHA256 != l.SHA256 && (len(r.Regions) > 0 || r.SHA256 != l.recorded):
			return hint.With(fmt.Errorf("release %s is being published with another archive of the same content", r.Name), "the same command goes on with it")
		}
		r.SHA256, r.Content, r.Zipped, r.Unzipped = l.SHA256, l.Content, cmp.Or(l.Zipped, r.Zipped), l.Unzipped
		r.Grants = append([]string{}, sorted(append(slices.Clone(r.Grants), l.Grants...))...)
		change(r)
		return nil
	})
}

// region brings one Region to where it should be. Its error is of the catalog's file;
// AWS's are in the result.
func (w *writer) region(ctx context.Context, a *access.Access, r RegionPlan) error {
	v, done, err := w.complete(ctx, a, r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		reason := strings.Join(append([]string{access.Message(err)}, hint.Of(err)...), "; ")
		w.out.Failed = append(w.out.Failed, Failure{r.Region, reason})
		return nil
	}
	w.out.Regions[r.Region] = v.String()
	*done = append(*done, r.Region)
	if r.known {
		return nil
	}
	return w.update(func(rel *catalog.Release) {
		rel.SetVersion(v.VersionARN, v.Created)
	})
}

// complete publishes, shares and verifies; done is the list that the Region belongs to.
func (w *writer) complete(ctx context.Context, a *access.Access, r RegionPlan) (v *versions.Version, done *[]string, err error) {
	switch {
	case r.Err != nil:
		return nil, nil, r.Err
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	}
	v, done = r.Have, &w.out.Unchanged
	if v == nil {
		if v, err = w.meanwhile(ctx, a, r); err != nil {
			return nil, nil, err
		}
		r.Share = w.layer.Grants
	}
	switch {
	case v == nil:
		if v, err = w.publish(ctx, a, r); err != nil {
			return nil, nil, err
		}
		done = &w.out.Published
	case len(r.Share) > 0:
		done = &w.out.Shared
	}
	if len(r.Share) > 0 {
		if _, err := versions.Grant(ctx, a, v.VersionARN, r.Share); err != nil {
			return nil, nil, fmt.Errorf("version %d is there, but not shared: %s", v.VersionARN.Version, access.Message(err))
		}
	}
	if w.plan.options.Verify && len(w.layer.Grants) > 0 {
		if err := w.verify(ctx, a, v); err != nil {
			return nil, nil, err
		}
	}
	return v, done, nil
}

// meanwhile is the version that another publisher on this machine wrote down since the
// plan was made; nil without one.
func (w *writer) meanwhile(ctx context.Context, a *access.Access, r RegionPlan) (*versions.Version, error) {
	c, err := catalog.LoadOrNew(w.plan.options.Catalog)
	if err != nil {
		return nil, err
	}
	known := c.Add(w.layer.Name).Release(w.layer.Release)
	if known == nil {
		return nil, nil //nolint:nilnil // nobody did: an answer
	}
	at, there := known.Regions[r.Region]
	if !there || at == r.recorded {
		return nil, nil //nolint:nilnil // as above
	}
	v, err := versions.Get(ctx, a, at)
	if errors.Is(err, versions.ErrGone) || err == nil && v.SHA256 != w.layer.SHA256 {
		return nil, nil //nolint:nilnil // nothing that could be used
	}
	return v, err
}

// publish makes a version. When others publish the same meanwhile, one version stays.
func (w *writer) publish(ctx context.Context, a *access.Access, r RegionPlan) (*versions.Version, error) {
	l := w.layer
	d := versions.Draft{
		Layer: layer.ARN{Account: a.Caller().Account, Name: l.Name}.WithRegion(r.Region), SHA256: l.SHA256,
		Description: versions.Describe(l.Release, l.source.Description), License: l.source.License,
		Runtimes: l.source.Runtimes, Architectures: l.source.Architectures, Zip: l.archive.Data, Bucket: l.source.Bucket,
	}
	v, own, err := versions.Publish(ctx, a, d, r.seen)
	if err != nil || !own {
		return v, err
	}
	return versions.Only(ctx, a, v, d.Description, r.seen)
}

// How often, and after which pause, a new version is looked at again by an account that it was just shared with.
const (
	grantLooks = 10
	grantPause = 2 * time.Second
)

// verify reads the version as the first member account that it is shared with and that
// can be reached.
func (w *writer) verify(ctx context.Context, a *access.Access, v *versions.Version) error {
	everybody := slices.ContainsFunc(w.layer.Grants, func(g string) bool { return !layer.ValidAccount(g) })
	reached := errors.New("it is shared with no member of the organization")
	for _, id := range w.plan.members {
		if !everybody && !slices.Contains(w.layer.Grants, id) {
			continue
		}
		if reached = a.Reach(ctx, id); reached != nil {
			continue
		}
		_, err := versions.GetAs(ctx, a, fleet.Pair{AccountID: id, Region: v.Region}, v.VersionARN)
		for range grantLooks { // a grant may take seconds to count
			if err == nil || !access.Denied(err) {
				break
			}
			if err := a.Clock().Sleep(ctx, grantPause); err != nil {
				return err
			}
			_, err = versions.GetAs(ctx, a, fleet.Pair{AccountID: id, Region: v.Region}, v.VersionARN)
		}
		if err != nil {
			return fmt.Errorf("account %s cannot use it: %s", id, access.Message(err))
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.out.Verified = append(w.out.Verified, v.Region)
		return nil
	}
	return fmt.Errorf("version %d is shared, but no member account could verify it: %s", v.VersionARN.Version, access.Message(reached))
}

func (r *LayerResult) sort() {
	for _, list := range [][]string{r.Published, r.Shared, r.Unchanged, r.Verified} {
		slices.Sort(list)
	}
	slices.SortFunc(r.Failed, func(x, y Failure) int { return cmp.Compare(x.Region, y.Region) })
}
