package parts_test

import (
	"math"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/runbook"
)

func TestEstimate(t *testing.T) {
	for _, tt := range []struct {
		name          string
		load          parts.Load
		once, monthly float64
	}{
		{name: "nothing"},
		{name: "a change costs an item and an evaluation", load: parts.Load{Pairs: 1, Functions: 0, Changing: 1000}, once: 4},
		{name: "everything is evaluated once", load: parts.Load{Pairs: 4, Functions: 10_000, Changing: 1000}, once: 14},
		// peers.md L14: 1.44 million evaluations, 100k × .001 + 400k × .0008 + 940k × .0005
		{name: "every half hour", load: parts.Load{Pairs: 1, Functions: 1000, Every: 30 * time.Minute}, once: 1, monthly: 890},
		{name: "grades count in each pair", load: parts.Load{Pairs: 10, Functions: 10_000, Every: 30 * time.Minute}, once: 10, monthly: 8900},
		{name: "once a day", load: parts.Load{Pairs: 1, Functions: 1000, Every: 24 * time.Hour}, once: 1, monthly: 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := parts.Estimate(tt.load)
			if math.Abs(got.Once-tt.once) > 1e-6 || math.Abs(got.Monthly-tt.monthly) > 1e-6 {
				t.Errorf("got %+v, want once %v, monthly %v", got, tt.once, tt.monthly)
			}
		})
	}
}

func TestEvery(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"": 0, "rate(30 minutes)": 30 * time.Minute, "rate(1 minute)": time.Minute, "rate(2 hours)": 2 * time.Hour, "rate(1 day)": 24 * time.Hour,
	} {
		if got, err := parts.Every(expression); err != nil || got != want {
			t.Errorf("%s: %v, %v", expression, got, err)
		}
	}
	for _, bad := range []string{"cron(0 8 * * ? *)", "rate()", "rate(x hours)", "rate(0 hours)", "rate(1 week)", "1 hour"} {
		if got, err := parts.Every(bad); err == nil {
			t.Errorf("%s: %v", bad, got)
		}
	}
}
