package runbook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

const content = "c2hhIG9mIHJlbGVhc2U=" // of every new version in the table

// numbers are a move in a Region, as the table writes it.
type numbers struct {
	New       int64
	Old, Also []int64
}

// shortMove is a move as the table writes it.
type shortMove struct {
	numbers                         `yaml:",inline"`
	Layer, Account, Region          string
	Runtimes, Architectures, Accept []string
	Exempt                          *string
	Regions                         map[string]numbers
}

func (s shortMove) move() move.Move {
	region, account, tag := s.Region, s.Account, move.DefaultExemptTag
	if region == "" {
		region = "us-east-1"
	}
	if account == "" {
		account = "100000000000"
	}
	if s.Exempt != nil {
		tag = *s.Exempt
	}
	m := move.Move{
		Layer:     layer.ARN{Partition: layer.PartitionOf(region), Account: account, Name: s.Layer},
		Regions:   map[string]move.Region{},
		Accept:    move.Accept{Architecture: slices.Contains(s.Accept, "architecture"), Runtime: slices.Contains(s.Accept, "runtime")},
		ExemptTag: tag,
	}
	all := map[string]numbers{region: s.numbers}
	maps.Copy(all, s.Regions)
	for region, n := range all {
		if n.New == 0 {
			m.Regions[region] = move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion}}
			continue
		}
		m.Regions[region] = move.Region{Old: n.Old, Also: n.Also, New: move.Version{
			Number: n.New, SHA256: content, Runtimes: s.Runtimes, Architectures: s.Architectures,
		}}
	}
	return m
}

// answers are what the judges beside Decide say.
type answers struct{ Guard, Runbook string }

// testCase is one of testdata/cases.yaml.
type testCase struct {
	Name, Moves, Region string
	Layers, Tags        yaml.Node // a list or missing or null; a map or unknown
	Image               bool
	Version, Runtime    string
	Architectures       []string
	Unusable            map[string]fleet.Code
	Standing            fleet.Code
	Verdict             move.Verdict
	Code                fleet.Code
	Each                []move.Verdict
	After               []string
	answers             `yaml:",inline"`
}

// table is testdata/cases.yaml.
type table struct {
	Answers map[move.Verdict]answers
	Moves   map[string][]shortMove
	Cases   []testCase
}

func cases(t *testing.T) (map[string][]move.Move, []testCase) {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all table
	if err := yaml.Load(data, &all); err != nil {
		t.Fatal(err)
	}
	moves := map[string][]move.Move{}
	for name, short := range all.Moves {
		for _, s := range short {
			moves[name] = append(moves[name], s.move())
		}
		moves[name] = move.Sorted(moves[name]) // as templates have them
	}
	seen := map[string]bool{}
	for i := range all.Cases {
		c := &all.Cases[i]
		usual, ok := all.Answers[c.Verdict]
		if !ok || seen[c.Name] || moves[c.Moves] == nil {
			t.Fatalf("case %q: verdict %s of %q, or it stands there twice", c.Name, c.Verdict, c.Moves)
		}
		seen[c.Name] = true
		if c.Region == "" {
			c.Region = "us-east-1"
		}
		if c.Guard == "" {
			c.Guard = usual.Guard
		}
		if c.Runbook == "" {
			c.Runbook = strings.Replace(usual.Runbook, "code", string(c.Code), 1)
		}
		if c.Each == nil {
			c.Each = []move.Verdict{c.Verdict}
		}
	}
	return moves, all.Cases
}

// arn is the layer version that the table means by NAME:NUMBER.
func (c testCase) arn(short string) string {
	if strings.HasPrefix(short, "arn:") {
		return short
	}
	return fmt.Sprintf("arn:%s:lambda:%s:100000000000:layer:%s", layer.PartitionOf(c.Region), c.Region, short)
}

// list is the function's layer list; nil where there is none.
func (c testCase) list(t *testing.T) []string {
	t.Helper()
	if c.Layers.Kind != yaml.SequenceNode {
		return nil
	}
	var short []string
	if err := c.Layers.Decode(&short); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	out := []string{}
	for _, s := range short {
		out = append(out, c.arn(s))
	}
	return out
}

// after is the list that the case wants.
func (c testCase) after(t *testing.T) []string {
	t.Helper()
	out := c.list(t)
	if c.After == nil {
		return out
	}
	for i, s := range c.After {
		out[i] = c.arn(s)
	}
	return out
}

// tags are the function's tags; false where they cannot be read.
func (c testCase) tags(t *testing.T) (map[string]string, bool) {
	t.Helper()
	if c.Tags.Value == "unknown" {
		return nil, false
	}
	tags := map[string]string{}
	if !c.Tags.IsZero() {
		if err := c.Tags.Decode(&tags); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	return tags, true
}

func (c testCase) function(t *testing.T) fleet.Function {
	t.Helper()
	f := fleet.Function{
		Pair: fleet.Pair{AccountID: "100000000001", Region: c.Region}, Name: "fn", ARN: "arn:fn", Version: c.Version, Runtime: c.Runtime,
		PackageType: "Zip", Architectures: c.Architectures, Layers: c.list(t),
	}
	if c.Image {
		f.PackageType = "Image"
	}
	f.Tags, f.TagsKnown = c.tags(t)
	return f
}

func (c testCase) facts() move.Facts {
	f := move.Facts{Unusable: func(arn, _ string) fleet.Reason {
		for short, code := range c.Unusable {
			if c.arn(short) == arn {
				return fleet.Reason{Code: code}
			}
		}
		return fleet.Reason{}
	}}
	if c.Standing != "" {
		f.Standing = map[string]fleet.Reason{"arn:fn": {Code: c.Standing}}
	}
	return f
}

func TestCasesByDecide(t *testing.T) {
	moves, all := cases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			got := move.All(moves[c.Moves], c.function(t), c.facts())
			var each []move.Verdict
			for _, d := range got.Each {
				each = append(each, d.Verdict)
			}
			if got.Verdict != c.Verdict || got.Code != c.Code || !slices.Equal(each, c.Each) {
				t.Errorf("got %s (%s) of %v, want %s (%s) of %v", got.Verdict, got.Code, each, c.Verdict, c.Code, c.Each)
			}
			if diff := cmp.Diff(append([]string{}, c.after(t)...), got.After); diff != "" {
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
		policies[policy], docs[doc] = policyText(t, stack), c.item(t)
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
func (c testCase) item(t *testing.T) string {
	t.Helper()
	configuration := map[string]any{"functionName": "fn", "packageType": c.function(t).PackageType, "version": "$LATEST"}
	switch list := c.list(t); {
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
	if tags, known := c.tags(t); known {
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
	var asked []testCase
	var questions []map[string]any
	for _, c := range all {
		stack := deployed(t, moves[c.Moves], c.Region)
		if c.Runbook == "none" && len(stack) > 0 && c.Version == "" && c.Standing == "" {
			t.Errorf("%s: there is a runbook", c.Name)
		}
		if c.Runbook != "none" {
			asked, questions = append(asked, c), append(questions, c.question(t, moves[c.Moves], stack))
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
			if diff := cmp.Diff(append([]string{}, c.after(t)...), got[i].After); diff != "" {
				t.Errorf("layers (-want +got):\n%s", diff)
			}
		})
	}
}

// question is a case for testdata/judge.py.
func (c testCase) question(t *testing.T, moves []move.Move, stack map[string]map[string]any) map[string]any {
	t.Helper()
	f := c.function(t)
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
		unusable[c.arn(short)] = code
	}
	for _, m := range moves {
		if r, ok := m.In(c.Region); ok {
			declared[m.At(c.Region, r.New.Number).String()] = map[string]any{
				"CompatibleRuntimes": r.New.Runtimes, "CompatibleArchitectures": r.New.Architectures,
			}
		}
	}
	return map[string]any{
		"events": payload(t, stack), "layers": c.list(t), "configuration": configuration, "members": members,
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
