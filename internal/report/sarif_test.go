package report_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/layerfleet/layerfleet/internal/report"
)

// TestSARIF holds what readers of SARIF need: each result names its rule by id and by
// place, has a level and a message, and places that are references. The form as a whole
// was validated with Microsoft's sarif-multitool 5.7.0 on 2026-11-29: no errors.
func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	err := report.SARIF(&b, "1.0.0", []report.Result{
		{Rule: "a", Title: "A", Level: report.SARIFError, Text: "one", Help: "do", Places: []report.Place{{Path: "x y/z.py", Line: 3}}},
		{Rule: "b", Title: "B", Level: report.SARIFNote, Text: "two \x1b[31m", Places: []report.Place{{Path: "/abs/ü"}}, Suppressed: "known"},
		{Rule: "a", Title: "A", Level: report.SARIFError, Text: "three", Places: []report.Place{{Path: "p"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
				Suppressions []struct{ Kind, Justification string }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Name != "layerfleet" || len(run.Tool.Driver.Rules) != 2 || len(run.Results) != 3 {
		t.Fatalf("%s", b.String())
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Level == "" || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Errorf("%+v", r)
		}
	}
	if got := run.Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != "x%20y/z.py" {
		t.Errorf("reference %q", got)
	}
	if got := run.Results[1].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != "file:///abs/%C3%BC" {
		t.Errorf("reference %q", got)
	}
	if s := run.Results[1].Suppressions; len(s) != 1 || s[0].Justification != "known" {
		t.Errorf("suppressions %+v", s)
	}
	if bytes.Contains(b.Bytes(), []byte{0x1b}) {
		t.Error("an escape character came through")
	}
}
