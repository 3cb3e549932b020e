package enforce_test

import (
	"math"
	"testing"

	"github.com/layerfleet/layerfleet/internal/enforce"
)

func TestEstimate(t *testing.T) {
	for _, tt := range []struct {
		name string
		load enforce.Load
		once float64
	}{
		{name: "nothing"},
		{name: "a change costs an item and an evaluation", load: enforce.Load{Pairs: 1, Functions: 0, Changing: 1000}, once: 4},
		{name: "everything is evaluated once", load: enforce.Load{Pairs: 4, Functions: 10_000, Changing: 1000}, once: 14},
		// peers.md L14: 100k × .001 + 400k × .0008 + 940k × .0005
		{name: "many are cheaper", load: enforce.Load{Pairs: 1, Functions: 1_440_000}, once: 890},
		{name: "grades count in each pair", load: enforce.Load{Pairs: 10, Functions: 14_400_000}, once: 8900},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := enforce.Estimate(tt.load); math.Abs(got.Once-tt.once) > 1e-6 {
				t.Errorf("got %+v, want once %v", got, tt.once)
			}
		})
	}
}
