package runbook_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox"
)

var update = flag.Bool("update", false, "write deploy/lambdalayer.yaml and the golden files")

// golden compares a text with a file, or writes it.
func golden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // read by everyone
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), text); diff != "" {
		t.Errorf("%s is not current; go test ./internal/runbook -update (-file +rendered):\n%s", path, diff)
	}
}

const deploy = "../../deploy"

func TestStandaloneIsCurrent(t *testing.T) {
	golden(t, filepath.Join(deploy, "lambdalayer.yaml"), standalone(t))
}

const (
	library = "arn:aws:lambda:us-east-1:100000000000:layer:library:"
	agent   = "arn:aws:lambda:us-east-1:100000000000:layer:agent:"
)

// of moves a layer.
func of(name string, regions map[string]move.Region) move.Move {
	return move.Move{Layer: layer.ARN{Partition: "aws", Account: "100000000000", Name: name}, Regions: regions, ExemptTag: move.DefaultExemptTag}
}

// to is a move in a Region.
func to(n int64, sha string, old ...int64) move.Region {
	return move.Region{New: move.Version{Number: n, SHA256: sha}, Old: old}
}

// fleetMoves are moves with everything in them: numbers that differ, several old and right ones, a layer that is not in
// all Regions, one content and several, declarations, and mismatches that are accepted.
func fleetMoves() []move.Move {
	runtime := of("common-runtime", map[string]move.Region{
		"us-east-1": to(6, content), "eu-west-1": to(4, content),
		"ap-south-1": {Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: "no version there has the content of version 6 in us-east-1 \u2192 none"}},
	})
	runtime.Release, runtime.Accept = "2.0.0", move.Accept{Runtime: true}
	observability := of("observability", map[string]move.Region{
		"us-east-1":    to(6, "b25lIGNvbnRlbnQ=", 3, 5),
		"eu-central-1": to(9, "YW5vdGhlciBjb250ZW50", 8),
	})
	r := observability.Regions["us-east-1"]
	r.Also, r.New.Runtimes, r.New.Architectures = []int64{7}, []string{"nodejs22.x", "python3.12"}, []string{"arm64"}
	observability.Regions["us-east-1"], observability.ExemptTag = r, ""
	return []move.Move{runtime, observability}
}

// whole is content with everything in it.
func whole() runbook.Content {
	c := runbook.Content{
		Name: "layers", Revision: revision(fleetMoves()...), Concurrency: runbook.ConcurrencyFor(300), Schedule: "rate(1 day)", SelfManaged: true,
		Targets: map[string]runbook.Targets{
			"us-east-1": {Units: []string{"ou-b", "ou-a"}, Accounts: []string{"000000000012"}}, "eu-west-1": {Accounts: []string{"000000000013"}},
		},
	}
	c.Number = 1
	return c.Next(revision(fleetMoves()[0])).Next(revision(fleetMoves()...))
}

func revision(moves ...move.Move) runbook.Revision {
	return runbook.Revision{
		At: time.Date(2026, 11, 29, 16, 0, 0, 0, time.UTC), By: "arn:aws:sts::100000000000:assumed-role/Deploy/J\u00f6rg", Tool: "1.2.0",
		Moves: moves, Automatic: true,
	}
}

// simple is content that enforces moves and no more.
func simple(moves ...move.Move) runbook.Content {
	return runbook.Content{Name: "layerfleet", Revision: runbook.Revision{Moves: moves, Automatic: true}}
}

func render(t *testing.T, moves []move.Move) string {
	t.Helper()
	return renderAll(t, simple(moves...))
}

func renderAll(t *testing.T, c runbook.Content) string {
	t.Helper()
	text, err := runbook.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTemplateGolden(t *testing.T) {
	golden(t, filepath.Join("testdata", "table.yaml"), renderAll(t, whole()))
}

// TestTemplatesAreLiteral holds what AWS asks of a template that is sent stage by stage: no parameters, since sending
// any marks all instances outdated, and nothing that comes back as "?".
func TestTemplatesAreLiteral(t *testing.T) {
	for _, text := range []string{standalone(t), renderAll(t, whole()), render(t, fleetMoves())} {
		if i := strings.IndexFunc(text, func(r rune) bool { return r > 126 || r < ' ' && r != '\n' }); i >= 0 {
			t.Errorf("not ASCII: %q", text[max(0, i-40):i+10])
		}
		if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			t.Error("CloudFormation adds a newline to large templates, and takes others off")
		}
	}
	if text := renderAll(t, whole()); strings.Contains(text, "\nParameters:") {
		t.Error("a rendered template has parameters")
	}
}

func TestTemplateIsTheSameForTheSameMoves(t *testing.T) {
	moves := fleetMoves()
	slices.Reverse(moves)
	slices.Reverse(moves[0].Regions["us-east-1"].Old)
	if render(t, fleetMoves()) != render(t, moves) {
		t.Error("the order of the moves shows")
	}
}

// TestTemplatePolicies holds that CloudFormation makes the policy that Policy says, in every Region, and nothing
// outside the table.
func TestTemplatePolicies(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1", "eu-central-1", "ap-south-1", "sa-east-1"} {
		t.Run(region, func(t *testing.T) {
			want, err := runbook.Policy(fleetMoves(), region)
			if err != nil {
				t.Fatal(err)
			}
			stack, output := stackOf(t, renderAll(t, whole()), region, nil)
			if want == "" {
				if len(stack) > 0 || !strings.HasPrefix(output, "Nothing.") {
					t.Errorf("made %v, and says %q", stack, output)
				}
				return
			}
			if diff := cmp.Diff(want, policyText(t, stack)); diff != "" {
				t.Errorf("policy (-Policy +stack):\n%s", diff)
			}
		})
	}
}

func TestTemplatePayload(t *testing.T) {
	type row = map[string]any
	for region, want := range map[string][]any{
		"us-east-1": {
			row{"Layer": "100000000000:layer:common-runtime", "New": "6", "Sha256": content, "Exempt": "LayerfleetExempt", "Accept": []any{"runtime"}},
			row{"Layer": "100000000000:layer:observability", "Old": []any{"3", "5"}, "New": "6", "Also": []any{"7"}, "Sha256": "b25lIGNvbnRlbnQ="},
		},
		"eu-west-1": {row{"Layer": "100000000000:layer:common-runtime", "New": "4", "Sha256": content, "Exempt": "LayerfleetExempt", "Accept": []any{"runtime"}}},
		"eu-central-1": {row{
			"Layer": "100000000000:layer:observability", "Old": []any{"8", "9"}, "New": "9", // filled up with what is right
			"Also": []any{"9"}, "Sha256": "YW5vdGhlciBjb250ZW50",
		}},
	} {
		stack, _ := stackOf(t, renderAll(t, whole()), region, nil)
		got := payload(t, stack)
		want := row{
			"FunctionName": "fn", "Paused": "false", "RuleName": "layers", "PaceSeconds": got["PaceSeconds"],
			"Prefix": "arn:aws:lambda:" + region + ":", "Layers": want,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", region, diff)
		}
	}
}

func TestTemplateResources(t *testing.T) {
	detect, without, scheduled := simple(fleetMoves()...), simple(fleetMoves()...), whole()
	detect.Automatic, without.Automatic, without.NoRemediation = false, false, true
	for _, tt := range []struct {
		name, want string
		content    runbook.Content
		automatic  bool
	}{
		{name: "automatic", content: simple(fleetMoves()...), want: "Remediation RemediationRole Rule Runbook", automatic: true},
		{name: "detecting", content: detect, want: "Remediation RemediationRole Rule Runbook"},
		{name: "detecting where nothing else is", content: without, want: "Rule"},
		{name: "scheduled", content: scheduled, want: "Remediation RemediationRole Rule Runbook Schedule ScheduleRole", automatic: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := renderAll(t, tt.content)
			stack, _ := stackOf(t, text, "us-east-1", nil)
			if got := strings.Join(slices.Sorted(maps.Keys(stack)), " "); got != tt.want {
				t.Fatalf("makes %s, want %s", got, tt.want)
			}
			if without := !strings.Contains(tt.want, "Remediation"); without {
				if strings.Contains(text, "AWS::Config::RemediationConfiguration") {
					t.Error("the type is named, under whatever condition")
				}
				return
			}
			if at[bool](t, stack["Remediation"], "Automatic") != tt.automatic {
				t.Error("automatic is the other way round")
			}
			if stack["Remediation"]["TargetVersion"] != nil || at[string](t, stack["Remediation"], "TargetId") != "ref-Runbook" {
				t.Errorf("remediation %v", stack["Remediation"])
			}
			if !strings.Contains(text, "DependsOn: [Runbook, RemediationRole]") {
				t.Error("the rule does not wait for the runbook")
			}
			for id, properties := range stack {
				if strings.HasSuffix(id, "Role") && (properties["RoleName"] != nil || properties["Path"] != "/layerfleet/") {
					t.Errorf("%s: %v", id, properties)
				}
			}
		})
	}
}

func TestRevisionStandsInTheRule(t *testing.T) {
	for want, c := range map[int]runbook.Content{0: simple(fleetMoves()...), 3: whole()} {
		stack, _ := stackOf(t, renderAll(t, c), "us-east-1", nil)
		description := at[string](t, stack["Rule"], "Description")
		if got := runbook.RevisionOf(description); got != want || len(description) > 256 {
			t.Errorf("%q has revision %d, want %d", description, got, want)
		}
	}
	for _, text := range []string{"", "Revision 3", "Lambda functions use the wanted versions of shared layers ($LATEST only). Made by layerfleet. Revision x"} {
		if got := runbook.RevisionOf(text); got != 0 {
			t.Errorf("%q has revision %d", text, got)
		}
	}
}

func TestConcurrency(t *testing.T) {
	for _, tt := range []struct{ largest, percent, atMost int }{{0, 10, 100}, {1, 100, 1}, {20, 78, 16}, {300, 4, 12}, {1000, 2, 20}, {6000, 1, 60}, {100_000, 1, 1000}} {
		got := runbook.ConcurrencyFor(tt.largest)
		if got.Percent != tt.percent || tt.largest*got.Percent/100 > tt.atMost {
			t.Errorf("%d functions: %+v", tt.largest, got)
		}
		// Two calls of each script within its wait, and some 8 seconds of polling, are to stay within 15 a second.
		if scripts := tt.largest * got.Percent / 100; scripts > 25 && float64(2*scripts)/(float64(got.PaceSeconds)/2+8) > 15 {
			t.Errorf("%d scripts within %d seconds", scripts, got.PaceSeconds)
		}
	}
	if runbook.ConcurrencyFor(260) != runbook.ConcurrencyFor(500) {
		t.Error("a few functions more change the template")
	}
}

// everywhere are more Regions than one Fn::Or takes.
func everywhere(r move.Region, regions int) map[string]move.Region {
	out := map[string]move.Region{}
	for i := range regions {
		r.New.Number++
		out[fmt.Sprintf("%s-%s-%d", []string{"us", "eu", "ap", "sa"}[i%4], []string{"east", "west", "north"}[i%3], i/12+1)] = r
	}
	return out
}

// manyLayers are moves of layers that are in many Regions.
func manyLayers(layers, regions int) []move.Move {
	var out []move.Move
	for i := range layers {
		out = append(out, of(fmt.Sprintf("layer-%d", i), everywhere(to(100, strings.Repeat("a", 43)+"="), regions)))
	}
	return out
}

func TestManyRegions(t *testing.T) {
	moves := manyLayers(10, 31)
	text := render(t, moves)
	for region, r := range moves[0].Regions {
		stack, _ := stackOf(t, text, region, nil)
		if want := moves[0].At(region, r.New.Number).String(); !strings.Contains(policyText(t, stack), want) {
			t.Errorf("%s does not ask for %s", region, want)
		}
	}
	if stack, _ := stackOf(t, text, "me-south-1", nil); len(stack) > 0 {
		t.Errorf("a Region outside the table gets %v", stack)
	}
}

// TestRoomForRevisions holds how many revisions a template keeps, and that the oldest go first.
func TestRoomForRevisions(t *testing.T) {
	for _, tt := range []struct{ layers, regions, atLeast int }{{1, 4, 40}, {10, 30, 8}, {20, 17, 4}} {
		c := simple(manyLayers(tt.layers, tt.regions)...)
		c.Number = 1
		for n := range 40 {
			next := revision(manyLayers(tt.layers, tt.regions)...)
			for _, m := range next.Moves {
				for region, r := range m.Regions {
					r.New.Number += int64(n)
					r.New.SHA256 = fmt.Sprintf("%043d=", n*7919)
					m.Regions[region] = r
				}
			}
			c = c.Next(next)
		}
		text := renderAll(t, c)
		got, err := runbook.Read(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d layers in %d Regions: %d bytes, %d revisions besides", tt.layers, tt.regions, len(text), len(got.Former))
		if len(got.Former) < tt.atLeast || len(text) > 51_200 {
			t.Errorf("%d layers in %d Regions: %d former revisions in %d bytes", tt.layers, tt.regions, len(got.Former), len(text))
		}
		if newest := got.Former[len(got.Former)-1]; newest.Number != 40 || got.Number != 41 {
			t.Errorf("revision %d comes after %d", got.Number, newest.Number)
		}
	}
}

func TestLimits(t *testing.T) {
	layers := func(n int, r move.Region) []move.Move {
		var out []move.Move
		for i := range n {
			out = append(out, of(fmt.Sprintf("a-layer-with-a-name-of-ordinary-length-%d", i), map[string]move.Region{"us-east-1": r}))
		}
		return out
	}
	var old []int64
	for n := range int64(120) {
		old = append(old, n+1)
	}
	for _, tt := range []struct {
		name, want string
		moves      []move.Move
	}{
		{"many layers", "the Guard policy in us-east-1 has", layers(40, to(2, ""))},
		{"many versions", "the Guard policy in us-east-1 has", layers(1, to(200, "", old...))},
		{"many keys", "a row of the version table has", layers(2, to(200, "", old...))},
		{"a large table", "the template has", func() []move.Move {
			var out []move.Move
			for i := range 23 {
				out = append(out, of(fmt.Sprintf("l%d", i), everywhere(to(100, "", 1, 2), 31)))
			}
			return out
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := runbook.Render(simple(tt.moves...))
			if _, ok := errors.AsType[*runbook.LimitError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := runbook.Render(simple(layers(15, to(2, "", 1))...)); err != nil {
		t.Errorf("15 layers: %v", err)
	}
}

func TestContentThatIsRefused(t *testing.T) {
	good := to(6, "")
	change := func(f func(*runbook.Content)) runbook.Content {
		c := simple(of("a", map[string]move.Region{"us-east-1": good}))
		f(&c)
		return c
	}
	china := of("b", map[string]move.Region{"cn-north-1": good})
	china.Layer.Partition = "aws-cn"
	for _, tt := range []struct {
		name, want string
		content    runbook.Content
	}{
		{"no moves", "no layer", change(func(c *runbook.Content) { c.Moves = nil })},
		{"a move to nowhere", "no version to go to", simple(of("a", nil))},
		{"two kinds", "some Regions leave every other", simple(of("a", map[string]move.Region{"us-east-1": good, "eu-west-1": to(5, "", 4)}))},
		{"two partitions", "cannot be enforced together", change(func(c *runbook.Content) { c.Moves = append(c.Moves, china) })},
		{"name", "cannot name a rule", change(func(c *runbook.Content) { c.Name = "a" })},
		{"reserved name", "Systems Manager reserves", change(func(c *runbook.Content) { c.Name = "aws-layers" })},
		{"schedule", "neither rate(", change(func(c *runbook.Content) { c.Schedule = "rate(30 seconds)" })},
		{"a schedule with a quote", "neither rate(", change(func(c *runbook.Content) { c.Schedule = `cron(0 0 * * " *)` })},
		{"percent", "cannot be", change(func(c *runbook.Content) { c.Concurrency.Percent = 101 })},
		{"automatic without remediation", "only detection", change(func(c *runbook.Content) { c.NoRemediation = true })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := runbook.Render(tt.content); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCfnLint has cfn-lint look at every kind of template.
func TestCfnLint(t *testing.T) {
	lint := peer(t, "cfn-lint", "cfn-lint")
	dir := t.TempDir()
	china := of("a", map[string]move.Region{"cn-north-1": to(1, "")})
	china.Layer.Partition = "aws-cn"
	without := simple(fleetMoves()...)
	without.Automatic, without.NoRemediation = false, true
	files := []string{filepath.Join(deploy, "lambdalayer.yaml"), filepath.Join(deploy, "prerequisites.yaml")}
	for name, c := range map[string]runbook.Content{
		"whole": whole(), "one": simple(of("a", map[string]move.Region{"us-east-1": to(6, "", 5)})), "china": simple(china),
		"many": simple(manyLayers(1, 31)...), "without": without, "widened": simple(of("a", map[string]move.Region{"us-east-1": {New: move.Version{Number: 6}, Old: []int64{}, Also: []int64{5}}})),
	} {
		files = append(files, filepath.Join(dir, name+".yaml"))
		write(t, files[len(files)-1], renderAll(t, c))
	}
	out, err := exec.CommandContext(t.Context(), lint, append([]string{"--"}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

// TestOneCapability holds that the console's one check mark is enough.
func TestOneCapability(t *testing.T) {
	for _, text := range []string{standalone(t), render(t, fleetMoves())} {
		parsed, err := sandbox.ParseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.Capability(); got != runbook.Capabilities()[0] {
			t.Errorf("needs %s", got)
		}
	}
}
