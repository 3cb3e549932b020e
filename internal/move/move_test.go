package move_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

const (
	region  = "us-east-1"
	library = "arn:aws:lambda:us-east-1:100000000000:layer:library:"
	agent   = "arn:aws:lambda:us-east-1:100000000000:layer:agent:"
)

func of(name string, r move.Region) move.Move {
	return move.Move{
		Layer:   layer.ARN{Partition: "aws", Account: "100000000000", Name: name},
		Regions: map[string]move.Region{region: r}, ExemptTag: move.DefaultExemptTag,
	}
}

func to(n int64, old ...int64) move.Region {
	return move.Region{New: move.Version{Number: n}, Old: old}
}

func with(layers ...string) fleet.Function {
	return fleet.Function{Pair: fleet.Pair{AccountID: "100000000001", Region: region}, ARN: "arn:fn", Layers: layers, TagsKnown: true}
}

// One table of cases in package runbook holds Decide, the Guard policy and the script to each other; here is what only
// a whole answer shows.
func TestAllIsOneAnswer(t *testing.T) {
	moves := []move.Move{of("library", to(6)), of("agent", to(2, 1))}
	unusable := func(arn string, code fleet.Code) move.Facts {
		return move.Facts{Unusable: func(have, _ string) fleet.Reason {
			if have == arn {
				return fleet.Reason{Code: code}
			}
			return fleet.Reason{}
		}}
	}
	for _, tt := range []struct {
		name    string
		layers  string
		known   move.Facts
		verdict move.Verdict
		code    fleet.Code
		each    string
		after   string
		slot    int
	}{
		{name: "both move", layers: library + "5 " + agent + "1", verdict: move.Moves, each: "moves moves", after: library + "6 " + agent + "2", slot: -1},
		{name: "one moves", layers: agent + "2 " + library + "5", verdict: move.Moves, each: "moves right", after: agent + "2 " + library + "6", slot: 1},
		{name: "other and right", layers: agent + "3 " + library + "6", verdict: move.Right, each: "right other_version", after: agent + "3 " + library + "6", slot: 1},
		{
			name: "what leaves may be deleted", layers: library + "5 " + agent + "1", known: unusable(agent+"1", fleet.LayerMissing),
			verdict: move.Moves, each: "moves moves", after: library + "6 " + agent + "2", slot: -1,
		},
		{
			name: "what stays may not", layers: library + "5 " + agent + "3", known: unusable(agent+"3", fleet.LayerMissing),
			verdict: move.Blocked, code: fleet.OtherLayerMissing, each: "blocked other_version", after: library + "5 " + agent + "3",
		},
		{
			name: "one blocked, the other moves", layers: library + "5 " + agent + "1", known: unusable(agent+"2", fleet.LayerNotShared),
			verdict: move.Moves, each: "moves blocked", after: library + "6 " + agent + "1",
		},
		{
			name: "a blocked one with a version that is gone blocks all", layers: library + "5 " + agent + "1",
			known: move.Facts{Unusable: func(have, _ string) fleet.Reason {
				return map[string]fleet.Reason{agent + "2": {Code: fleet.LayerNotShared}, agent + "1": {Code: fleet.LayerMissing}}[have]
			}},
			verdict: move.Blocked, code: fleet.OtherLayerMissing, each: "blocked blocked", after: library + "5 " + agent + "1", slot: -1,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := move.All(moves, with(strings.Fields(tt.layers)...), tt.known)
			var each []string
			for _, d := range got.Each {
				each = append(each, string(d.Verdict))
			}
			if got.Verdict != tt.verdict || got.Code != tt.code || strings.Join(each, " ") != tt.each || strings.Join(got.After, " ") != tt.after || got.Slot != tt.slot {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWiden(t *testing.T) {
	for _, tt := range []struct {
		name           string
		have, to, want move.Region
	}{
		{name: "on", have: to(6), to: to(7), want: move.Region{New: move.Version{Number: 6}, Also: []int64{7}}},
		{name: "back", have: to(6, 5), to: to(5), want: move.Region{New: move.Version{Number: 6}, Old: []int64{}, Also: []int64{5}}},
		{name: "and what is right there", have: to(6, 5, 4), to: move.Region{New: move.Version{Number: 7}, Also: []int64{4}}, want: move.Region{New: move.Version{Number: 6}, Old: []int64{5}, Also: []int64{4, 7}}},
		{name: "the same", have: to(6, 5), to: to(6), want: to(6, 5)},
		{name: "nowhere to go", have: to(6, 5), to: move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion}}, want: to(6, 5)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			have := of("library", tt.have)
			before, err := json.Marshal(have)
			if err != nil {
				t.Fatal(err)
			}
			got, err := have.Widen(of("library", tt.to))
			if err != nil {
				t.Fatal(err)
			}
			if want := of("library", tt.want); !got.Equal(want) {
				t.Error(cmp.Diff(want, got))
			}
			if err := got.Check(); err != nil {
				t.Error(err)
			}
			if after, _ := json.Marshal(have); string(after) != string(before) { //nolint:errchkjson // as above
				t.Errorf("the move itself changed: %s", after)
			}
		})
	}
	if _, err := of("library", to(6)).Widen(of("agent", to(7))); err == nil {
		t.Error("another layer is taken")
	}
}

func TestContradict(t *testing.T) {
	also := func(r move.Region, n ...int64) move.Region { r.Also = n; return r }
	none := move.Region{New: move.Version{Number: 6}, Old: []int64{}}
	for _, tt := range []struct {
		name   string
		a, b   move.Region
		refuse bool
	}{
		{name: "the same", a: to(6, 5), b: to(6, 5)},
		{name: "to one version", a: to(6, 5), b: to(6)},
		{name: "back and forth", a: to(6, 5), b: to(5, 6), refuse: true},
		{name: "one after the other", a: to(6, 5), b: to(7, 6), refuse: true},
		{name: "two ways from one version", a: to(6, 5), b: to(7, 5), refuse: true},
		{name: "two ways from any version", a: to(6), b: to(7), refuse: true},
		{name: "side by side", a: to(6, 5), b: to(8, 7)},
		{name: "any and one", a: to(6), b: to(8, 7), refuse: true},
		{name: "any and one that is right there", a: also(to(6), 7, 8), b: to(8, 7)},
		{name: "any that is right there, and where the other goes is right too", a: also(to(6), 7), b: also(to(7), 6), refuse: true},
		{name: "nothing to leave", a: none, b: to(7, 5)},
		{name: "nothing to leave, but the other leaves it", a: none, b: to(7, 6), refuse: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, pair := range [][2]move.Region{{tt.a, tt.b}, {tt.b, tt.a}} {
				err := move.Contradict([]move.Move{of("agent", to(1)), of("library", pair[0])}, []move.Move{of("library", pair[1])})
				if _, ok := errors.AsType[*move.ContradictionError](err); ok != tt.refuse {
					t.Errorf("%+v beside %+v: %v", pair[0], pair[1], err)
				}
			}
		})
	}
	elsewhere := of("library", to(5, 6))
	elsewhere.Regions = map[string]move.Region{"eu-west-1": elsewhere.Regions[region]}
	if err := move.Contradict([]move.Move{of("library", to(6, 5))}, []move.Move{elsewhere}); err != nil {
		t.Errorf("in another Region: %v", err)
	}
}

func TestCheck(t *testing.T) {
	in := func(name string, r move.Region) move.Move {
		m := of("library", r)
		m.Regions = map[string]move.Region{name: r}
		return m
	}
	tagged := of("library", to(6))
	tagged.ExemptTag = `x" exists`
	for _, tt := range []struct {
		name, want string
		move       move.Move
	}{
		{name: "good", move: of("library", to(6, 5))},
		{name: "nothing to leave", move: of("library", move.Region{New: move.Version{Number: 6}, Old: []int64{}, Also: []int64{5}})},
		{name: "nowhere", want: "no version to go to in any Region", move: of("library", move.Region{})},
		{name: "to itself", want: "version 5 is to be left and is right", move: of("library", to(5, 5))},
		{name: "right and to be left", want: "version 4 is", move: of("library", move.Region{New: move.Version{Number: 5}, Old: []int64{4}, Also: []int64{4}})},
		{name: "negative", want: "-1 is not a version", move: of("library", move.Region{New: move.Version{Number: 5}, Also: []int64{-1}})},
		{name: "zero", want: "0 is not a version", move: of("library", move.Region{New: move.Version{Number: 5}, Also: []int64{0}})},
		{name: "below one", want: "version 0 is", move: of("library", to(5, 0))},
		{name: "a reason beside a version", want: "there is a version to go to and a reason", move: of("library", move.Region{New: move.Version{Number: 5}, Reason: fleet.Reason{Code: fleet.NoVersionInRegion}})},
		{name: "old without new", want: "none to go to", move: of("library", move.Region{Old: []int64{3}})},
		{name: "other partition", want: "in partition aws-cn, the layer in aws", move: in("cn-north-1", to(5))},
		{name: "no Region", want: "not the name of a Region", move: in("*", to(5))},
		{name: "no name", want: "not the name of a layer", move: of("a b", to(5))},
		{name: "tag", want: "the tag", move: tagged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := move.CheckAll([]move.Move{of("agent", to(1)), tt.move})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	if err := move.CheckAll([]move.Move{of("agent", to(1)), of("agent", to(2))}); err == nil || !strings.Contains(err.Error(), "moved twice") {
		t.Errorf("twice: %v", err)
	}
}

func TestSpread(t *testing.T) {
	f := with(strings.ReplaceAll(library, region, "eu-west-1") + "5")
	f.Region = "eu-west-1"
	m := of("library", to(6, 5))
	if d := m.Decide(f, move.Facts{}); d.Verdict != move.Blocked || d.Code != fleet.RegionUnknown {
		t.Errorf("without: %+v", d)
	}
	if d := m.Spread("eu-west-1", region).Decide(f, move.Facts{}); d.Verdict != move.Moves {
		t.Errorf("with: %+v", d)
	}
	if _, more := m.Regions["eu-west-1"]; more {
		t.Error("the move itself changed")
	}
}

// TestJSON holds the form that plans and stack sets are kept in.
func TestJSON(t *testing.T) {
	m := of("library", move.Region{
		New: move.Version{Number: 6, SHA256: "c2hh", Runtimes: []string{"python3.12"}, Architectures: []string{"arm64"}}, Old: []int64{4, 5}, Also: []int64{7},
	})
	m.Release, m.Accept = "2.0.0", move.Accept{Runtime: true}
	m.Regions["eu-west-1"] = move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: "no such content"}}
	got, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"layer":{"partition":"aws","account_id":"100000000000","name":"library"},"release":"2.0.0","regions":{` +
		`"eu-west-1":{"reason":"no_version_in_region","detail":"no such content"},` +
		`"us-east-1":{"new":{"version":6,"sha256":"c2hh","runtimes":["python3.12"],"architectures":["arm64"]},"old":[4,5],"also":[7]}},` +
		`"accept":{"runtime":true},"exempt_tag":"LayerfleetExempt"}`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	d, err := json.Marshal(of("library", to(6)).Decide(with(), move.Facts{}))
	if want := `{"verdict":"not_using","slot":-1,"layers_before":[],"layers_after":[]}`; err != nil || string(d) != want {
		t.Errorf("got %s, %v", d, err)
	}
}
