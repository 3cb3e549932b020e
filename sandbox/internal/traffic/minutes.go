package traffic

import (
	"iter"
	"math"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// latest is the version of calls without a published one.
const latest = "$LATEST"

// Count is what happened in one minute.
type Count struct {
	Minute                      time.Time
	Invocations, Errors         int64
	Duration, Shortest, Longest float64 // milliseconds: the sum, and the extremes
}

// Concurrent is about how many calls ran at once.
func (c Count) Concurrent() float64 {
	const minute = 60_000
	return math.Ceil(c.Duration / minute)
}

// Query asks for some of a function's calls.
type Query struct {
	Life        function.Life
	From, Until time.Time // whole minutes
	Now         time.Time // what is not reported by then is left out
	// Only picks calls by how they were made and what they executed; nil picks all.
	Only func(Target) bool
}

// Target is what a call was for: the qualifier that it named ("" for none), and the version that it executed.
type Target struct{ Qualifier, Version string }

// A call is reported some seconds after it ended, at most three minutes after its minute. AWS gives no number: whoever
// judges errors ends the window three minutes before now. Some of the calls that fail run into the function's timeout: they
// are reported that much later, and are still dated by their beginning.
const (
	firstReport = 20 * time.Second
	lastReport  = 170 * time.Second
	timedOut    = 0.2 // of the calls that fail
)

// Minutes are the minutes in which the function was called, in order.
func (f Function) Minutes(q Query, t *Troubles) iter.Seq[Count] {
	return func(yield func(Count) bool) {
		if f.Rate == 0 || len(q.Life) == 0 {
			return
		}
		first, last := max(q.From.Unix(), q.Life[0].From.Unix())/60, min(q.Until.Unix(), q.Now.Unix()+59)/60
		d := drawer{Function: f, Query: q}
		for hour := first / 60; hour*60 < last; hour++ {
			calls := f.hour(hour)
			for i, n := range calls {
				m := hour*60 + int64(i)
				if n == 0 || m < first || m >= last || !d.enter(m, t) {
					continue
				}
				if c := d.minute(m, n); c.Invocations > 0 && !yield(c) {
					return
				}
			}
		}
	}
}

// perHour is the rate below which calls are drawn by the hour: most hours of most functions have none.
const perHour = 0.2

// hour draws the calls of an hour by minutes.
func (f Function) hour(hour int64) (calls [60]int64) {
	rate, key := f.Rate*byTime(hour), mix(f.key^uint64(hour)) //nolint:gosec // a hash
	if f.Rate >= perHour {
		p := newPoisson(rate)
		for i := range calls {
			calls[i] = p.quantile(unit(mix(key + uint64(i))))
		}
		return calls
	}
	for i := range newPoisson(rate * 60).quantile(unit(key)) {
		calls[mix(key+uint64(i)+1)%60]++
	}
	return calls
}

// byTime is the time of day's factor: twice as many calls in the afternoon (UTC) as at night.
func byTime(hour int64) float64 {
	const noon, swing = 14, 1. / 3
	return 1 + swing*math.Cos(2*math.Pi*float64(hour%24-noon)/24)
}

// drawer draws the calls of minutes, one after the other.
type drawer struct {
	Function
	Query
	moment  *function.Moment // of the minute; nil when nothing can be called
	left    time.Time        // when the moment ends; zero for the last
	trouble trouble          // what makes its calls fail
	fails   failures
}

// enter goes on to a minute, and says whether the function can be called in it. What stood when the minute began holds for
// all of it: no error is dated before the change that caused it.
func (d *drawer) enter(m int64, t *Troubles) bool {
	at := time.Unix(m*60, 0)
	if d.moment == nil || !d.left.IsZero() && !at.Before(d.left) {
		i := d.Life.Index(at)
		if i < 0 || d.Life[i].Gone {
			return false
		}
		d.moment, d.left = &d.Life[i], time.Time{}
		if i+1 < len(d.Life) {
			d.left = d.Life[i+1].From
		}
		d.trouble = t.of(d.moment, d.region)
		d.fails = d.trouble.failures(d.Share, at)
	} else if d.trouble.changes {
		d.fails = d.trouble.failures(d.Share, at)
	}
	return true
}

// minute looks at each of n calls: what it was for, whether it failed, whether that is reported yet. Every call has
// numbers of its own, so that a trouble makes calls fail that succeeded without it, and changes nothing else.
func (d *drawer) minute(m, n int64) Count {
	at := time.Unix(m*60, 0).UTC()
	c := Count{Minute: at, Shortest: math.Inf(1)}
	age := d.Now.Sub(at.Add(time.Minute))
	whole := age >= lastReport+d.moment.Timeout
	key := mix(d.key ^ uint64(m)) //nolint:gosec // a hash
	for i := range n {
		h := mix(key + uint64(i))
		target, share := d.target(h)
		if d.Only != nil && !d.Only(target) {
			continue
		}
		// Most calls take about as long as usual, a few much longer.
		u := unit(mix(h ^ 7))
		took, late := d.millis*(0.6+0.6*u+3*u*u*u*u*u*u*u*u), time.Duration(0)
		failed := share > 0 && unit(mix(h^5)) < share
		if failed && d.moment.Timeout > 0 && unit(mix(h^19)) < timedOut {
			took, late = float64(d.moment.Timeout.Milliseconds()), d.moment.Timeout
		}
		if !whole && age < late+firstReport+time.Duration(unit(mix(h^3))*float64(lastReport-firstReport)) {
			continue
		}
		c.Invocations++
		if failed {
			c.Errors++
		}
		c.Duration += took
		c.Shortest, c.Longest = min(c.Shortest, took), max(c.Longest, took)
	}
	return c
}

// target says what a call was for, and how likely it failed.
func (d *drawer) target(h uint64) (Target, float64) {
	aliases := d.moment.Aliases
	if len(aliases) == 0 && d.explicit == 0 {
		return Target{Version: latest}, d.fails.latest
	}
	h = mix(h ^ 11)
	if u, n := unit(h), len(aliases); n > 0 && u < d.byAlias {
		i := min(int(u/d.byAlias*float64(n)), n-1)
		runs := aliases[i].Runs
		run, w := 0, unit(mix(h^13))
		for run < len(runs)-1 && w >= runs[run].Weight {
			w -= runs[run].Weight
			run++
		}
		return Target{aliases[i].Name, runs[run].Version}, d.fails.aliases[i][run]
	}
	if unit(mix(h^17)) < d.explicit {
		return Target{latest, latest}, d.fails.latest
	}
	return Target{Version: latest}, d.fails.latest
}
