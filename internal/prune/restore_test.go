package prune_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/internal/versions"
	"github.com/layerfleet/layerfleet/sandbox"
)

// state is a layer version as a user sees it.
type state struct {
	Bytes, Description, License string
	Runtimes, Architectures     []string
	Grants                      []string
}

func (w world) state(v layer.VersionARN) state {
	w.Helper()
	got, err := versions.Get(w.Context(), w.a, v)
	if err != nil {
		w.Fatal(err)
	}
	data, err := versions.Download(w.Context(), got)
	if err != nil {
		w.Fatal(err)
	}
	grants, err := versions.Grants(w.Context(), w.a, v)
	if err != nil {
		w.Fatal(err)
	}
	return state{string(data), got.Description, got.License, got.Runtimes, got.Architectures, grants}
}

// enter puts a version into a catalog as a release.
func (w world) enter(path, release string, vs ...layer.VersionARN) {
	w.Helper()
	err := catalog.Update(path, func(c *catalog.Catalog) error {
		for _, v := range vs {
			got, err := versions.Get(w.Context(), w.a, v)
			if err != nil {
				return err
			}
			l := c.Add(v.Name)
			r := l.Release(release)
			if r == nil {
				r = &catalog.Release{Name: release, SHA256: got.SHA256, Zipped: got.Size, Unzipped: 12, Regions: map[string]layer.VersionARN{}, License: "MIT", Runtimes: got.Runtimes, Architectures: got.Architectures}
				r.Grants, err = versions.Grants(w.Context(), w.a, v)
				l.Put(r)
			}
			r.SetVersion(v, got.Created)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

func TestArchiveAndRestore(t *testing.T) {
	w := start(t, sandbox.Options{})
	ours := w.organization()
	here := w.publish(t, "deps", home, "1.0.0", ours, member)
	there := w.publish(t, "deps", other, "1.0.0", ours)
	twin := w.publish(t, "deps", home, "1.0.0") // the same bytes once more, unknown to the catalog
	o := w.options("deps")
	w.enter(o.Catalog, "1.0.0", here, there)
	before, err := os.ReadFile(o.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	was := map[layer.VersionARN]state{here: w.state(here), there: w.state(there), twin: w.state(twin)}

	dir := filepath.Join(t.TempDir(), "attic")
	p := w.prepare(o)
	if err := p.Archive(t.Context(), w.a, dir, quiet); err != nil {
		t.Fatal(err)
	}
	if r, err := p.Apply(t.Context(), w.a, quiet); err != nil || len(r.Deleted) != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if c, err := catalog.Load(o.Catalog); err != nil || len(c.Layer("deps").Releases) != 0 {
		t.Errorf("the catalog still has %v, %v", c, err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "deps"))
	if err != nil || len(files) != 4 { // one content, three records
		t.Fatalf("%v, %v", files, err)
	}

	record := func(v string) *prune.Archived {
		r, err := prune.ReadArchived(filepath.Join(dir, "deps", v+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Check(w.a, &catalog.Catalog{}, ""); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, tt := range []struct {
		file      string
		was, now  layer.VersionARN
		published bool
	}{
		{file: home + "-1", was: here, now: here.ARN.At(3), published: true},
		{file: other + "-1", was: there, now: there.ARN.At(2), published: true},
		{file: home + "-1", was: here, now: here.ARN.At(3)}, // a repeat changes nothing
	} {
		got, err := record(tt.file).Restore(t.Context(), w.a, o.Catalog, "")
		if err != nil {
			t.Fatal(err)
		}
		if got.ARN != tt.was.String() || got.RestoredAs != tt.now.String() || got.Published != tt.published {
			t.Errorf("%+v", got)
		}
		if diff := cmp.Diff(was[tt.was], w.state(tt.now)); diff != "" {
			t.Error(diff)
		}
	}
	// The twin's bytes are there again; only its grants, none, are its own.
	if got, err := record(home+"-2").Restore(t.Context(), w.a, o.Catalog, ""); err != nil || got.Published || got.RestoredAs != here.ARN.At(3).String() {
		t.Errorf("%+v, %v", got, err)
	}
	after, err := os.ReadFile(o.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(here.String(), here.ARN.At(3).String(), there.String(), there.ARN.At(2).String()).Replace(string(before))
	if diff := cmp.Diff(want, string(after)); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsDeletedWhenArchivingFails(t *testing.T) {
	w := start(t, sandbox.Options{})
	w.publish(t, "deps", home, "1")
	second := w.publish(t, "deps", home, "2")
	p := w.prepare(w.options("deps"))
	dir := t.TempDir()
	// Where the record of the second is to go there is a folder.
	if err := os.MkdirAll(filepath.Join(dir, "deps", home+"-2.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := p.Archive(t.Context(), w.a, dir, quiet); err == nil || !strings.Contains(err.Error(), second.String()) {
		t.Errorf("error is %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "deps", home+"-2.json")); err != nil {
		t.Fatal(err)
	}
	// Bytes of an archive that were spoilt are fetched again.
	names, err := filepath.Glob(filepath.Join(dir, "deps", "*.zip"))
	if err != nil || len(names) != 2 {
		t.Fatalf("%v, %v", names, err)
	}
	if err := os.WriteFile(names[0], []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Archive(t.Context(), w.a, dir, quiet); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"1", "2"} {
		if _, err := prune.ReadArchived(filepath.Join(dir, "deps", home+"-"+n+".json")); err != nil {
			t.Error(err)
		}
	}
}

func TestReadArchivedRefuses(t *testing.T) {
	sum, bytes := archive.Sum([]byte("zip")), "zip"
	arn := layerARN("deps", home, 1).String()
	tests := []struct{ name, record, zip, err string }{
		{name: "no JSON", record: "x", err: "invalid character"},
		{name: "format", record: `{"format_version":"2"}`, err: `format "2"`},
		{name: "no ARN", record: `{"format_version":"1","arn":"x"}`, err: "does not begin with arn:"},
		{name: "no hash", record: `{"format_version":"1","arn":"` + arn + `","sha256":"../../x"}`, err: "not a SHA-256"},
		{name: "release", record: `{"format_version":"1","arn":"` + arn + `","release":"x"}`, err: "not a semantic version"},
		{name: "no bytes", record: `{"format_version":"1","arn":"` + arn + `","sha256":"` + sum + `"}`, err: ".zip"},
		{name: "other bytes", record: `{"format_version":"1","arn":"` + arn + `","sha256":"` + sum + `"}`, zip: bytes + "!", err: "not what was archived"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "r.json")
			if err := os.WriteFile(file, []byte(tt.record), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := prune.ReadArchived(file)
			if tt.zip != "" {
				name, ok := strings.CutPrefix(err.Error(), file+": open ")
				if !ok {
					t.Fatal(err)
				}
				name, _, _ = strings.Cut(name, ": ")
				if err := os.WriteFile(name, []byte(tt.zip), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err = prune.ReadArchived(file)
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error is %v, want %q", err, tt.err)
			}
		})
	}
}

func TestCheckOfAnArchive(t *testing.T) {
	w := start(t, sandbox.Options{})
	v := w.publish(t, "deps", home, "1.0.0")
	o := w.options("deps")
	w.enter(o.Catalog, "1.0.0", v)
	dir := t.TempDir()
	if err := w.prepare(o).Archive(t.Context(), w.a, dir, quiet); err != nil {
		t.Fatal(err)
	}
	r, err := prune.ReadArchived(filepath.Join(dir, "deps", home+"-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	zero := strings.Repeat("A", 43) + "="
	tests := []struct {
		name            string
		release, sha256 string
		err             string
	}{
		{name: "the same", release: "1.0.0", sha256: r.SHA256},
		{name: "other content", release: "1.0.0", sha256: zero, err: "with other content"},
		{name: "other name", release: "1.0.1", sha256: r.SHA256, err: "as release 1.0.1"},
		{name: "other release", release: "1.0.1", sha256: zero},
	}
	for _, tt := range tests {
		c := &catalog.Catalog{}
		c.Add("deps").Put(&catalog.Release{Name: tt.release, SHA256: tt.sha256})
		err := r.Check(w.a, c, "")
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestWhatFailsIsSaid lets AWS refuse one deletion of two, and policies of a third.
func TestWhatFailsIsSaid(t *testing.T) {
	w := start(t, sandbox.Options{})
	for _, text := range []string{"1", "2", "3"} {
		w.publish(t, "deps", home, text)
	}
	w.sb.Inject(sandbox.Fault{Service: "lambda", Operation: "GetLayerVersionPolicy", Times: 1, Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no policy for you"})
	p := w.prepare(w.options("deps"))
	if len(p.Delete) != 2 || len(p.Keep) != 1 || p.Keep[0].Code != prune.PolicyUnreadable || !strings.Contains(p.Keep[0].Reason, "no policy for you") {
		t.Fatalf("%+v", p)
	}
	w.sb.Inject(sandbox.Fault{Service: "lambda", Operation: "DeleteLayerVersion", Times: 1, Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "not this one"})
	r, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil || len(r.Deleted) != 1 || len(r.Failed) != 1 || r.Complete() || !strings.Contains(r.Failed[0].Reason, "not this one") {
		t.Fatalf("%+v, %v", r, err)
	}
	w.sb.Inject(sandbox.Fault{Service: "lambda", Operation: "ListLayers", Times: 1, Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "not here"})
	p = w.prepare(w.options())
	if p.Covered() || len(p.NotCovered) != 1 || len(p.Delete) != 0 || p.NotCovered[0].Detail != "AccessDeniedException: not here" {
		t.Errorf("%+v", p.NotCovered)
	}
}
