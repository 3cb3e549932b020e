package enforce_test

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestLargeDeployment says what a deployment to 200 accounts in four Regions takes, within AWS's quotas: calls and time.
func TestLargeDeployment(t *testing.T) {
	if os.Getenv("LAYERFLEET_NIGHTLY") != "1" {
		t.Skip("minutes: nightly")
	}
	regions := sandbox.DefaultRegions()
	w := start(t, sandbox.Options{Accounts: 201, Functions: 1000, Clean: true, Regions: regions})
	w.sb.Forget()
	begin, at := time.Now(), w.a.Clock().Now()
	s := w.deploy(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: regions}})
	calls := map[string]int{}
	total, throttled := 0, 0
	for _, c := range w.sb.Calls() {
		if c.Via != "" || c.Principal == "" {
			continue
		}
		calls[c.Service+" "+c.Operation]++
		total++
		if c.Code() == "TooManyRequestsException" || c.Code() == "ThrottlingException" {
			throttled++
		}
	}
	t.Logf("%d pairs, %+v; %s of AWS's time, %s here; %d calls, %d throttled", len(s.Pairs), s.Total, w.a.Clock().Now().Sub(at).Round(time.Second), time.Since(begin).Round(time.Second), total, throttled)
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		t.Logf("%6d %s", calls[name], name)
	}
	if s.Total.Open+s.Total.Failed+s.Total.Excepted > 0 || s.Total.Right == 0 || !s.Covered() {
		t.Errorf("%+v", s.Total)
	}
}
