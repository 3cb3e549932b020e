package move

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Widen is m with what to goes to right besides, so that functions may be on either while a rollout takes them from
// one to the other. Where functions go stays what m says. A version that becomes right is no longer left, even if it was
// the only one.
func (m Move) Widen(to Move) (Move, error) {
	if !m.SameLayer(to) {
		return Move{}, fmt.Errorf("layer %s is not layer %s", m.Layer.Name, to.Layer.Name)
	}
	m = m.normal()
	for region, r := range m.Regions {
		goal, ok := to.In(region)
		if !ok || r.New.Number == 0 {
			continue
		}
		for _, n := range append([]int64{goal.New.Number}, goal.Also...) {
			if r.right(n) {
				continue
			}
			r.Also = set(append(r.Also, n))
			if r.Old != nil {
				r.Old = slices.DeleteFunc(r.Old, func(o int64) bool { return o == n })
			}
		}
		m.Regions[region] = r
	}
	return m, nil
}

// ContradictionError says that two moves would undo each other, or that it depends on luck which of them wins.
type ContradictionError struct {
	Layer, Region string
	A, B          int64 // where each goes
}

func (e *ContradictionError) Error() string {
	return fmt.Sprintf("layer %s in %s would be moved to version %d and to version %d", e.Layer, e.Region, e.A, e.B)
}

// Contradict finds two moves of one layer, one of a and one of b, that go to different versions in a Region and do not
// leave each other's functions alone. The error is a *[ContradictionError].
func Contradict(a, b []Move) error {
	for _, x := range a {
		for _, y := range b {
			if !x.SameLayer(y) {
				continue
			}
			for _, region := range slices.Sorted(maps.Keys(x.Regions)) {
				p, here := x.In(region)
				q, there := y.In(region)
				if here && there && p.New.Number != q.New.Number && fight(p, q) {
					return &ContradictionError{Layer: x.Layer.Name, Region: region, A: p.New.Number, B: q.New.Number}
				}
			}
		}
	}
	return nil
}

// fight reports whether one leaves where the other goes, or both leave one version.
func fight(p, q Region) bool {
	switch {
	case p.leaves(q.New.Number), q.leaves(p.New.Number):
		return true
	case p.Old == nil && q.Old == nil:
		return true
	case p.Old == nil:
		return slices.ContainsFunc(q.Old, p.leaves)
	}
	return slices.ContainsFunc(p.Old, q.leaves)
}

// Invert is the way back: from New to the only version that was left, Region by Region. It is false where the move does
// not say which version that was: every other one, or several. What was on New before the move goes back as well. The
// content, release and declarations of the old version are not known to the move.
func (m Move) Invert() (Move, bool) {
	m = m.normal()
	m.Release = ""
	for region, r := range m.Regions {
		if r.New.Number == 0 {
			continue
		}
		if len(r.Old) != 1 {
			return Move{}, false
		}
		r.New, r.Old = Version{Number: r.Old[0]}, []int64{r.New.Number}
		m.Regions[region] = r
	}
	return m, true
}

// Equal reports whether both say the same of every function and Region; the order in lists does not count.
func (m Move) Equal(o Move) bool {
	m, o = m.normal(), o.normal()
	return m.SameLayer(o) && m.Release == o.Release && m.Accept == o.Accept && m.ExemptTag == o.ExemptTag &&
		maps.EqualFunc(m.Regions, o.Regions, func(a, b Region) bool {
			return a.New.equal(b.New) && a.Reason == b.Reason &&
				(a.Old == nil) == (b.Old == nil) && slices.Equal(a.Old, b.Old) && slices.Equal(a.Also, b.Also)
		})
}

func (v Version) equal(o Version) bool {
	return v.Number == o.Number && v.SHA256 == o.SHA256 && slices.Equal(v.Runtimes, o.Runtimes) && slices.Equal(v.Architectures, o.Architectures)
}

// normal is a deep copy whose lists are sorted, without what repeats.
func (m Move) normal() Move {
	m.Layer.Region = ""
	m.Regions = maps.Clone(m.Regions)
	for region, r := range m.Regions {
		if r.New.Number == 0 {
			r = Region{Reason: r.Reason}
			r.Code = cmp.Or(r.Code, fleet.NoVersionInRegion)
		}
		r.Also = set(slices.DeleteFunc(slices.Clone(r.Also), func(n int64) bool { return n == r.New.Number }))
		if r.Old != nil {
			r.Old = append([]int64{}, set(r.Old)...)
		}
		r.New.Runtimes, r.New.Architectures = set(r.New.Runtimes), set(r.New.Architectures)
		m.Regions[region] = r
	}
	return m
}

// set is a sorted copy without what repeats; nil without elements.
func set[T cmp.Ordered](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
