package demo

import (
	"bytes"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// The report has a sentence for everything that is not as wanted.
func TestReport(t *testing.T) {
	seen, unknown := fleet.Pair{AccountID: "100000000001", Region: "us-east-1"}, fleet.Pair{AccountID: "100000000002", Region: "us-east-1"}
	r := &Result{
		Seconds: 2, OutdatedBefore: 2, Remediated: 1, Unchanged: 3,
		Left:       []Left{{Pair: seen, Function: "orders", Reason: fleet.Reason{Code: fleet.OtherLayerNotShared, Detail: "legacy-crypto:2"}}},
		NotCovered: []fleet.NotCovered{{Pair: unknown, Reason: fleet.Reason{Code: fleet.NoRecorder}}},
		pairs:      []pairLine{{Pair: seen, account: "canary-01", outdated: 2, remediated: 1, left: 1}, {Pair: unknown, account: "acquired", notCovered: fleet.NoRecorder.Sentence()}},
		points:     []point{{seconds: 0, outdated: 2}, {seconds: 1, outdated: 1}},
		moves:      []string{"us-east-1: every other version of deps → 6"},
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"another layer of the function is not shared with the account: legacy-crypto:2",
		"AWS Config has no recorder here: changes are not recorded", ">not covered<", ">1 left<", "canary-01", "every other version of deps → 6", "<polyline",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the report does not have %q", want)
		}
	}
	if strings.Contains(page.String(), "<no value>") {
		t.Error("the report has an empty place")
	}
}
