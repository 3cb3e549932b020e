package parts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// Move takes the functions that use a layer from some of its versions to one.
type Move struct {
	// Layer is the layer; of its ARN the Region does not matter, Regions says where it is.
	Layer layer.ARN
	// Regions are the version numbers in each Region, where the same release has another number.
	Regions map[string]Versions
}

// Versions are the numbers of a move in one Region.
type Versions struct {
	// New is the version to go to. 0 says that the Region has none, and that nothing is enforced there.
	New int64
	// Old are the versions to leave; nil means every version that is not right. The kind is one for all Regions of a move.
	Old []int64
	// Also are further versions that are right: functions on them stay.
	Also []int64
	// SHA256 is the content of New as Lambda states it (base64); the runbook refuses another. Empty: not checked.
	SHA256 string
}

// in are the Regions where the move has something to enforce, sorted.
func (m Move) in() []string {
	var out []string
	for region, v := range m.Regions {
		if v.New > 0 {
			out = append(out, region)
		}
	}
	slices.Sort(out)
	return out
}

// check finds what cannot be rendered, or would undo itself.
func (m Move) check() error {
	if len(m.in()) == 0 {
		return fmt.Errorf("layer %s has no version to go to in any Region", m.Layer.Name)
	}
	every := m.Regions[m.in()[0]].Old == nil
	for _, region := range m.in() {
		v := m.Regions[region]
		fail := func(format string, args ...any) error {
			return fmt.Errorf("layer %s in %s: %s", m.Layer.Name, region, fmt.Sprintf(format, args...))
		}
		if p := layer.PartitionOf(region); p != m.Layer.Partition {
			return fail("the Region is in partition %s, the layer in %s", p, m.Layer.Partition)
		}
		if (v.Old == nil) != every {
			return fail("some Regions leave every other version and some only certain ones; one stack set does either")
		}
		if v.Old != nil && len(v.Old) == 0 {
			return fail("there is no version to leave")
		}
		for _, n := range v.Old {
			if n < 1 || n == v.New || slices.Contains(v.Also, n) {
				return fail("version %d is to be left and is right at the same time, or is no version", n)
			}
		}
		for _, n := range append([]int64{v.New}, v.Also...) {
			if n < 1 {
				return fail("%d is not a version", n)
			}
		}
	}
	return nil
}

// sorted checks moves and puts them in order, so that the same moves render the same text.
func sorted(moves []Move) ([]Move, error) {
	if len(moves) == 0 {
		return nil, fmt.Errorf("there is no layer to enforce")
	}
	out := slices.Clone(moves)
	slices.SortFunc(out, func(a, b Move) int {
		return strings.Compare(a.Layer.Account+":"+a.Layer.Name, b.Layer.Account+":"+b.Layer.Name)
	})
	for i, m := range out {
		if err := m.check(); err != nil {
			return nil, err
		}
		if m.Layer.Partition != out[0].Layer.Partition {
			return nil, fmt.Errorf("layers of the partitions %s and %s cannot be enforced together", out[0].Layer.Partition, m.Layer.Partition)
		}
		if i > 0 && m.Layer.Account == out[i-1].Layer.Account && m.Layer.Name == out[i-1].Layer.Name {
			return nil, fmt.Errorf("layer %s of account %s is moved twice", m.Layer.Name, m.Layer.Account)
		}
	}
	return out, nil
}

// regions are all Regions of a table, those without anything to enforce too, sorted.
func regions(moves []Move) []string {
	all := map[string]bool{}
	for _, m := range moves {
		for region := range m.Regions {
			all[region] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// enforced are the Regions where something is enforced, sorted.
func enforced(moves []Move) []string {
	var out []string
	for _, m := range moves {
		out = append(out, m.in()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
