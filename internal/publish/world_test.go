package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
	"github.com/layerfleet/layerfleet/internal/versions"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

const (
	publisher = "100000000000"
	member    = "100000000001"
)

// seventeen are the Regions that every account has without opting in.
var seventeen = strings.Fields(`ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
	eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`)

func quiet(string, int, int) {}

// world is an organization to publish in, and a folder with a layer.
type world struct {
	*testing.T
	sb      *sandboxtest.Sandbox
	a       *access.Access
	catalog string
	layer   policy.Layer
}

func start(t *testing.T, regions ...string) *world {
	t.Helper()
	sb, a := rehearsaltest.Start(t, sandbox.Options{Accounts: 3, Functions: 0, Clean: true, Regions: regions})
	dir := t.TempDir()
	w := &world{T: t, sb: sb, a: a, catalog: filepath.Join(dir, catalog.FileName)}
	w.layer = policy.Layer{
		Name: "deps", Source: filepath.Join(dir, "layer"), Release: "1.0.0", Description: "libraries", License: "MIT",
		Runtimes: []string{"python3.13", "python3.12"}, Architectures: []string{"x86_64"}, Regions: regions, Share: policy.Share{Organization: true},
	}
	w.write("python/deps.py", "version = 1\n")
	return w
}

// write puts a file into the layer.
func (w *world) write(name, content string) {
	w.Helper()
	path := filepath.Join(w.layer.Source, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) prepare() (*publish.Plan, error) {
	return publish.Prepare(w.Context(), w.a, publish.Options{Layers: []policy.Layer{w.layer}, Catalog: w.catalog, Verify: true}, quiet)
}

func (w *world) publish() *publish.LayerResult {
	w.Helper()
	p, err := w.prepare()
	if err != nil {
		w.Fatal(err)
	}
	r, err := p.Apply(w.Context(), w.a, quiet)
	if err != nil {
		w.Fatal(err)
	}
	return r.Layers[0]
}

// count is how many versions of the layer each Region has.
func (w *world) count() map[string]int {
	w.Helper()
	counts := map[string]int{}
	for _, region := range w.layer.Regions {
		list, err := versions.List(w.Context(), w.a, layer.ARN{Account: publisher, Name: w.layer.Name}.WithRegion(region))
		if err != nil {
			w.Fatal(err)
		}
		counts[region] = len(list)
	}
	return counts
}

func (w *world) recorded() *catalog.Release {
	w.Helper()
	c, err := catalog.Load(w.catalog)
	if err != nil {
		w.Fatal(err)
	}
	return c.Layer("deps").Release(w.layer.Release)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
