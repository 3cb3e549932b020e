package watch_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/runbook/runbooktest"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// TestCasesByWatch holds the judge to the table that move.Decide, the script and the Guard policy are held to. What only
// the script can find out reaches it by the script's failure.
func TestCasesByWatch(t *testing.T) {
	moves, all := runbooktest.Read(t, "../runbook/testdata/cases.yaml")
	judged := 0
	for _, c := range all {
		if c.Watch == "none" {
			continue
		}
		judged++
		t.Run(c.Name, func(t *testing.T) {
			f := c.Function(t)
			result := watch.Result{Verdict: "NON_COMPLIANT", Recorded: now, Excepted: c.Standing == fleet.RemediationException}
			if code := fleet.Code(c.Runbook); len(c.Unusable) > 0 && code.Known() {
				result.Execution, result.Started, result.Ended, result.Failure = "FAILED", at.Add(1), now.Add(-1), fleet.Reason{Code: code}
			}
			p := watch.Judge(
				watch.Change{Pair: f.Pair, Rule: "layerfleet", Moves: moves[c.Moves], Since: since, At: at, Automatic: true},
				watch.Reading{Functions: []watch.Function{{Function: f, Modified: since.Add(-1)}}, Results: map[string]watch.Result{f.Name: result}}, now)
			got := "not_using"
			if len(p.Outcomes) > 0 {
				got = string(p.Outcomes[0].State)
			}
			if got != c.Watch || (p.Counts.NotUsing == 1) != (got == "not_using") {
				t.Errorf("%s, want %s; counts %+v", got, c.Watch, p.Counts)
			}
		})
	}
	if judged < 50 {
		t.Errorf("only %d of %d cases are judged", judged, len(all))
	}
}
