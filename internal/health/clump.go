package health

import (
	"math"
	"slices"

	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// sparse is the part of its periods in which a function may have errors and still show whether they come alone; nine of
// ten of these periods are to have no more errors than the clump.
const (
	sparse = 0.1
	most   = 0.9
)

// Clump says how many errors come together, from the errors of functions by periods of some minutes: one event that fails
// is three errors where Lambda tries it again twice, and what the tests weigh is events. It is 1 where errors come alone,
// or too few came to tell.
func Clump(functions [][]int64) int64 {
	var sizes []int64
	for _, periods := range functions {
		with := slices.DeleteFunc(slices.Clone(periods), func(n int64) bool { return n == 0 })
		if float64(len(with)) <= sparse*float64(len(periods)) {
			sizes = append(sizes, with...)
		}
	}
	if len(sizes) == 0 {
		return 1
	}
	slices.Sort(sizes)
	return sizes[int(math.Ceil(most*float64(len(sizes))))-1]
}

// events are the counts of a sample in units that fail independently. What does not divide is rounded so that a rise
// looks smaller, never larger.
func events(s stat.Sample, clump int64) stat.Sample {
	if clump <= 1 {
		return s
	}
	up := func(n int64) int64 { return (n + clump - 1) / clump }
	s.Before = stat.Counts{Invocations: s.Before.Invocations / clump, Errors: up(s.Before.Errors)}
	s.Before.Invocations = max(s.Before.Invocations, s.Before.Errors)
	s.After = stat.Counts{Invocations: up(s.After.Invocations), Errors: s.After.Errors / clump}
	return s
}
