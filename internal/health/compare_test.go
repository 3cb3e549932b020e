package health_test

import (
	"fmt"
	"testing"

	"github.com/layerfleet/layerfleet/internal/health"
	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// many are n functions of one place that were seen alike.
func many(n int, place string, before, after stat.Counts) []health.Function {
	out := make([]health.Function, n)
	for i := range out {
		out[i] = health.Function{ID: fmt.Sprintf("%s-%d", place, i), Place: place, Sample: stat.Sample{Before: before, After: after}}
	}
	return out
}

func join(lists ...[]health.Function) (out []health.Function) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func TestCompare(t *testing.T) {
	t.Parallel()
	calm := many(50, "a", counts(2000, 10), counts(2000, 10))
	outage := many(50, "a", counts(2000, 10), counts(200, 41))
	calmElsewhere := many(50, "b", counts(2000, 10), counts(200, 1))
	good := many(20, "a", counts(1000, 5), counts(50, 0))
	tests := []struct {
		name           string
		moved, control []health.Function
		want           health.Finding
		rises          int
		pooled         health.Finding
	}{
		{name: "nothing moved", control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "nothing called", moved: many(20, "a", counts(1000, 5), counts(0, 0)), control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "good", moved: good, control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "one function fails", moved: join(good, many(1, "a", counts(1000, 0), counts(3, 3))), control: calm, want: health.Worse, rises: 1, pooled: health.NotWorse},
		{name: "two errors are not enough", moved: join(good, many(1, "a", counts(1000, 0), counts(2, 2))), control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "less than a point is not enough", moved: many(1, "a", counts(1_000_000, 1000), counts(1_000_000, 10_900)), control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "called once each", moved: join(many(985, "a", counts(200, 1), counts(1, 0)), many(15, "a", counts(200, 1), counts(1, 1))), control: calm, want: health.Worse, pooled: health.Worse},
		{name: "called once each, but the control group is too small for so little", moved: join(many(985, "a", counts(200, 1), counts(1, 0)), many(15, "a", counts(200, 1), counts(1, 1))), control: many(50, "a", counts(2000, 10), counts(200, 1)), want: health.Unconfirmed, pooled: health.Unconfirmed},
		{name: "called once each, fewer", moved: join(many(986, "a", counts(200, 1), counts(1, 0)), many(14, "a", counts(200, 1), counts(1, 1))), control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "the Region is bad", moved: many(20, "a", counts(1000, 5), counts(50, 10)), control: outage, want: health.Environment, rises: 20, pooled: health.Environment},
		{name: "another Region is bad", moved: many(20, "b", counts(1000, 5), counts(50, 3)), control: join(outage, calmElsewhere), want: health.Worse, pooled: health.Worse},
		{name: "the Region is bad, and in another the release", moved: join(many(20, "a", counts(1000, 5), counts(50, 10)), many(20, "b", counts(1000, 5), counts(50, 10))), control: join(outage, calmElsewhere), want: health.Worse, rises: 40, pooled: health.Worse},
		{name: "no control group", moved: many(20, "a", counts(1000, 5), counts(50, 10)), want: health.Unconfirmed, rises: 20, pooled: health.Unconfirmed},
		{name: "a control group that was not called", moved: many(20, "a", counts(1000, 5), counts(50, 10)), control: many(50, "a", counts(100, 0), counts(0, 0)), want: health.Unconfirmed, rises: 20, pooled: health.Unconfirmed},
		{name: "a control group that fails, but without a past", moved: many(20, "a", counts(1000, 5), counts(50, 10)), control: join(calm, many(50, "a", counts(0, 0), counts(2000, 1000))), want: health.Worse, rises: 20, pooled: health.Worse},
		{name: "a control group too small to tell", moved: many(20, "a", counts(1000, 5), counts(50, 2)), control: many(1, "a", counts(100, 0), counts(20, 0)), want: health.Unconfirmed, pooled: health.Unconfirmed},
		{name: "new functions have no past", moved: many(20, "a", counts(0, 0), counts(50, 50)), control: calm, want: health.NotWorse, pooled: health.NotWorse},
		{name: "traffic shifts to bad functions", moved: join(many(10, "a", counts(1000, 300), counts(500, 150)), many(10, "a", counts(1000, 0), counts(1, 0))), control: calm, want: health.NotWorse, pooled: health.NotWorse},
	}
	for _, tt := range tests {
		got := health.Compare(tt.moved, tt.control, health.Final(4))
		if got.Finding != tt.want || len(got.Rises) != tt.rises || got.Pooled.Finding != tt.pooled {
			t.Errorf("%s: %s with %d rises, pooled %+v; want %s with %d, %s", tt.name, got.Finding, len(got.Rises), got.Pooled, tt.want, tt.rises, tt.pooled)
		}
	}
}

// TestEarlyIsStricter: what stops at a look before the end would stop at the end, not the other way round.
func TestEarlyIsStricter(t *testing.T) {
	t.Parallel()
	control := many(50, "a", counts(2000, 10), counts(2000, 10))
	moved := join(many(2, "a", counts(1000, 5), counts(50, 0)), many(1, "a", counts(300, 0), counts(15, 3)))
	if got := health.Compare(moved, control, health.Final(4)); got.Finding != health.Worse {
		t.Errorf("at the end: %+v", got)
	}
	if got := health.Compare(moved, control, health.Early(4)); got.Finding != health.NotWorse {
		t.Errorf("early: %+v", got)
	}
}
