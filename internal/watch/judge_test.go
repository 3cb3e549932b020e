package watch_test

import (
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/watch"
)

const (
	account = "200000000001"
	region  = "us-east-1"
)

var (
	since = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	at    = since.Add(3 * time.Minute)
	now   = at.Add(10 * time.Minute)
)

func arn(version string) string {
	return "arn:aws:lambda:" + region + ":100000000000:layer:common:" + version
}

// change moves every version of a layer to version 6, by itself.
func change() watch.Change {
	l := layer.ARN{Partition: "aws", Region: region, Account: "100000000000", Name: "common"}
	return watch.Change{
		Pair: fleet.Pair{AccountID: account, Region: region}, Rule: "layerfleet", Since: since, At: at, Automatic: true, Retry: 5 * time.Minute,
		Moves: []move.Move{{Layer: l, ExemptTag: move.DefaultExemptTag, Regions: map[string]move.Region{region: {New: move.Version{Number: 6, Architectures: []string{"x86_64"}}}}}},
	}
}

func function(layers ...string) watch.Function {
	return watch.Function{
		Function: fleet.Function{
			Pair: fleet.Pair{AccountID: account, Region: region}, Name: "f", ARN: "arn:f", Version: "$LATEST", PackageType: "Zip",
			Runtime: "python3.12", Architectures: []string{"x86_64"}, Layers: layers, TagsKnown: true,
		},
		Modified: since.Add(-time.Hour),
	}
}

func TestJudge(t *testing.T) {
	old, wanted := function(arn("5")), function(arn("6"))
	moved := wanted
	moved.Modified = at.Add(time.Minute)
	exempt := old
	exempt.Tags = map[string]string{move.DefaultExemptTag: ""}
	untagged := old
	untagged.TagsKnown = false
	arm := old
	arm.Architectures = []string{"arm64"}
	failed := watch.Result{Verdict: "NON_COMPLIANT", Recorded: at.Add(time.Minute), Execution: "FAILED", Started: at.Add(2 * time.Minute), Ended: now.Add(-time.Minute), Failure: fleet.Reason{Code: fleet.RemediationFailed, Detail: "no"}}
	with := func(r watch.Result, change func(*watch.Result)) watch.Result {
		change(&r)
		return r
	}
	detect := change()
	detect.Automatic = false
	thirds := change()
	thirds.Moves[0].Regions[region] = move.Region{New: move.Version{Number: 6}, Old: []int64{3}}

	tests := []struct {
		name   string
		change watch.Change
		f      watch.Function
		r      watch.Result
		update watch.Update
		state  watch.State
		code   fleet.Code
		stale  bool
		moved  bool
	}{
		{name: "right before the change", change: change(), f: wanted, state: watch.Right},
		{name: "moved, the runbook vouches", change: change(), f: moved, r: watch.Result{Execution: "SUCCEEDED", Started: at.Add(time.Second), Ended: now}, state: watch.Right, moved: true},
		{name: "moved, Lambda vouches", change: change(), f: moved, update: watch.Update{Status: "Successful"}, state: watch.Right, moved: true},
		{name: "moved, an earlier remediation vouches for nothing", change: change(), f: moved, r: watch.Result{Execution: "SUCCEEDED", Started: since.Add(-time.Minute)}, state: watch.Open, code: fleet.UpdateInProgress},
		{name: "on its way", change: change(), f: moved, update: watch.Update{Status: "InProgress"}, state: watch.Open, code: fleet.UpdateInProgress},
		{name: "the update failed", change: change(), f: moved, update: watch.Update{Status: "Failed", Reason: "DisabledKMSKey: x"}, state: watch.Failed, code: fleet.UpdateFailed},
		{name: "deleted since it was listed", change: change(), f: moved, update: watch.Update{Status: watch.Gone}, state: watch.Left, code: fleet.FunctionGone},
		{name: "right with an exception", change: change(), f: wanted, r: watch.Result{Excepted: true}, state: watch.Right},
		{name: "exempt", change: change(), f: exempt, state: watch.Exempt, code: fleet.Exempt},
		{name: "tags unknown", change: change(), f: untagged, state: watch.Left, code: fleet.TagsUnknown},
		{name: "another architecture", change: change(), f: arm, state: watch.Left, code: fleet.ArchitectureMismatch},
		{name: "a third version", change: thirds, f: old, state: watch.OtherVersion},
		{name: "compliant says an old verdict", change: change(), f: old, r: watch.Result{Verdict: "COMPLIANT", Recorded: at.Add(-time.Second)}, state: watch.Open, code: fleet.NotEvaluated, stale: true},
		{name: "never evaluated", change: change(), f: old, state: watch.Open, code: fleet.NotEvaluated},
		{name: "found", change: change(), f: old, r: watch.Result{Verdict: "NON_COMPLIANT", Recorded: now}, state: watch.Open, code: fleet.RemediationPending},
		{name: "succeeded without moving", change: change(), f: old, r: watch.Result{Verdict: "NON_COMPLIANT", Recorded: now, Execution: "SUCCEEDED", Started: at.Add(time.Minute)}, state: watch.Open, code: fleet.RemediationPending},
		{name: "excepted", change: change(), f: old, r: with(failed, func(r *watch.Result) { r.Excepted = true }), state: watch.Excepted, code: fleet.RemediationFailed},
		{name: "excepted before the change", change: change(), f: old, r: with(failed, func(r *watch.Result) { r.Excepted, r.Started = true, since.Add(-time.Hour) }), state: watch.Excepted, code: fleet.RemediationException},
		{name: "failed, tried again soon", change: change(), f: old, r: failed, state: watch.Open, code: fleet.RemediationFailed},
		{name: "failed, and AWS does not try again", change: change(), f: old, r: with(failed, func(r *watch.Result) { r.Ended = now.Add(-time.Hour) }), state: watch.Failed, code: fleet.RemediationFailed},
		{name: "failed for what trying cannot mend", change: change(), f: old, r: with(failed, func(r *watch.Result) { r.Failure.Code = fleet.OtherLayerNotShared }), state: watch.Failed, code: fleet.OtherLayerNotShared},
		{name: "failed before the change", change: change(), f: old, r: with(failed, func(r *watch.Result) { r.Started = since.Add(-time.Minute) }), state: watch.Open, code: fleet.RemediationPending},
		{name: "detection only", change: detect, f: old, r: watch.Result{Verdict: "NON_COMPLIANT", Recorded: now}, state: watch.Finding},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reading := watch.Reading{
				Functions: []watch.Function{tt.f, {Function: fleet.Function{Name: "other", Layers: []string{arn("5") + "x"}}}},
				Results:   map[string]watch.Result{"f": tt.r}, Updates: map[string]watch.Update{},
			}
			if tt.update.Status != "" {
				reading.Updates["f"] = tt.update
			}
			p := watch.Judge(tt.change, reading, now)
			if len(p.Outcomes) != 1 || p.Counts.NotUsing != 1 || p.Counts.Using() != 1 {
				t.Fatalf("outcomes %+v, counts %+v", p.Outcomes, p.Counts)
			}
			o := p.Outcomes[0]
			if o.State != tt.state || o.Code != tt.code || o.Stale != tt.stale || o.MovedAt.IsZero() == tt.moved || o.Exception != tt.r.Excepted {
				t.Errorf("%+v, want %s for %q, stale %v, moved %v", o, tt.state, tt.code, tt.stale, tt.moved)
			}
		})
	}
}

func TestUnproven(t *testing.T) {
	moved := function(arn("6"))
	moved.Modified = at.Add(time.Minute)
	vouched := moved
	vouched.Name = "vouched"
	before := function(arn("6"))
	before.Name = "before"
	r := watch.Reading{
		Functions: []watch.Function{moved, vouched, before},
		Results:   map[string]watch.Result{"vouched": {Execution: "SUCCEEDED", Started: at.Add(time.Second)}},
	}
	if got := r.Unproven(change()); len(got) != 1 || got[0] != "f" {
		t.Errorf("asks Lambda about %v, want f alone", got)
	}
}
