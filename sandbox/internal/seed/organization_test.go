package seed_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
)

func draw(t *testing.T, o seed.Options) (*seed.Organization, []seed.Function) {
	t.Helper()
	f, err := seed.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f, slices.Collect(f.Functions())
}

func options() seed.Options {
	return seed.Options{Accounts: 12, Regions: []string{"us-east-1", "us-west-2", "eu-west-1"}, Functions: 600, Seed: 1}
}

func TestSameOptionsSameFleet(t *testing.T) {
	a, fa := draw(t, options())
	b, fb := draw(t, options())
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(fa, fb); diff != "" {
		t.Error(diff)
	}
	o := options()
	o.Seed = 2
	if _, other := draw(t, o); cmp.Equal(fa, other) {
		t.Error("another seed draws another fleet")
	}
}

func TestFleetHasItsTroubles(t *testing.T) {
	f, functions := draw(t, options())
	if len(f.Accounts) != 12 || len(functions) != 600 {
		t.Fatalf("%d accounts, %d functions", len(f.Accounts), len(functions))
	}
	var suspended, dark, images, many, owned, aliases, broken int
	for _, a := range f.Accounts {
		suspended += count(a.Trouble == seed.Suspended)
		dark += count(!a.Recorder)
	}
	names := map[string]bool{}
	for _, fn := range functions {
		key := fn.Account + fn.Region + fn.Name
		if names[key] {
			t.Errorf("two functions %s", key)
		}
		names[key] = true
		images += count(fn.Image)
		many += count(len(fn.Layers) > 1)
		aliases += count(fn.Alias)
		owned += count(fn.Tags["aws:cloudformation:stack-name"] != "")
		for _, u := range fn.Layers {
			broken += count(u.Layer == seed.LayerCrypto && u.Release < 2)
		}
	}
	for what, n := range map[string]int{"suspended": suspended, "without recorder": dark, "images": images, "multi-layer": many, "owned": owned, "aliases": aliases, "broken siblings": broken} {
		if n == 0 {
			t.Errorf("a fleet of 600 has none %s", what)
		}
	}
	late := f.Layers[1].Releases[5].Versions
	if late["us-east-1"] == late["eu-west-1"] {
		t.Errorf("numbers of %s agree: %v", f.Layers[1].Name, late)
	}
}

func TestCleanFleetHasNone(t *testing.T) {
	o := options()
	o.Clean = true
	f, functions := draw(t, o)
	for _, a := range f.Accounts {
		if a.Trouble != "" || !a.Recorder {
			t.Errorf("account %+v", a)
		}
	}
	for _, l := range f.Layers {
		for _, r := range l.Releases {
			if r.Deleted || r.Unshared || r.Versions["us-east-1"] != r.Versions["eu-west-1"] {
				t.Errorf("%s %+v", l.Name, r)
			}
		}
	}
	for _, fn := range functions {
		for _, u := range fn.Layers {
			if u.Layer == seed.LayerCrypto && u.Release < 2 {
				t.Errorf("%s uses a deleted or unshared release", fn.Name)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	for name, o := range map[string]seed.Options{
		"no account":         {Regions: []string{"us-east-1"}},
		"no Region":          {Accounts: 2},
		"negative functions": {Accounts: 2, Regions: []string{"us-east-1"}, Functions: -1},
	} {
		if _, err := seed.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
