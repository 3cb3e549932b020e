package publish_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/sandbox"
)

// stored makes a zip of one file as another compressor would: with other bytes.
func stored(t *testing.T, path, name, content string) {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o644)
	f, err := z.CreateHeader(h)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err := errors.Join(err, z.Close(), os.WriteFile(path, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// TestSameContentOfAnotherCompressor publishes a directory whose release was published
// from a zip with the same files: nothing changed, and a new Region gets the very bytes
// that the others have.
func TestSameContentOfAnotherCompressor(t *testing.T) {
	for _, old := range []bool{false, true} {
		w := start(t, "us-east-1", "eu-west-1")
		dir := w.layer.Source
		w.layer.Source += ".zip"
		stored(t, w.layer.Source, "python/deps.py", "version = 1\n")
		w.layer.Regions = []string{"us-east-1"}
		first := w.publish()
		if old { // a catalog from before there were contents
			text, err := os.ReadFile(w.catalog)
			if err != nil {
				t.Fatal(err)
			}
			cut := regexp.MustCompile(`(?m)^ +content: .*\n`).ReplaceAll(text, nil)
			if len(cut) == len(text) {
				t.Fatal("the catalog has no content")
			}
			if err := os.WriteFile(w.catalog, cut, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		w.layer.Source, w.layer.Regions = dir, []string{"us-east-1", "eu-west-1"}
		second := w.publish()
		if second.SHA256 != first.SHA256 || len(second.Unchanged) != 1 || len(second.Published) != 1 || len(second.Failed) > 0 {
			t.Errorf("old catalog %v: %+v after %+v", old, second, first)
		}
		if r := w.recorded(); r.SHA256 != first.SHA256 || r.Content == "" || len(r.Regions) != 2 {
			t.Errorf("old catalog %v: %+v", old, r)
		}
	}
}

// TestDifferenceToTheFormerRelease is in the plan, file by file.
func TestDifferenceToTheFormerRelease(t *testing.T) {
	w := start(t, "us-east-1")
	w.write("python/gone.py", "x\n")
	w.publish()
	if err := os.Remove(w.layer.Source + "/python/gone.py"); err != nil {
		t.Fatal(err)
	}
	w.write("python/deps.py", "version = 22\n")
	w.write("python/new.py", "y\n")
	w.layer.Release = "1.1.0"
	p, err := w.prepare()
	if err != nil {
		t.Fatal(err)
	}
	f := p.Layers[0].Former
	if f == nil || f.Release != "1.0.0" || f.Unzipped != 14 || len(f.Files) != 3 || p.Layers[0].Unzipped != 15 {
		t.Fatalf("%+v", f)
	}
}

// TestRefusedLayersSayAll has two layers with problems: both are told, nothing is written.
func TestRefusedLayersSayAll(t *testing.T) {
	w := start(t, "us-east-1")
	w.write("python/_x.cpython-312-x86_64-linux-gnu.so", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00")
	w.layer.Runtimes = []string{"python3.13"}
	p, err := w.prepare()
	refused, ok := errors.AsType[*publish.Refusal](err)
	if !ok || p == nil || len(refused.Layers) != 1 || len(p.Layers[0].Check.Of(check.Refused)) != 1 {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"layer deps: 1 problem keeps it from being published", "\n  python/_x.cpython-312-x86_64-linux-gnu.so is for python3.12 only, and runtimes declares python3.13"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

// TestGrownReleasesAskForFunctions asks the aggregator, which answers that nothing uses
// the layer; where it does not answer, the plan says so.
func TestGrownReleasesAskForFunctions(t *testing.T) {
	w := start(t, "us-east-1")
	w.publish()
	w.write("python/more.txt", strings.Repeat("more of it\n", 200_000))
	w.layer.Release = "1.1.0"
	for _, answers := range []bool{true, false} {
		if !answers {
			w.sb.Inject(sandbox.Fault{Operation: "SelectAggregateResourceConfig", Status: 403, Code: "AccessDeniedException", Message: "no"})
		}
		p, err := w.prepare()
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Contains(strings.Join(p.Layers[0].Notes, "\n"), "it is 2200000 bytes larger than release 1.0.0; which functions")
		if len(p.Layers[0].Over) > 0 || said == answers {
			t.Errorf("answers %v: %+v %q", answers, p.Layers[0].Over, p.Layers[0].Notes)
		}
	}
}
