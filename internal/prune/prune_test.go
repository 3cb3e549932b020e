package prune_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/sandbox"
)

func (w world) organization() string {
	w.Helper()
	o, err := org.Read(w.Context(), w.a.Organizations(), manager)
	if err != nil {
		w.Fatal(err)
	}
	return o.ID
}

func TestWhatStaysAndWhy(t *testing.T) {
	w := start(t, sandbox.Options{})
	ours := w.organization()
	v := []layer.VersionARN{
		w.publish(t, "deps", home, "1", ours),                             // used by $LATEST
		w.publish(t, "deps", home, "2", ours),                             // by a published version only
		w.publish(t, "deps", home, "3", ours),                             // by the version of an alias
		w.publish(t, "deps", home, "4", ours),                             // by nothing
		w.publish(t, "deps", home, "5", "*"),                              // shared with everybody
		w.publish(t, "deps", home, "6", ours, "999999999999"),             // shared outside
		w.publish(t, "deps", home, "7", "o-zzzzzzzzzz"),                   // another organization
		w.publish(t, "deps", home, "8", member),                           // a member, by id
		w.publish(t, "deps", home, "9"),                                   // nobody's
		w.publish(t, "deps", home, "10"),                                  // in a channel
		w.publish(t, "deps", home, "11"),                                  // in the history of one
		w.publish(t, "deps", home, "12"),                                  // enforced
		w.publish(t, "deps", home, "13"), w.publish(t, "deps", home, "x"), // the newest
		w.publish(t, "deps", other, "1", ours), // the number and content of the first, unused here
	}
	w.function(t, member, home, "plain", v[0])
	frozen := w.function(t, member, home, "frozen", v[1])
	w.freeze(t, frozen, "frozen", "")
	aliased := w.function(t, member, home, "aliased", v[2])
	w.freeze(t, aliased, "aliased", "live")

	o := w.options()
	err := catalog.Update(o.Catalog, func(c *catalog.Catalog) error {
		l := c.Add("deps")
		for i, name := range map[int]string{3: "1.0.0", 9: "1.2.0", 10: "1.1.0"} {
			l.Put(&catalog.Release{Name: name, SHA256: strings.Repeat("A", 42) + string(rune('A'+4*i)) + "=", Regions: map[string]layer.VersionARN{home: v[i]}})
		}
		for _, name := range []string{"1.1.0", "1.2.0"} {
			if _, err := l.Promote(name, "stable", time.Now(), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Keep = 2
	o.Protected = func(context.Context) (map[layer.VersionARN]string, error) {
		return map[layer.VersionARN]string{v[11]: "stack set x moves functions to it"}, nil
	}
	want := map[string]string{
		"deps:1/us-east-1": "in_use", "deps:2/us-east-1": "in_use", "deps:3/us-east-1": "in_use", "deps:4/us-east-1": "delete",
		"deps:5/us-east-1": "shared_outside", "deps:6/us-east-1": "shared_outside", "deps:7/us-east-1": "shared_outside", "deps:8/us-east-1": "delete",
		"deps:9/us-east-1": "delete", "deps:10/us-east-1": "channel", "deps:11/us-east-1": "delete", "deps:12/us-east-1": "enforced",
		"deps:13/us-east-1": "newest", "deps:14/us-east-1": "newest", "deps:1/eu-west-1": "newest",
	}
	o.Layers = []string{"deps"}
	p := w.prepare(o)
	if diff := cmp.Diff(want, shape(p)); diff != "" {
		t.Error(diff)
	}
	for _, k := range p.Keep {
		if k.ARN == v[1].String() && !strings.Contains(k.Reason, "1 published version, such as 100000000001/us-east-1 frozen:1") {
			t.Errorf("the reason is %q", k.Reason)
		}
	}

	young := o
	young.OlderThan = 1000 * time.Hour
	if p := w.prepare(young); len(p.Delete) > 0 {
		t.Errorf("deletes what is young: %v", shape(p))
	}
	accepting := o
	accepting.AcceptOutside = []string{v[4].String(), v[6].ARN.String()}
	for _, name := range []string{"deps:5/us-east-1", "deps:6/us-east-1", "deps:7/us-east-1"} {
		want[name] = "delete"
	}
	p = w.prepare(accepting)
	if diff := cmp.Diff(want, shape(p)); diff != "" {
		t.Error(diff)
	}

	r, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil || len(r.Failed) > 0 || len(r.Deleted) != len(p.Delete) || !r.Complete() {
		t.Fatalf("%+v, %v", r, err)
	}
	for name, what := range want {
		if what == "delete" {
			delete(want, name)
		}
	}
	if diff := cmp.Diff(want, shape(w.prepare(o))); diff != "" {
		t.Errorf("afterwards: %s", diff)
	}
	c, err := catalog.Load(o.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Layer("deps")
	if l.Release("1.0.0") != nil || l.Release("1.1.0") == nil || len(l.Release("1.1.0").Regions) > 0 || len(l.Release("1.2.0").Regions) != 1 {
		text, _ := os.ReadFile(o.Catalog)
		t.Errorf("the catalog has\n%s", text)
	}
}

func TestNothingGoesWhileAPairIsNotCovered(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 6}) // one of them is suspended
	w.publish(t, "deps", home, "1")
	const shut = "100000000005"
	tests := []struct {
		name     string
		accept   []string
		want     string
		accepted int
		note     string
		err      string
	}{
		{name: "refused", want: "not_covered"},
		{name: "one Region of two", accept: []string{shut + "/" + home}, want: "not_covered", accepted: 1},
		{name: "both pairs", accept: []string{shut + "/" + home, shut + "/" + other}, want: "delete", accepted: 2},
		{name: "the account", accept: []string{shut}, want: "delete", accepted: 2},
		{name: "covered again", accept: []string{shut, member}, want: "delete", accepted: 2, note: "--accept-not-covered " + member + " is not needed: everything there is covered"},
		{name: "not asked about", accept: []string{shut, shut + "/eu-north-1"}, want: "delete", accepted: 2, note: "nothing is asked about eu-north-1"},
		{name: "no member", accept: []string{"999999999999"}, err: "the organization has no account 999999999999"},
		{name: "no pair", accept: []string{"suspended"}, err: "neither ACCOUNT nor ACCOUNT/REGION"},
	}
	w.publish(t, "elsewhere", other, "1")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := w.options("deps", "elsewhere")
			o.AcceptNotCovered = tt.accept
			p, err := prune.Prepare(t.Context(), w.a, o)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error is %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(p.Notes, "\n"), tt.note) {
				t.Errorf("notes %q, want %q", p.Notes, tt.note)
			}
			accepted := 0
			for _, n := range p.NotCovered {
				if n.Accepted {
					accepted++
				}
			}
			if got := shape(p)["deps:1/"+home]; got != tt.want || len(p.NotCovered) != 2 || accepted != tt.accepted || p.Covered() != (accepted == 2) {
				t.Errorf("%s, %d accepted, %+v", got, accepted, p.NotCovered)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	w := start(t, sandbox.Options{})
	w.publish(t, "deps", home, "1")
	tests := []struct {
		name   string
		change func(*prune.Options)
		err    string
	}{
		{name: "no such layer", change: func(o *prune.Options) { o.Layers = []string{"dep"} }, err: `no layer "dep"`},
		{name: "no name", change: func(o *prune.Options) { o.Layers = []string{"a:b"} }, err: "cannot name a layer"},
		{name: "keep", change: func(o *prune.Options) { o.Keep = -1 }, err: "-1 versions"},
		{name: "age", change: func(o *prune.Options) { o.OlderThan = -1 }, err: "an age"},
		{name: "outside", change: func(o *prune.Options) { o.AcceptOutside = []string{"nope"} }, err: "none of the layer versions"},
		{name: "outside, no ARN", change: func(o *prune.Options) { o.AcceptOutside = []string{"arn:x"} }, err: "--accept-outside"},
		{name: "catalog", change: func(o *prune.Options) { o.Catalog = w.TempDir() }, err: "directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := w.options()
			tt.change(&o)
			if _, err := prune.Prepare(t.Context(), w.a, o); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error is %v, want %q", err, tt.err)
			}
		})
	}
}

func TestAge(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		back string // "" where the text is no age
	}{
		{text: "90d", want: 90 * 24 * time.Hour, back: "90d"},
		{text: "0d", back: "0d"},
		{text: "36h", want: 36 * time.Hour, back: "36h0m0s"},
		{text: "48h", want: 48 * time.Hour, back: "2d"},
		{text: "1.5d"},
		{text: "-1d"},
		{text: "-1h"},
		{text: "d"},
		{text: "99999999d"},
		{text: "a month"},
	}
	for _, tt := range tests {
		var a prune.Age
		err := a.Set(tt.text)
		if (err == nil) != (tt.back != "") || err == nil && (a.String() != tt.back || time.Duration(a) != tt.want) {
			t.Errorf("%s: %s, %v", tt.text, a.String(), err)
		}
	}
}
