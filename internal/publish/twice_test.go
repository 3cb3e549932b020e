package publish_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// TestTwoPublishers publishes the same release twice at the same time, again and again:
// with one catalog, as two processes of a machine do, and with two, as two machines do.
// There is one version in each Region in the end, the catalogs agree on it, and it is
// shared.
func TestTwoPublishers(t *testing.T) {
	rounds := 10
	if os.Getenv("LAYERFLEET_NIGHTLY") != "" {
		rounds = 100
	}
	for _, machines := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d machines", machines), func(t *testing.T) {
			t.Parallel()
			w := start(t, "us-east-1", "eu-west-1")
			for round := range rounds {
				w.layer.Release = fmt.Sprintf("1.0.%d", round)
				w.write("python/deps.py", fmt.Sprintf("version = %d\n", round))
				second := w.catalog
				if machines == 2 {
					second = filepath.Join(t.TempDir(), catalog.FileName)
				}
				publishTwice(t, w, w.catalog, second)
				settled(t, w, round, w.catalog, second)
			}
		})
	}
}

// publishTwice makes both plans before either is carried out: the worst that can happen.
func publishTwice(t *testing.T, w *world, catalogs ...string) {
	t.Helper()
	var plans []*publish.Plan
	for _, path := range catalogs {
		p, err := publish.Prepare(t.Context(), w.a, publish.Options{Layers: []policy.Layer{w.layer}, Catalog: path}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, p)
	}
	var g sync.WaitGroup
	for _, p := range plans {
		g.Go(func() {
			r, err := p.Apply(t.Context(), w.a, quiet)
			if err != nil || !r.Complete() {
				t.Errorf("%v %+v", err, r.Layers[0].Failed)
			}
		})
	}
	g.Wait()
}

func settled(t *testing.T, w *world, round int, catalogs ...string) {
	t.Helper()
	for _, region := range w.layer.Regions {
		list, err := versions.List(t.Context(), w.a, layer.ARN{Account: publisher, Name: w.layer.Name}.WithRegion(region))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != round+1 {
			t.Fatalf("round %d: %s has %d versions, not %d", round, region, len(list), round+1)
		}
		newest := list[0].VersionARN
		for _, path := range catalogs {
			c, err := catalog.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			r := c.Layer(w.layer.Name).Release(w.layer.Release)
			if r == nil || r.Regions[region] != newest || len(r.Missing) > 0 {
				t.Fatalf("round %d: the catalog has %+v, AWS %s", round, r, newest)
			}
		}
		if grants, err := versions.Grants(t.Context(), w.a, newest); err != nil || len(grants) != 1 {
			t.Fatalf("round %d: %s is shared with %q, %v", round, newest, grants, err)
		}
	}
}

// TestManyLayersOneCatalog has many publish different layers into one catalog at once:
// nothing is lost.
func TestManyLayersOneCatalog(t *testing.T) {
	many := 10
	if os.Getenv("LAYERFLEET_NIGHTLY") != "" {
		many = 100
	}
	w := start(t, "us-east-1")
	var g sync.WaitGroup
	for i := range many {
		l := w.layer
		l.Name = fmt.Sprintf("layer-%d", i)
		g.Go(func() {
			p, err := publish.Prepare(t.Context(), w.a, publish.Options{Layers: []policy.Layer{l}, Catalog: w.catalog}, quiet)
			if err == nil {
				_, err = p.Apply(t.Context(), w.a, quiet)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	c, err := catalog.Load(w.catalog)
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		l := c.Layer(fmt.Sprintf("layer-%d", i))
		if l == nil || l.Release("1.0.0") == nil || len(l.Release("1.0.0").Regions) != 1 {
			t.Errorf("layer %d is lost: %+v", i, l)
		}
	}
}
