package enforcecmd

import (
	"errors"
	"testing"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// TestEnding holds statuses to the exit codes: open goes before partial, partial before findings, and a pair that is
// not covered is never done.
func TestEnding(t *testing.T) {
	pair := func(code fleet.Code, c watch.Counts) enforce.PairStatus {
		return enforce.PairStatus{Reason: fleet.Reason{Code: code}, Counts: c}
	}
	tests := []struct {
		name      string
		pair      enforce.PairStatus
		operation string
		want      command.ExitCode
	}{
		{name: "all right", pair: pair("", watch.Counts{Right: 3}), want: command.Done},
		{name: "exempt and other versions", pair: pair("", watch.Counts{Right: 3, Exempt: 1, OtherVersion: 2}), want: command.Done},
		{name: "stale verdicts prove nothing either way", pair: pair("", watch.Counts{Right: 3, Stale: 3}), want: command.Done},
		{name: "open", pair: pair("", watch.Counts{Open: 1}), want: command.NotFinished},
		{name: "open and failed", pair: pair("", watch.Counts{Open: 1, Failed: 1}), want: command.NotFinished},
		{name: "an operation is running", operation: "x", want: command.NotFinished},
		{name: "failed", pair: pair("", watch.Counts{Failed: 1}), want: command.Partial},
		{name: "excepted", pair: pair("", watch.Counts{Excepted: 1}), want: command.Partial},
		{name: "not covered", pair: pair(fleet.RoleDenied, watch.Counts{}), want: command.Partial},
		{name: "not deployed", pair: pair(fleet.NotDeployed, watch.Counts{Left: 1}), want: command.Partial},
		{name: "left", pair: pair("", watch.Counts{Left: 1}), want: command.Findings},
		{name: "found by a set that only detects", pair: pair("", watch.Counts{Findings: 1}), want: command.Findings},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := ending(&enforce.Status{Pairs: []enforce.PairStatus{tt.pair}, Total: tt.pair.Counts, Operation: tt.operation}).Conclude()
			var got command.Outcome
			if err != nil && !errors.As(err, &got) || command.ExitCode(got) != tt.want {
				t.Errorf("%v, want %d", err, tt.want)
			}
		})
	}
}
