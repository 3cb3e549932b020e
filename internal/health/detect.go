package health

import (
	"sort"

	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// Detectable is the least share of errors that would be called a rise at a level, among so many invocations after a
// baseline. It answers false when not even all of them failing would be.
func Detectable(before stat.Counts, invocations int64, level float64) (share float64, ok bool) {
	errors, ok := fewest(before, invocations, level)
	return float64(errors) / float64(max(invocations, 1)), ok
}

// Chance is how likely a release that fails in a share of its invocations would be found, among so many of them.
func Chance(before stat.Counts, invocations int64, share, level float64) float64 {
	errors, ok := fewest(before, invocations, level)
	if !ok {
		return 0
	}
	return stat.AtLeast(errors, invocations, share)
}

// wanted is the chance with which a rise must have been findable for its absence to be evidence.
const wanted = 0.8

// usual is the part of the traffic that is as good as all of it.
const usual = 0.8

// Evidence says whether a stage has seen enough for the absence of a rise to mean something: most of the invocations that
// its functions usually have in such a time, or so many that a rise to the given share of errors would have been found.
func Evidence(before stat.Counts, invocations, expected int64, share, level float64) bool {
	return expected > 0 && float64(invocations) >= usual*float64(expected) || Chance(before, invocations, share, level) >= wanted
}

// fewest is the least number of errors that is a rise.
func fewest(before stat.Counts, invocations int64, level float64) (errors int64, ok bool) {
	n := sort.Search(int(invocations)+1, func(k int) bool {
		s := stat.Sample{Before: before, After: stat.Counts{Invocations: invocations, Errors: int64(k)}}
		return enough(s.After, s.Expected()) && s.Fisher() <= level
	})
	return int64(n), n <= int(invocations)
}
