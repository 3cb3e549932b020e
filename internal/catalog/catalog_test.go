package catalog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

func version(region string, n int64) layer.VersionARN {
	return layer.ARN{Partition: "aws", Region: region, Account: "100000000000", Name: "deps"}.At(n)
}

const sha = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

// sample has two releases whose numbers differ per Region.
func sample() *catalog.Catalog {
	c := &catalog.Catalog{}
	l := c.Add("deps")
	l.Put(&catalog.Release{Name: "1.10.0", SHA256: strings.Replace(sha, "47", "48", 1), Regions: map[string]layer.VersionARN{
		"us-east-1": version("us-east-1", 7), "eu-west-1": version("eu-west-1", 4),
	}})
	l.Put(&catalog.Release{
		Name: "1.9.0", SHA256: sha, Zipped: 10, Unzipped: 20, Runtimes: []string{"python3.10"}, Architectures: []string{"arm64"},
		License: "on", Description: "it's \"new\": yes", Published: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Grants: []string{"o-abcdefghij"},
		Regions: map[string]layer.VersionARN{"us-east-1": version("us-east-1", 6)}, Missing: []string{"eu-west-1"},
	})
	return c
}

func TestFileIsReadAsWritten(t *testing.T) {
	c := sample()
	if _, err := c.Layer("deps").Promote("1.10.0", "stable", time.Date(2026, 5, 5, 5, 5, 5, 0, time.UTC), nil); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.Parse("x", c.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, c.Bytes())
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	if l := got.Layer("deps"); l.Releases[0].Name != "1.9.0" {
		t.Error("1.10.0 sorts before 1.9.0")
	}
}

// TestAnyTextSurvives writes and reads back what people put into free fields.
func TestAnyTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := sample()
		r := c.Layers[0].Releases[0]
		r.Description, r.License = rapid.String().Draw(t, "description"), rapid.StringMatching(`[ -~]*`).Draw(t, "license")
		r.Runtimes = rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9.]{1,9}`), 0, 3, rapid.ID[string]).Draw(t, "runtimes")
		got, err := catalog.Parse("x", c.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Bytes())
		}
		if string(got.Bytes()) != string(c.Bytes()) || got.Layers[0].Releases[0].Description != r.Description {
			t.Fatalf("%s\n%s", got.Bytes(), c.Bytes())
		}
	})
}

func TestProblems(t *testing.T) {
	const release = "format_version: \"1\"\nlayers:\n  deps:\n    releases:\n      1.0.0:\n        sha256: " + sha + "\n"
	tests := []struct{ name, text, want string }{
		{name: "format", text: "format_version: \"9\"\nlayers: {}\n", want: `format "9" is not known`},
		{name: "no layers", text: "format_version: \"1\"\n", want: "layers is missing"},
		{name: "release", text: "format_version: \"1\"\nlayers: {deps: {releases: {v1: {}}}}\n", want: `"v1" is not a semantic version`},
		{name: "sha", text: "format_version: \"1\"\nlayers: {deps: {releases: {1.0.0: {sha256: abc, regions: {}}}}}\n", want: "not a SHA-256 in base64"},
		{name: "other Region", text: release + "        regions: {eu-west-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:1}\n", want: "x:7:30: layers.deps.releases.1.0.0.regions.eu-west-1: the ARN is of Region us-east-1"},
		{name: "other layer", text: release + "        regions: {us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:dups:1}\n", want: "the ARN is of layer dups"},
		{name: "no ARN", text: release + "        regions: {us-east-1: 5}\n", want: "does not begin with arn:"},
		{name: "grant", text: release + "        grants: [everyone]\n        regions: {}\n", want: `"everyone" is nobody to grant to`},
		{name: "same content", text: release + "        regions: {}\n      1.0.1:\n        sha256: " + sha + "\n        regions: {}\n", want: "has the same content as release 1.0.0"},
		{name: "channel", text: release + "        regions: {}\n    channels:\n      stable: [{release: 2.0.0, since: 2026-01-01T00:00:00Z}]\n", want: `layer deps has no release "2.0.0"`},
		{name: "channel without", text: release + "        regions: {}\n    channels: {stable: []}\n", want: "names no release"},
		{name: "time", text: release + "        regions: {}\n        published: yesterday\n", want: `"yesterday" is not a time`},
		{name: "missing but there", text: release + "        missing: [us-east-1]\n        regions: {us-east-1: arn:aws:lambda:us-east-1:100000000000:layer:deps:1}\n", want: "us-east-1 is no Region that is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := catalog.Parse("x", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPromote(t *testing.T) {
	now := time.Date(2026, 5, 5, 5, 5, 5, 0, time.UTC)
	tests := []struct {
		name, release, channel string
		without                []string
		before, err            string
	}{
		{name: "new channel", release: "1.10.0", channel: "canary"},
		{name: "again", release: "1.10.0", channel: "stable", before: "1.10.0"},
		{name: "not complete", release: "1.9.0", channel: "canary", err: "missing in eu-west-1"},
		{name: "given up", release: "1.9.0", channel: "stable", without: []string{"eu-west-1"}, before: "1.10.0"},
		{name: "unknown", release: "3.0.0", channel: "stable", err: "no release or channel"},
		{name: "a channel", release: "stable", channel: "canary", err: "is a channel"},
		{name: "name", release: "1.10.0", channel: "Stable", err: "cannot name a channel"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := sample().Layer("deps")
			if _, err := l.Promote("1.10.0", "stable", now.Add(-time.Hour), nil); err != nil {
				t.Fatal(err)
			}
			before, err := l.Promote(tt.release, tt.channel, now, tt.without)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || len(hint.Of(err)) == 0 {
					t.Fatalf("got %v, want %q with a hint", err, tt.err)
				}
				return
			}
			if err != nil || before != tt.before || l.Channel(tt.channel).Release() != tt.release {
				t.Fatalf("before %q, channel %+v, error %v", before, l.Channel(tt.channel), err)
			}
			if want := map[bool]int{true: 2, false: 1}[tt.before != "" && tt.before != tt.release]; len(l.Channel(tt.channel).History) != want {
				t.Errorf("history %v, want %d entries", l.Channel(tt.channel).History, want)
			}
		})
	}
}

func TestOlderThan(t *testing.T) {
	l := sample().Layer("deps")
	older := l.OlderThan(l.Release("1.10.0"))
	tests := []struct {
		name string
		v    layer.VersionARN
		want bool
	}{
		{name: "an older release", v: version("us-east-1", 6), want: true},
		{name: "itself", v: version("us-east-1", 7)},
		{name: "itself under another number", v: version("eu-west-1", 4)},
		{name: "unknown, lower there", v: version("eu-west-1", 3), want: true},
		{name: "unknown, higher there", v: version("eu-west-1", 5)},
		{name: "a Region without it", v: version("ap-south-1", 1)},
	}
	for _, tt := range tests {
		if got := older(tt.v); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestFind(t *testing.T) {
	c := sample()
	if l, r := c.Find(version("eu-west-1", 4)); l == nil || r.Name != "1.10.0" {
		t.Errorf("found %v %v", l, r)
	}
	if l, _ := c.Find(version("eu-west-1", 9)); l != nil {
		t.Error("a version that nobody published is found")
	}
	if _, _, err := c.Resolve(catalog.Ref{Layer: "dep", At: "1.0.0"}); err == nil || hint.Of(err)[0] != "did you mean deps?" {
		t.Errorf("%v %q", err, hint.Of(err))
	}
	for _, text := range []string{"deps", "deps@", "@1.0.0", "deps@1.0", "a b@1.0.0"} {
		if _, err := catalog.ParseRef(text); err == nil {
			t.Errorf("%q is taken for a reference", text)
		}
	}
}

func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), catalog.FileName)
	fill := func(c *catalog.Catalog) error { c.Layers = sample().Layers; return nil }
	if err := catalog.Update(path, fill); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != string(sample().Bytes()) {
		t.Fatalf("%v\n%s", err, data)
	}
	broken := errors.New("no")
	if err := catalog.Update(path, func(c *catalog.Catalog) error { c.Layers = nil; return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(data) {
		t.Errorf("a change that failed was written: %v", err)
	}
	if err := os.WriteFile(path, []byte("layers: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := catalog.Update(path, fill); err == nil {
		t.Error("a file that cannot be read is overwritten")
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample().Bytes())
	f.Add([]byte("format_version: \"1\"\nlayers: {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := catalog.Parse("x", data)
		if err != nil {
			return
		}
		again, err := catalog.Parse("x", c.Bytes())
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, c.Bytes())
		}
		if string(again.Bytes()) != string(c.Bytes()) {
			t.Fatalf("%s\n%s", again.Bytes(), c.Bytes())
		}
	})
}
