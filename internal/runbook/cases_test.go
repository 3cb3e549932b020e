package runbook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook/runbooktest"
)

const content = runbooktest.SHA256 // of every new version in the table

func cases(t *testing.T) (map[string][]move.Move, []runbooktest.Case) {
	t.Helper()
	return runbooktest.Read(t, "testdata/cases.yaml")
}

func TestCasesByDecide(t *testing.T) {
	moves, all := cases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			got := move.All(moves[c.Moves], c.Function(t), c.Facts())
			var each []move.Verdict
			for _, d := range got.Each {
				each = append(each, d.Verdict)
			}
			if got.Verdict != c.Verdict || got.Code != c.Code || !slices.Equal(each, c.Each) {
				t.Errorf("got %s (%s) of %v, want %s (%s) of %v", got.Verdict, got.Code, each, c.Verdict, c.Code, c.Each)
			}
			if diff := cmp.Diff(append([]string{}, c.Wanted(t)...), got.After); diff != "" {
				t.Errorf("layers (-want +got):\n%s", diff)
			}
		})
	}
}

// deployed is what CloudFormation makes of moves in a Region: nothing, or a rule and a runbook.
func deployed(t *testing.T, moves []move.Move, region string) map[string]map[string]any {
	t.Helper()
	stack, _ := stackOf(t, render(t, moves), region, nil)
	return stack
}

func TestCasesByGuard(t *testing.T) {
	moves, all := cases(t)
	policies, docs, want := map[string]string{}, map[string]string{}, map[string]map[string]string{}
	for i, c := range all {
		stack := deployed(t, moves[c.Moves], c.Region)
		if c.Guard == "none" {
			if len(stack) > 0 && c.Version == "" {
				t.Errorf("%s: there is a rule", c.Name)
			}
			continue
		}
		policy, doc := c.Moves+"-in-"+c.Region, fmt.Sprintf("case-%03d", i)
		policies[policy], docs[doc] = policyText(t, stack), item(t, c)
		if want[policy] == nil {
			want[policy] = map[string]string{}
		}
		want[policy][doc] = c.Guard
	}
	for engine, judge := range judges() {
		t.Run(engine, func(t *testing.T) {
			got := judge(t, policies, docs)
			for policy, verdicts := range want {
				for doc, status := range verdicts {
					if got[policy][doc] != status {
						t.Errorf("%s is %s, want %s:\n%s\n%s", doc, got[policy][doc], status, policies[policy], docs[doc])
					}
				}
			}
		})
	}
}

// item is the function as AWS Config records it.
func item(t *testing.T, c runbooktest.Case) string {
	t.Helper()
	configuration := map[string]any{"functionName": "fn", "packageType": c.Function(t).PackageType, "version": "$LATEST"}
	switch list := c.List(t); {
	case list != nil:
		layers := []map[string]any{}
		for _, arn := range list {
			layers = append(layers, map[string]any{"arn": arn, "codeSize": 1024.0})
		}
		configuration["layers"] = layers
	case c.Layers.Value == "null":
		configuration["layers"] = nil
	}
	item := map[string]any{"resourceType": "AWS::Lambda::Function", "resourceId": "fn", "awsRegion": c.Region, "configuration": configuration}
	if tags, known := c.AllTags(t); known {
		item["tags"] = tags
	}
	data, err := json.Marshal(item)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCasesByScript(t *testing.T) {
	python := peer(t, "python3", "python3")
	moves, all := cases(t)
	type judged struct {
		Each   []move.Verdict `json:"each"`
		Status string         `json:"status"`
		After  []string       `json:"after"`
	}
	var asked []runbooktest.Case
	var questions []map[string]any
	for _, c := range all {
		stack := deployed(t, moves[c.Moves], c.Region)
		if c.Runbook == "none" && len(stack) > 0 && c.Version == "" && c.Standing == "" {
			t.Errorf("%s: there is a runbook", c.Name)
		}
		if c.Runbook != "none" {
			asked, questions = append(asked, c), append(questions, question(t, c, moves[c.Moves], stack))
		}
	}
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-B", "-W", "error", "testdata/judge.py")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var got []judged
	if err := json.Unmarshal(out, &got); err != nil || len(got) != len(asked) {
		t.Fatalf("%d answers to %d questions: %v", len(got), len(asked), err)
	}
	for i, c := range asked {
		t.Run(c.Name, func(t *testing.T) {
			// What another layer stands against shows only when Lambda refuses the list; what is not in the Region is not in
			// the script's table.
			var each []move.Verdict
			for n, m := range moves[c.Moves] {
				if _, here := m.In(c.Region); here {
					each = append(each, c.Each[n])
				}
			}
			refusedLate := c.Code == fleet.OtherLayerMissing || c.Code == fleet.OtherLayerNotShared
			if got[i].Status != c.Runbook || !refusedLate && !slices.Equal(got[i].Each, each) {
				t.Errorf("got %s of %v, want %s of %v", got[i].Status, got[i].Each, c.Runbook, each)
			}
			if diff := cmp.Diff(append([]string{}, c.Wanted(t)...), got[i].After); diff != "" {
				t.Errorf("layers (-want +got):\n%s", diff)
			}
		})
	}
}

// question is a case for testdata/judge.py.
func question(t *testing.T, c runbooktest.Case, moves []move.Move, stack map[string]map[string]any) map[string]any {
	t.Helper()
	f := c.Function(t)
	configuration := map[string]any{"PackageType": f.PackageType, "Architectures": f.Architectures}
	if f.Runtime != "" {
		configuration["Runtime"] = f.Runtime
	}
	members := map[string]any{}
	if f.TagsKnown {
		members["Tags"] = f.Tags
	} else {
		members["TagsError"] = map[string]string{"ErrorCode": "AccessDeniedException", "Message": "no"}
	}
	unusable, declared := map[string]fleet.Code{}, map[string]any{}
	for short, code := range c.Unusable {
		unusable[c.ARN(short)] = code
	}
	for _, m := range moves {
		if r, ok := m.In(c.Region); ok {
			declared[m.At(c.Region, r.New.Number).String()] = map[string]any{
				"CompatibleRuntimes": r.New.Runtimes, "CompatibleArchitectures": r.New.Architectures,
			}
		}
	}
	return map[string]any{
		"events": payload(t, stack), "layers": c.List(t), "configuration": configuration, "members": members,
		"unusable": unusable, "declared": declared, "content": content,
	}
}

// TestEveryVerdictHasACase keeps the table whole.
func TestEveryVerdictHasACase(t *testing.T) {
	moves, all := cases(t)
	verdicts, codes, used := map[move.Verdict]bool{}, map[fleet.Code]bool{}, map[string]bool{}
	for _, c := range all {
		verdicts[c.Verdict], codes[c.Code], used[c.Moves] = true, true, true
	}
	for _, v := range []move.Verdict{move.Moves, move.Right, move.Exempt, move.OtherVersion, move.NotUsing, move.Blocked} {
		if !verdicts[v] {
			t.Errorf("no case is %s", v)
		}
	}
	for _, code := range []fleet.Code{
		fleet.ContainerImage, fleet.NewAndOldPresent, fleet.LayerMissing, fleet.LayerNotShared, fleet.OtherLayerMissing, fleet.OtherLayerNotShared,
		fleet.PublishedVersion, fleet.RegionUnknown, fleet.NoVersionInRegion, fleet.TagsUnknown, fleet.ArchitectureMismatch, fleet.RuntimeMismatch,
		fleet.ContentDiffers, fleet.RemediationException,
	} {
		if !codes[code] {
			t.Errorf("no case is blocked by %s", code)
		}
	}
	for name := range moves {
		if !used[name] {
			t.Errorf("no case is about the moves %q", name)
		}
	}
}
