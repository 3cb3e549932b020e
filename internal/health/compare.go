// Package health says whether a change made functions worse.
package health

import (
	"cmp"
	"slices"

	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// Function is what was seen of one function: a moved one before and after its move, one of the control group before and
// within the same time as the moved ones.
type Function struct {
	ID    string // says which; not looked at
	Place string // where trouble would be common to functions: a Region
	Clump int64  // how many errors come together, see [Clump]; 0 is 1
	stat.Sample
}

// Finding is what a comparison comes to.
type Finding string

// The findings, the gravest first.
const (
	// Worse: errors rose with the change, and more than the control group leaves possible. The change is to blame.
	Worse Finding = "worse"
	// Environment: errors rose, but in the control group, which was not changed, they rose as well.
	Environment Finding = "environment"
	// Unconfirmed: errors rose, and there is no control group, or it is too small to tell whether they rose there.
	Unconfirmed Finding = "unconfirmed"
	// NotWorse: no rise. How small a rise would have been found, [Detectable] says.
	NotWorse Finding = "not_worse"
)

// Comparison is a finding with what led to it.
type Comparison struct {
	Finding Finding
	Rises   []Rise      // of single functions, the gravest finding first, then by p-value
	Pooled  Rise        // of all functions together: those where the finding is worst
	Judged  int         // moved functions that were called before and after
	After   stat.Counts // all calls of moved functions
}

// Rise is one test of errors. Its counts are what was tested: events, where errors come in clumps.
type Rise struct {
	Finding  Finding
	Function string // empty for all together
	Place    string // empty for all places
	After    stat.Counts
	Expected float64 // share of errors if the change did nothing
	P        float64 // chance of so many errors in that case
	Limit    float64 // what P had to stay below, Holm's correction apart
}

// Compare judges moved functions against their own past and against a control group at the same time.
//
// A function's errors rose if the exact test says so among all functions of the stage (Holm), with at least [MinErrors]
// and [MinRise]; besides, the sum over all functions is tested, since many functions that are called once each may fall
// together though none shows anything alone. Where the control group of the place rose by the same measure, that is the
// environment. Elsewhere the change is to blame if the rise is significant even over a baseline that is lifted by the
// most that the control group leaves possible: the difference of differences.
func Compare(moved, control []Function, at Levels) Comparison {
	c := comparison{levels: at, places: map[string]*place{}}
	for _, f := range control {
		if f.Before.Invocations > 0 { // without a past nothing can be told of it
			p := c.place(f.Place)
			p.control = append(p.control, events(f.Sample, f.Clump))
		}
	}
	var out Comparison
	for _, f := range moved {
		out.After = out.After.Plus(f.After)
		if f.Before.Invocations > 0 && f.After.Invocations > 0 {
			f.Sample = events(f.Sample, f.Clump)
			c.moved = append(c.moved, f)
		}
	}
	out.Judged = len(c.moved)
	out.Rises, out.Pooled = c.functions(), c.pooled()
	out.Finding = out.Pooled.Finding
	if len(out.Rises) > 0 && gravity(out.Rises[0].Finding) < gravity(out.Finding) {
		out.Finding = out.Rises[0].Finding
	}
	return out
}

// gravity orders findings, the gravest lowest.
func gravity(f Finding) int {
	return slices.Index([]Finding{Worse, Environment, Unconfirmed, NotWorse}, f)
}

type comparison struct {
	levels Levels
	moved  []Function
	places map[string]*place
}

// place is one Region with its control group. What is asked of it costs time, and is asked only where errors rose.
type place struct {
	control []stat.Sample
	asked   bool
	rose    bool
	lift    float64
}

func (c *comparison) place(name string) *place {
	p := c.places[name]
	if p == nil {
		p = &place{}
		c.places[name] = p
	}
	return p
}

// controlRisk is the chance that the control group shows less than there is, and that it shows a rise that is none. It
// may be larger than a false alarm's: to become one, it has to come together with a rise of the moved functions.
const controlRisk = 0.01

// surroundings are what the control group of a place shows.
func (c *comparison) surroundings(name string) (rose bool, lift float64) {
	p := c.place(name)
	if !p.asked {
		p.asked = true
		p.lift = stat.Lift(p.control, controlRisk)
		p.rose = enough(stat.Total(p.control)) && stat.Pooled(p.control) <= controlRisk
	}
	return p.rose, p.lift
}

// tolerance keeps 15 of 1,000 one point above 0.5 %, whatever floating point says.
const tolerance = 1e-9

// enough says whether a rise is large enough to matter.
func enough(after stat.Counts, expected float64) bool {
	return after.Errors >= MinErrors && after.Share()-expected >= MinRise-tolerance
}

// functions tests each moved function, and returns those that rose.
func (c *comparison) functions() []Rise {
	p, lifted := ones(len(c.moved)), ones(len(c.moved))
	for i, f := range c.moved {
		if !enough(f.After, f.Expected()) {
			continue // taken for 1, which makes Holm's levels for the others only stricter
		}
		p[i] = f.Fisher()
		if p[i] > c.levels.Functions {
			continue
		}
		if rose, lift := c.surroundings(f.Place); !rose {
			f.Lift = lift
			lifted[i] = f.Fisher()
		}
	}
	raw, sure := stat.Holm(p, c.levels.Functions), stat.Holm(lifted, c.levels.Functions)
	var out []Rise
	for i, f := range c.moved {
		if !raw[i] {
			continue
		}
		r := Rise{
			Finding: c.cause(f.Place, sure[i]), Function: f.ID, Place: f.Place,
			After: f.After, Expected: f.Expected(), P: p[i], Limit: c.levels.Functions,
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Rise) int {
		return cmp.Or(cmp.Compare(gravity(a.Finding), gravity(b.Finding)), cmp.Compare(a.P, b.P))
	})
	return out
}

// cause is the finding of a rise in a place.
func (c *comparison) cause(place string, sure bool) Finding {
	rose, _ := c.surroundings(place)
	switch {
	case rose:
		return Environment
	case sure:
		return Worse
	default:
		return Unconfirmed
	}
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// pooled tests the sum over all functions. Functions in places whose control group rose are tested for themselves, so
// that trouble in one Region hides nothing in another.
func (c *comparison) pooled() Rise {
	all := c.test(c.moved)
	if all.Finding == NotWorse {
		// A rise may still hide in some places, but looking into each would be one more chance of a false alarm.
		return all
	}
	var calm []Function
	for _, f := range c.moved {
		if rose, _ := c.surroundings(f.Place); !rose {
			calm = append(calm, f)
		}
	}
	if len(calm) < len(c.moved) {
		all.Finding = Environment
	}
	r := c.test(calm)
	if r.Finding == NotWorse {
		return all
	}
	for i := range calm {
		_, calm[i].Lift = c.surroundings(calm[i].Place)
	}
	switch {
	case stat.Pooled(samples(calm)) <= c.levels.Pooled:
		r.Finding = Worse
		return r
	case len(calm) < len(c.moved):
		return all
	default:
		return r
	}
}

// test is the pooled test of some functions: Unconfirmed for a rise.
func (c *comparison) test(functions []Function) Rise {
	all := samples(functions)
	after, expected := stat.Total(all)
	r := Rise{Finding: NotWorse, After: after, Expected: expected, P: 1, Limit: c.levels.Pooled}
	if !enough(after, expected) {
		return r
	}
	if r.P = stat.Pooled(all); r.P <= r.Limit {
		r.Finding = Unconfirmed
	}
	return r
}

func samples(functions []Function) []stat.Sample {
	out := make([]stat.Sample, len(functions))
	for i, f := range functions {
		out[i] = f.Sample
	}
	return out
}
