package move

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// tagForm are the names of tags that a Guard policy can ask for as they are.
var tagForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]{0,60})?$`)

// Check finds what cannot be meant: names that are none, versions that are right and to be left, Regions of another
// partition, a move to nowhere.
func (m Move) Check() error {
	switch {
	case !layer.ValidName(m.Layer.Name):
		return fmt.Errorf("%q is not the name of a layer", m.Layer.Name)
	case !layer.ValidAccount(m.Layer.Account):
		return fmt.Errorf("layer %s: %q is not an account", m.Layer.Name, m.Layer.Account)
	case !tagForm.MatchString(m.ExemptTag):
		return fmt.Errorf("layer %s: the tag %q is not a letter and at most 60 letters, digits or underscores", m.Layer.Name, m.ExemptTag)
	}
	somewhere := false
	for _, name := range slices.Sorted(maps.Keys(m.Regions)) {
		r := m.Regions[name]
		somewhere = somewhere || r.New.Number > 0
		if err := m.checkRegion(name, r); err != nil {
			return fmt.Errorf("layer %s in %s: %w", m.Layer.Name, name, err)
		}
	}
	if !somewhere {
		return fmt.Errorf("layer %s has no version to go to in any Region", m.Layer.Name)
	}
	return nil
}

func (m Move) checkRegion(name string, r Region) error {
	switch partition := layer.PartitionOf(name); {
	case !layer.ValidRegion(name):
		return fmt.Errorf("%q is not the name of a Region", name)
	case partition != m.Layer.Partition:
		return fmt.Errorf("the Region is in partition %s, the layer in %s", partition, m.Layer.Partition)
	case r.New.Number == 0 && (r.Old != nil || r.Also != nil):
		return fmt.Errorf("there are versions to leave or right ones, but none to go to")
	case r.New.Number > 0 && r.Code != "":
		return fmt.Errorf("there is a version to go to and a reason (%s) why there is none", r.Code)
	}
	for _, n := range r.Old {
		if n < 1 || r.right(n) {
			return fmt.Errorf("version %d is to be left and is right at the same time, or is no version", n)
		}
	}
	for _, n := range append([]int64{r.New.Number}, r.Also...) {
		if n < 0 || n == 0 && r.New.Number > 0 {
			return fmt.Errorf("%d is not a version", n)
		}
	}
	return nil
}

// CheckAll checks moves that are to stand side by side: each of them, and that no layer is moved twice.
func CheckAll(moves []Move) error {
	for i, m := range moves {
		if err := m.Check(); err != nil {
			return err
		}
		if slices.ContainsFunc(moves[:i], m.SameLayer) {
			return fmt.Errorf("layer %s of account %s is moved twice", m.Layer.Name, m.Layer.Account)
		}
	}
	return nil
}

// Sorted is a copy of moves in the order of their layers' accounts and names, each in its normal form: what says the
// same is the same value.
func Sorted(moves []Move) []Move {
	out := make([]Move, 0, len(moves))
	for _, m := range moves {
		out = append(out, m.normal())
	}
	slices.SortStableFunc(out, func(a, b Move) int {
		return cmp.Or(cmp.Compare(a.Layer.Account, b.Layer.Account), cmp.Compare(a.Layer.Name, b.Layer.Name))
	})
	return out
}
