package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

func show(t *testing.T, write func(*term.Terminal) error) string {
	t.Helper()
	var out, errs strings.Builder
	if err := write(term.New(strings.NewReader(""), &out, &errs, func(string) string { return "" })); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFindings(t *testing.T) {
	one := fleet.Pair{AccountID: "100000000001", Region: "eu-west-1"}
	found := &inventory.Findings{
		LookedAt: inventory.Latest,
		Functions: []inventory.Match{{
			Function: fleet.Function{Pair: one, Name: "orders", Runtime: "python3.12", Layers: []string{
				"arn:aws:lambda:eu-west-1:100000000000:layer:certs:2", "arn:aws:lambda:eu-west-1:100000000000:layer:deps:3",
			}},
			Matched: []string{"arn:aws:lambda:eu-west-1:100000000000:layer:deps:3"},
		}},
		Coverage: fleet.Coverage{Pairs: 4, Covered: 1, NotCovered: []fleet.NotCovered{
			{Pair: fleet.Pair{AccountID: "100000000002", Region: "eu-west-1"}, Reason: fleet.Reason{Code: fleet.NoRecorder}},
			{Pair: fleet.Pair{AccountID: "100000000002", Region: "us-east-1"}, Reason: fleet.Reason{Code: fleet.NoRecorder}},
			{Pair: fleet.Pair{AccountID: "100000000003", Region: "us-east-1"}, Reason: fleet.Reason{Code: fleet.RoleDenied, Detail: "AccessDenied: no"}},
		}},
	}
	got := show(t, func(to *term.Terminal) error { return report.Findings(to, layer.Selector{Name: "deps"}, found) })
	want := `ACCOUNT       REGION     FUNCTION  RUNTIME     MATCHED  LAYERS IN ORDER
100000000001  eu-west-1  orders    python3.12  deps:3   certs:2, deps:3

1 function uses layer deps in 1 account and 1 Region ($LATEST only: aliases and published versions were not looked at)
1 of 4 pairs of account and Region is covered; not covered:
ACCOUNT       REGIONS               REASON       WHY
100000000002  eu-west-1, us-east-1  no_recorder  AWS Config has no recorder here: changes are not recorded
100000000003  us-east-1             role_denied  the reading role of the account cannot be assumed or lacks a permission (AccessDenied: no)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNothingFound(t *testing.T) {
	found := &inventory.Findings{LookedAt: inventory.Latest, Coverage: fleet.Coverage{Pairs: 2, Covered: 2}}
	got := show(t, func(to *term.Terminal) error { return report.Findings(to, layer.Selector{Name: "deps"}, found) })
	want := "no function that could be seen uses layer deps ($LATEST only: aliases and published versions were not looked at)\nall 2 pairs of account and Region are covered\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRows(t *testing.T) {
	rows := &inventory.Rows{
		Fields: []string{"accountId", "configuration.layers.arn", "configuration.memorySize", "COUNT(*)", "nothing"},
		Rows: []json.RawMessage{
			json.RawMessage(`{"accountId":"1","configuration":{"layers":[{"arn":"a"},{"arn":"b"}],"memorySize":128.0},"COUNT(*)":3}`),
			json.RawMessage(`{"accountId":"2","configuration":{"layers":[]}}`),
		},
	}
	got := show(t, func(to *term.Terminal) error { return report.Rows(to, rows) })
	want := "accountId  configuration.layers.arn  configuration.memorySize  COUNT(*)  nothing\n1          a, b                      128                       3\n2\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
