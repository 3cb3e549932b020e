package move

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Verdict is what is to happen to a function.
type Verdict string

// The verdicts.
const (
	Moves        Verdict = "moves"         // to the new version
	Right        Verdict = "right"         // it has a right version already
	Exempt       Verdict = "exempt"        // its owner exempted it
	OtherVersion Verdict = "other_version" // it uses the layer in a version that is neither right nor to be left
	NotUsing     Verdict = "not_using"     // it does not use the layer
	Blocked      Verdict = "blocked"       // it should move and cannot: the reason says why
)

// Decision is a verdict on a function's layer list.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	fleet.Reason
	// Slot is the place of the layer in the list; -1 for none, or for several.
	Slot int `json:"slot"`
	// Before and After are the whole list, the same unless the verdict is Moves.
	Before []string `json:"layers_before"`
	After  []string `json:"layers_after"`
}

// Facts are what a function's own value cannot say. The zero value knows nothing, and blocks nothing.
type Facts struct {
	// Unusable says why an account cannot attach a layer version: [fleet.LayerNotShared], [fleet.LayerMissing] or
	// another code; none where nothing is known against it. Functions keep layers that were deleted or taken back, but
	// AWS refuses each list that names one.
	Unusable func(arn, account string) fleet.Reason
	// Standing is what stands against moving a function, such as an exception that AWS Config made, by its ARN.
	Standing map[string]fleet.Reason
}

// Decide judges one function.
func (m Move) Decide(f fleet.Function, known Facts) Decision {
	return All([]Move{m}, f, known).Each[0]
}

// Answer is what is to happen to a function with several managed layers, in one write: a decision on the whole list,
// and one for each move. The whole list moves if one of its elements does; else the first that applies is blocked,
// right, exempt, other version, not using.
type Answer struct {
	Decision
	Each []Decision `json:"each"`
}

// All judges one function by the moves of several layers, in their order.
func All(moves []Move, f fleet.Function, known Facts) Answer {
	a := Answer{Decision: Decision{Slot: -1, Before: list(f.Layers), After: list(f.Layers)}}
	for _, m := range moves {
		d := m.alone(f, known)
		if d.Verdict == Moves {
			region, _ := m.In(f.Region)
			a.After[d.Slot] = m.At(f.Region, region.New.Number).String()
		}
		a.Each = append(a.Each, d)
	}
	if why := refused(a.Before, a.After, f, known); why.Code != "" {
		a.After = list(f.Layers)
		for i := range a.Each {
			if a.Each[i].Verdict == Moves {
				a.Each[i].Verdict, a.Each[i].Reason = Blocked, why
			}
		}
	}
	for i := range a.Each {
		d := &a.Each[i]
		d.Before, d.After = list(f.Layers), list(f.Layers)
		if d.Verdict == Moves {
			d.After[d.Slot] = a.After[d.Slot]
		}
	}
	a.summarize()
	return a
}

// list is a list of its own, never nil, so that JSON has [].
func list(layers []string) []string { return append([]string{}, layers...) }

// order is which verdict speaks for the whole list: as in the Guard policy, what fails goes before what passes, and
// that before what is skipped.
var order = []Verdict{Moves, Blocked, Right, Exempt, OtherVersion, NotUsing}

func (a *Answer) summarize() {
	a.Verdict = NotUsing
	for _, v := range order {
		i := slices.IndexFunc(a.Each, func(d Decision) bool { return d.Verdict == v })
		if i < 0 {
			continue
		}
		a.Verdict, a.Reason = v, a.Each[i].Reason
		if !slices.ContainsFunc(a.Each[i+1:], func(d Decision) bool { return d.Verdict == v }) {
			a.Slot = a.Each[i].Slot
		}
		return
	}
}

// alone judges a function by one move, but for what else its list holds.
func (m Move) alone(f fleet.Function, known Facts) Decision {
	places, numbers := m.slots(f)
	d := Decision{Slot: -1}
	if len(places) == 0 {
		d.Verdict = NotUsing
		return d
	}
	if len(places) == 1 {
		d.Slot = places[0]
	}
	region, enforced := m.In(f.Region)
	_, exempt := f.Tags[m.ExemptTag]
	switch {
	case exempt && m.ExemptTag != "":
		d.Verdict = Exempt
	case !enforced:
		d.Verdict, d.Reason = Blocked, region.Reason
	case slices.ContainsFunc(numbers, region.leaves):
		d.Verdict, d.Reason = Moves, m.against(f, region, len(places), known)
		if d.Code != "" {
			d.Verdict = Blocked
		}
	case slices.ContainsFunc(numbers, region.right):
		d.Verdict = Right
	default:
		d.Verdict = OtherVersion
	}
	return d
}

// against is why a function that has a version to leave stays on it; the first reason that applies.
func (m Move) against(f fleet.Function, region Region, places int, known Facts) fleet.Reason {
	to := m.At(f.Region, region.New.Number).String()
	because := func(code fleet.Code, format string, args ...any) fleet.Reason {
		return fleet.Reason{Code: code, Detail: fmt.Sprintf(format, args...)}
	}
	switch {
	case f.Version != "" && f.Version != latest:
		return because(fleet.PublishedVersion, "version %s", f.Version)
	case f.PackageType == "Image":
		return fleet.Reason{Code: fleet.ContainerImage}
	case places > 1:
		return because(fleet.NewAndOldPresent, "%s", m.Layer.WithRegion(f.Region))
	case m.ExemptTag != "" && !f.TagsKnown:
		return fleet.Reason{Code: fleet.TagsUnknown}
	}
	if why := known.unusable(to, f.AccountID); why.Code != "" {
		return why
	}
	switch {
	case !m.Accept.Architecture && !declared(region.New.Architectures, f.Architectures...):
		return because(fleet.ArchitectureMismatch, "%s declares %s, the function has %s",
			to, strings.Join(region.New.Architectures, ", "), strings.Join(f.Architectures, ", "))
	case !m.Accept.Runtime && f.Runtime != "" && !declared(region.New.Runtimes, f.Runtime):
		return because(fleet.RuntimeMismatch, "%s declares %s, the function has %s", to, strings.Join(region.New.Runtimes, ", "), f.Runtime)
	}
	return known.Standing[f.ARN]
}

// latest is the only version of a function that can change.
const latest = "$LATEST"

// declared reports whether a list has all of what a function needs; an empty one declares nothing and excludes nothing.
func declared(list []string, needed ...string) bool {
	return len(list) == 0 || !slices.ContainsFunc(needed, func(n string) bool { return !slices.Contains(list, n) })
}

func (k Facts) unusable(arn, account string) fleet.Reason {
	if k.Unusable == nil {
		return fleet.Reason{}
	}
	why := k.Unusable(arn, account)
	if why.Code != "" {
		why.Detail = cmp.Or(why.Detail, arn)
	}
	return why
}

// others are the codes for layers that are in the list beside those that move.
var others = map[fleet.Code]fleet.Code{
	fleet.LayerMissing:   fleet.OtherLayerMissing,
	fleet.LayerNotShared: fleet.OtherLayerNotShared,
}

// refused is why AWS would not take the list after, or no reason. It looks at the whole list, at what stays too.
func refused(before, after []string, f fleet.Function, known Facts) fleet.Reason {
	if slices.Equal(before, after) {
		return fleet.Reason{}
	}
	seen := map[string]bool{}
	for i, arn := range after {
		whole := arn[:max(0, strings.LastIndexByte(arn, ':'))]
		if seen[whole] {
			return fleet.Reason{Code: fleet.NewAndOldPresent, Detail: whole}
		}
		seen[whole] = true
		if before[i] != arn {
			continue
		}
		if why := known.unusable(arn, f.AccountID); why.Code != "" {
			why.Code = cmp.Or(others[why.Code], why.Code)
			return why
		}
	}
	return fleet.Reason{}
}
