package move_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

var names = []string{"library", "library-2", "my-library", "agent"}

// version is one of few, so that lists and moves meet.
func version() *rapid.Generator[int64] { return rapid.SampledFrom([]int64{1, 2, 3, 10, 11}) }

func aRegion() *rapid.Generator[move.Region] {
	return rapid.Custom(func(t *rapid.T) move.Region {
		if rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
			return move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: rapid.String().Draw(t, "detail")}}
		}
		r := move.Region{New: move.Version{
			Number: version().Draw(t, "new"), SHA256: rapid.SampledFrom([]string{"", "c2hh"}).Draw(t, "sha"),
			Runtimes:      rapid.SliceOfN(rapid.SampledFrom([]string{"python3.12", "nodejs22.x"}), 0, 2).Draw(t, "runtimes"),
			Architectures: rapid.SliceOfN(rapid.SampledFrom([]string{"arm64", "x86_64"}), 0, 2).Draw(t, "architectures"),
		}}
		r.Also = rapid.SliceOfN(version(), 0, 2).Draw(t, "also")
		if rapid.Bool().Draw(t, "some") {
			r.Old = slices.DeleteFunc(rapid.SliceOfN(version(), 0, 3).Draw(t, "old"), func(n int64) bool {
				return n == r.New.Number || slices.Contains(r.Also, n)
			})
		}
		return r
	})
}

func aMove(name string) *rapid.Generator[move.Move] {
	return rapid.Custom(func(t *rapid.T) move.Move {
		m := move.Move{
			Layer:     layer.ARN{Partition: "aws", Account: "100000000000", Name: name},
			Release:   rapid.SampledFrom([]string{"", "2.0.0"}).Draw(t, "release"),
			ExemptTag: rapid.SampledFrom([]string{"", "LayerfleetExempt"}).Draw(t, "exempt"),
			Accept:    move.Accept{Architecture: rapid.Bool().Draw(t, "arch"), Runtime: rapid.Bool().Draw(t, "runtime")},
			Regions:   map[string]move.Region{"eu-west-1": to(3)},
		}
		if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
			m.Regions[region] = aRegion().Draw(t, "region")
		}
		return m
	})
}

func someMoves() *rapid.Generator[[]move.Move] {
	return rapid.Custom(func(t *rapid.T) []move.Move {
		var out []move.Move
		for _, name := range names {
			if rapid.Bool().Draw(t, name) {
				out = append(out, aMove(name).Draw(t, "move"))
			}
		}
		return out
	})
}

func aFunction() *rapid.Generator[fleet.Function] {
	return rapid.Custom(func(t *rapid.T) fleet.Function {
		element := rapid.Custom(func(t *rapid.T) string {
			name := rapid.SampledFrom(append([]string{"other"}, names...)).Draw(t, "layer")
			return fmt.Sprintf("arn:aws:lambda:us-east-1:100000000000:layer:%s:%d", name, version().Draw(t, "version"))
		})
		f := with(rapid.SliceOfN(element, 0, 5).Draw(t, "layers")...)
		f.Runtime = rapid.SampledFrom([]string{"", "python3.12", "java21"}).Draw(t, "runtime")
		f.Architectures = rapid.SampledFrom([][]string{nil, {"arm64"}, {"x86_64"}}).Draw(t, "architectures")
		if rapid.IntRange(0, 3).Draw(t, "tags") == 0 {
			f.Tags = map[string]string{"LayerfleetExempt": ""}
		}
		return f
	})
}

// someFacts hold for the whole of a draw.
func someFacts(t *rapid.T) move.Facts {
	gone := rapid.SliceOfN(rapid.SampledFrom([]string{"library:1", "library:2", "agent:3", "agent:10", "other:1"}), 0, 3).Draw(t, "gone")
	return move.Facts{Unusable: func(arn, _ string) fleet.Reason {
		if slices.ContainsFunc(gone, func(g string) bool { return strings.HasSuffix(arn, ":layer:"+g) }) {
			return fleet.Reason{Code: fleet.LayerMissing}
		}
		return fleet.Reason{}
	}}
}

func TestOnlyTheSlotChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, f, known := aMove("library").Draw(t, "move"), aFunction().Draw(t, "function"), someFacts(t)
		before := slices.Clone(f.Layers)
		d := m.Decide(f, known)
		if !slices.Equal(f.Layers, before) || !slices.Equal(d.Before, before) {
			t.Fatalf("the function changed: %v", f.Layers)
		}
		if (d.Verdict == move.Moves) == slices.Equal(d.Before, d.After) || (d.Code != "") != (d.Verdict == move.Blocked) {
			t.Fatalf("%+v", d)
		}
		if d.Verdict != move.Moves {
			return
		}
		want := slices.Clone(before)
		want[d.Slot] = m.At(region, m.Regions[region].New.Number).String()
		if !slices.Equal(d.After, want) || !strings.HasPrefix(before[d.Slot], library) {
			t.Fatalf("%v became %v, want %v", before, d.After, want)
		}
		f.Layers = d.After
		if again := m.Decide(f, known); again.Verdict != move.Right {
			t.Fatalf("after the move: %+v", again)
		}
	})
}

// TestAllAgrees holds that several moves say of each layer what each says alone, but where the list as a whole is
// refused or a layer that moves away is what stood against another.
func TestAllAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moves, f, known := someMoves().Draw(t, "moves"), aFunction().Draw(t, "function"), someFacts(t)
		all := move.All(moves, f, known)
		want := slices.Clone(f.Layers)
		for i, m := range moves {
			one, d := m.Decide(f, known), all.Each[i]
			if d.Verdict == move.Moves {
				want[d.Slot] = d.After[d.Slot]
			}
			listed := one.Code == fleet.OtherLayerMissing || one.Code == fleet.NewAndOldPresent
			switch {
			case one.Verdict == d.Verdict && one.Code == d.Code:
			case listed && d.Verdict == move.Moves: // what stood against it moves away
			case listed && d.Verdict == move.Blocked:
			default:
				t.Fatalf("alone %+v, among others %+v", one, d)
			}
		}
		if !slices.Equal(want, all.After) || !slices.Equal(all.Before, f.Layers) {
			t.Fatalf("%v became %v, want %v", f.Layers, all.After, want)
		}
		f.Layers = all.After
		if again := move.All(moves, f, known); again.Verdict == move.Moves || !slices.Equal(again.After, all.After) {
			t.Fatalf("after the move: %+v", again)
		}
	})
}

func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, f := aMove("library").Draw(t, "move"), aFunction().Draw(t, "function")
		m.Regions["eu-west-1"] = to(3, 2)
		back, ok := m.Invert()
		d := m.Decide(f, move.Facts{})
		if r := m.Regions[region]; !ok {
			if len(slices.Compact(slices.Sorted(slices.Values(r.Old)))) == 1 {
				t.Fatal("there is one version to go back to")
			}
			return
		}
		if err := back.Check(); err != nil {
			t.Fatal(err)
		}
		if d.Verdict == move.Moves {
			f.Layers = d.After
			if again := back.Decide(f, move.Facts{}); again.Verdict != move.Moves || !slices.Equal(again.After, d.Before) {
				t.Fatalf("there %+v, back %+v", d, again)
			}
		}
	})
}

func TestMovesSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := aMove("library").Draw(t, "move")
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back move.Move
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if !m.Equal(back) {
			t.Fatalf("%s\n%s", data, cmp.Diff(m, back))
		}
	})
}

func TestWidenedMovesTakeNothingBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, other, f := aMove("library").Draw(t, "move"), aMove("library").Draw(t, "to"), aFunction().Draw(t, "function")
		f.TagsKnown = true
		wide, err := m.Widen(other)
		if err != nil {
			t.Fatal(err)
		}
		there := other.Decide(f, move.Facts{})
		f.Layers = there.After
		if there.Verdict == move.Moves && wide.Decide(f, move.Facts{}).Verdict == move.Moves {
			t.Fatalf("%v was moved to %v, and would be moved on by %+v", there.Before, there.After, wide)
		}
	})
}
