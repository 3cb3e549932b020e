package health_test

import (
	"math"
	"testing"

	"github.com/layerfleet/layerfleet/internal/health"
	"github.com/layerfleet/layerfleet/internal/health/stat"
)

func counts(invocations, errors int64) stat.Counts {
	return stat.Counts{Invocations: invocations, Errors: errors}
}

// TestDetectable holds the table of the least shares: a baseline of 0.1 %, one in 10,000 as the level (1 % of a
// deployment in four stages with 25 functions each).
func TestDetectable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		invocations int64
		share       float64
	}{{10, 0.30}, {20, 0.15}, {50, 0.06}, {100, 0.04}, {300, 0.017}, {1000, 0.007}} {
		got, ok := health.Detectable(counts(100_000, 100), tt.invocations, 0.0001)
		want := max(tt.share, 0.001+health.MinRise) // the least rise that matters is one point, whatever is significant
		if !ok || math.Abs(got-want) > 0.0006 {
			t.Errorf("%d invocations: %.4f %v, want %.3f", tt.invocations, got, ok, want)
		}
	}
	if got, ok := health.Detectable(counts(100_000, 100), 2, 0.001); ok {
		t.Errorf("2 invocations show %.2f, though a rise takes %d errors", got, health.MinErrors)
	}
	if got, ok := health.Detectable(counts(0, 0), 1000, 0.01); ok {
		t.Errorf("without a baseline %.2f is detectable", got)
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	before := counts(10_000, 50)
	for _, tt := range []struct {
		name                  string
		invocations, expected int64
		want                  bool
	}{
		{name: "all of the usual traffic", invocations: 4, expected: 5, want: true},
		{name: "too little of it", invocations: 3, expected: 5},
		{name: "enough to see 5 %", invocations: 400, expected: 100_000, want: true},
		{name: "too few to see 5 %", invocations: 60, expected: 100_000},
		{name: "nothing was expected, nothing came"},
	} {
		if got := health.Evidence(before, tt.invocations, tt.expected, 0.05, 0.001); got != tt.want {
			t.Errorf("%s: %v (chance %.3f)", tt.name, got, health.Chance(before, tt.invocations, 0.05, 0.001))
		}
	}
}

func TestClump(t *testing.T) {
	t.Parallel()
	day := func(errors ...int64) []int64 { return append(errors, make([]int64, 288-len(errors))...) }
	for _, tt := range []struct {
		name      string
		functions [][]int64
		want      int64
	}{
		{name: "nothing", want: 1},
		{name: "no errors", functions: [][]int64{day(), day()}, want: 1},
		{name: "alone", functions: [][]int64{day(1, 1, 1, 1, 2), day(1, 1, 1, 1, 1)}, want: 1},
		{name: "retries", functions: [][]int64{day(3, 3), day(3, 3, 3), day(1, 3, 3, 3, 3, 6)}, want: 3},
		{name: "one bad hour", functions: [][]int64{day(1, 1, 1, 1, 1), day(1, 1, 1, 1), day(500)}, want: 1},
		{name: "busy functions do not tell", functions: [][]int64{{20, 30, 25, 0}, day(1)}, want: 1},
	} {
		if got := health.Clump(tt.functions); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
