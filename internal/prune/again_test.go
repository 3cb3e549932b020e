package prune_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/sandbox"
)

// note puts versions into the catalog, a release each.
func (w world) note(t *testing.T, path string, vs ...layer.VersionARN) {
	t.Helper()
	err := catalog.Update(path, func(c *catalog.Catalog) error {
		for i, v := range vs {
			c.Add(v.Name).Put(&catalog.Release{
				Name: []string{"1.0.0", "1.1.0", "1.2.0", "1.3.0"}[i], SHA256: strings.Repeat("A", 42) + string(rune('A'+4*i)) + "=",
				Regions: map[string]layer.VersionARN{v.Region: v},
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w world) noted(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLooksAgainBeforeDeleting has what comes between the plan and the answer: a function
// takes a version, a channel names one, a stack set moves functions to one.
func TestLooksAgainBeforeDeleting(t *testing.T) {
	w := start(t, sandbox.Options{})
	ours := w.organization()
	v := []layer.VersionARN{w.publish(t, "deps", home, "1", ours), w.publish(t, "deps", home, "2", ours), w.publish(t, "deps", home, "3", ours), w.publish(t, "deps", home, "4", ours)}
	o := w.options("deps")
	w.note(t, o.Catalog, v...)
	enforced := map[layer.VersionARN]string{}
	o.Protected = func(context.Context) (map[layer.VersionARN]string, error) { return enforced, nil }
	p := w.prepare(o)
	if len(p.Delete) != 4 {
		t.Fatalf("%+v", p.Delete)
	}
	w.function(t, member, home, "late", v[0])
	err := catalog.Update(o.Catalog, func(c *catalog.Catalog) error {
		_, err := c.Layer("deps").Promote("1.1.0", "stable", time.Now(), nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	enforced[v[2]] = "stack set x moves functions to it"
	r, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]prune.Code{}
	for _, k := range r.KeptSince {
		got[k.ARN] = k.Code
	}
	if len(got) != 3 || got[v[0].String()] != prune.InUse || got[v[1].String()] != prune.InChannel || got[v[2].String()] != prune.Enforced {
		t.Errorf("kept since: %+v", r.KeptSince)
	}
	if len(r.Deleted) != 1 || r.Deleted[0].ARN != v[3].String() || len(r.Failed) > 0 || !r.Complete() {
		t.Errorf("deleted %+v, failed %+v", r.Deleted, r.Failed)
	}
	if text := w.noted(t, o.Catalog); strings.Contains(text, v[3].String()) || !strings.Contains(text, v[0].String()) {
		t.Errorf("the catalog has\n%s", text)
	}
}

// TestGhostsLeaveTheCatalog takes out what was deleted behind its back, and what a killed
// writer left next to it.
func TestGhostsLeaveTheCatalog(t *testing.T) {
	w := start(t, sandbox.Options{})
	ours := w.organization()
	v := []layer.VersionARN{w.publish(t, "deps", home, "1", ours), w.publish(t, "deps", home, "2", ours)}
	o := w.options("deps")
	o.Keep = 5
	w.note(t, o.Catalog, v...)
	number := v[0].Version
	if _, err := w.lambda(manager, home).DeleteLayerVersion(t.Context(), &lambda.DeleteLayerVersionInput{LayerName: &v[0].Name, VersionNumber: &number}); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(filepath.Dir(o.Catalog), "."+filepath.Base(o.Catalog)+".4711")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := w.prepare(o)
	if len(p.Gone) != 1 || p.Gone[0].ARN != v[0].String() || p.Gone[0].Release != "1.0.0" || len(p.Delete) > 0 {
		t.Fatalf("gone %+v, delete %+v", p.Gone, p.Delete)
	}
	if complete, some := p.Pending(); !complete || !some {
		t.Errorf("complete %v, something to do %v", complete, some)
	}
	if _, err := p.Apply(t.Context(), w.a, quiet); err != nil {
		t.Fatal(err)
	}
	if text := w.noted(t, o.Catalog); strings.Contains(text, v[0].String()) || !strings.Contains(text, v[1].String()) {
		t.Errorf("the catalog has\n%s", text)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a left-over stays: %v", err)
	}
	if p := w.prepare(o); len(p.Gone) > 0 {
		t.Errorf("again: %+v", p.Gone)
	}
}

// TestWhatCannotBeNotedIsNotDeleted has a catalog that cannot be written, and a deletion
// that AWS refuses: entry and version stay together.
func TestWhatCannotBeNotedIsNotDeleted(t *testing.T) {
	w := start(t, sandbox.Options{})
	ours := w.organization()
	v := w.publish(t, "deps", home, "1", ours)
	o := w.options("deps")
	w.note(t, o.Catalog, v)
	before := w.noted(t, o.Catalog)
	p := w.prepare(o)
	w.sb.Inject(sandbox.Fault{Operation: "DeleteLayerVersion", Times: 1, Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"})
	r, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil || len(r.Failed) != 1 || len(r.Deleted) > 0 || r.Complete() {
		t.Fatalf("%v %+v", err, r)
	}
	if after := w.noted(t, o.Catalog); after != before {
		t.Errorf("the catalog has\n%s", after)
	}
	// A folder in the catalog's place cannot be written by anybody, root neither.
	if err := errors.Join(os.Remove(o.Catalog), os.MkdirAll(filepath.Join(o.Catalog, "x"), 0o750)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(t.Context(), w.a, quiet); err == nil {
		t.Error("a catalog that cannot be read is no error")
	}
	list, err := w.lambda(manager, home).ListLayerVersions(t.Context(), &lambda.ListLayerVersionsInput{LayerName: &v.Name})
	if err != nil || len(list.LayerVersions) != 1 {
		t.Errorf("%v, %d versions left", err, len(list.LayerVersions))
	}
}

// TestGrantsThatCannotBeRead keep the version, and show in the exit code.
func TestGrantsThatCannotBeRead(t *testing.T) {
	w := start(t, sandbox.Options{})
	w.publish(t, "deps", home, "1", w.organization())
	w.sb.Inject(sandbox.Fault{Operation: "GetLayerVersionPolicy", Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"})
	p := w.prepare(w.options("deps"))
	if complete, some := p.Pending(); complete || some || p.Readable() || !slices.ContainsFunc(p.Keep, func(k prune.Kept) bool { return k.Code == prune.PolicyUnreadable }) {
		t.Errorf("complete %v, something %v, %+v", complete, some, p.Keep)
	}
}
