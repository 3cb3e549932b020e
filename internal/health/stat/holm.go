package stat

import (
	"cmp"
	"slices"
)

// Holm says which of many p-values are significant together, so that the chance of even one false alarm among all of
// them is level at most (Holm's step-down procedure).
func Holm(p []float64, level float64) []bool {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]bool, len(p))
	for rank, i := range order {
		if p[i] > level/float64(len(p)-rank) {
			break
		}
		out[i] = true
	}
	return out
}
