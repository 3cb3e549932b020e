package inventory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// versioned is the covered organization with published versions of one function.
func versioned(t *testing.T) *cloud {
	t.Helper()
	c := covered(t)
	here := at(member, "us-east-1")
	for i, layer := range []string{"2", "3", "3"} {
		f := function(here, "b", version(here.Region, deps+layer))
		f.Version = string(rune('1' + i))
		c.functions[here] = append(c.functions[here], f)
	}
	c.teams = map[string]string{"a": "red", "b": "blue"}
	return c
}

func TestVersionsAreListedWhenAsked(t *testing.T) {
	c := versioned(t)
	a, err := c.open()
	if err != nil {
		t.Fatal(err)
	}
	for _, all := range []bool{false, true} {
		got, _, err := inventory.List(t.Context(), a, inventory.Request{Versions: all})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range got {
			names = append(names, f.Name+":"+f.Version)
			if strings.HasSuffix(f.ARN, f.Version) {
				t.Errorf("the ARN is qualified: %s", f.ARN)
			}
		}
		want := "b:$LATEST c:$LATEST none:$LATEST a:$LATEST d:$LATEST image:$LATEST"
		if all {
			want = "b:$LATEST b:1 b:2 b:3 c:$LATEST none:$LATEST a:$LATEST d:$LATEST image:$LATEST"
		}
		if diff := cmp.Diff(words(want), words(strings.Join(names, " "))); diff != "" {
			t.Error(diff)
		}
	}
	found, err := inventory.Find(t.Context(), a, inventory.Request{Source: inventory.Scan, Versions: true, Layers: selector(t, "deps", 3)})
	if err != nil || len(found.Functions) != 1 || found.Functions[0].Version != "1" || found.LookedAt != inventory.All {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := inventory.Find(t.Context(), a, inventory.Request{Source: inventory.Aggregator, Versions: true}); err == nil {
		t.Error("the aggregator is asked for published versions")
	}
}

func TestUses(t *testing.T) {
	here, there := "us-east-1", "eu-west-1"
	known := &catalog.Catalog{}
	release := func(name, sha, region string, n int64) {
		known.Add("deps").Put(&catalog.Release{Name: name, SHA256: sha, Regions: map[string]layer.VersionARN{
			region: layer.ARN{Account: management, Name: "deps"}.WithRegion(region).At(n),
		}})
	}
	release("1.10.0", "a", here, 4)
	release("1.9.0", "b", here, 3)
	row := func(release, arn string, p fleet.Pair, owner string, latest, versions int) inventory.UsageRow {
		return inventory.UsageRow{Release: release, LayerVersionARN: arn, Pair: p, Owner: owner, Latest: latest, Versions: versions}
	}
	old := row("version 2", version(here, deps+"2"), at(member, here), "blue", 0, 1)
	elsewhere := row("version 3", version(there, deps+"3"), at(member, there), "red", 1, 0)
	nine := row("1.9.0", version(here, deps+"3"), at(member, here), "blue", 1, 2)
	ten := row("1.10.0", version(here, deps+"4"), at(member, here), inventory.NoOwner, 1, 0)
	unowned := func(r inventory.UsageRow) inventory.UsageRow { r.Owner = inventory.NoOwner; return r }
	latest := nine
	latest.Versions = 0
	tests := []struct {
		name   string
		change func(*cloud)
		source inventory.Source
		tag    string
		want   []inventory.UsageRow
		note   string
		err    string
	}{
		{name: "scan", source: inventory.Scan, want: []inventory.UsageRow{old, elsewhere, nine, ten}},
		{name: "aggregator", source: inventory.Aggregator, want: []inventory.UsageRow{elsewhere, latest, ten}},
		{
			name: "no aggregator", source: inventory.Scan, change: func(c *cloud) { c.aggregator = nil },
			want: []inventory.UsageRow{unowned(old), unowned(elsewhere), unowned(nine), ten}, note: "no aggregator in account",
		},
		{
			name: "denied", source: inventory.Scan, change: func(c *cloud) { c.deny["SelectAggregateResourceConfig"] = true },
			want: []inventory.UsageRow{unowned(old), unowned(elsewhere), unowned(nine), ten}, note: "AccessDenied",
		},
		{name: "another tag", source: inventory.Scan, tag: "owner", want: []inventory.UsageRow{unowned(old), unowned(elsewhere), unowned(nine), ten}},
		{name: "no tag", source: inventory.Scan, tag: "it's", err: "cannot be the key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := versioned(t)
			if tt.change != nil {
				tt.change(c)
			}
			a, err := c.open()
			if err != nil {
				t.Fatal(err)
			}
			if tt.tag == "" {
				tt.tag = "team"
			}
			got, err := inventory.Uses(t.Context(), a, inventory.Request{Source: tt.source, Layers: selector(t, "deps", 0)}, known, tt.tag)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error is %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Rows); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(got.Notes, "\n"); (tt.note == "") != (notes == "") || !strings.Contains(notes, tt.note) {
				t.Errorf("notes are %q, want %q", notes, tt.note)
			}
		})
	}
}

func words(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		out[w] = true
	}
	return out
}
