package parts_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/layer"
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
		t.Errorf("%s is not current; go test ./internal/enforce/parts -update (-file +rendered):\n%s", path, diff)
	}
}

const deploy = "../../../deploy"

func TestStandaloneIsCurrent(t *testing.T) {
	golden(t, filepath.Join(deploy, "lambdalayer.yaml"), standalone(t))
}

// fleet is moves with everything in them: numbers that differ, several old and allowed ones, a layer that is not in
// all Regions, one content and several.
func fleet() []parts.Move {
	return []parts.Move{
		move("common-runtime", map[string]parts.Versions{
			"us-east-1": {New: 6, SHA256: "c2hhIG9mIHJlbGVhc2U="}, "eu-west-1": {New: 4, SHA256: "c2hhIG9mIHJlbGVhc2U="}, "ap-south-1": {},
		}),
		move("observability", map[string]parts.Versions{
			"us-east-1":    {New: 6, Old: []int64{3, 5}, Also: []int64{7}, SHA256: "b25lIGNvbnRlbnQ="},
			"eu-central-1": {New: 9, Old: []int64{8}, SHA256: "YW5vdGhlciBjb250ZW50"},
		}),
	}
}

func render(t *testing.T, moves []parts.Move) string {
	t.Helper()
	text, err := parts.Template(moves, nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTemplateGolden(t *testing.T) {
	golden(t, filepath.Join("testdata", "table.yaml"), render(t, fleet()))
}

func TestTemplateIsTheSameForTheSameMoves(t *testing.T) {
	moves := fleet()
	slices.Reverse(moves)
	if render(t, fleet()) != render(t, moves) {
		t.Error("the order of the moves shows")
	}
}

// TestTemplatePolicies holds that CloudFormation makes the policy that Policy says, in every Region, and nothing
// outside the table.
func TestTemplatePolicies(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-west-1", "eu-central-1", "ap-south-1", "sa-east-1"} {
		for _, exempt := range []string{"", parts.DefaultExemptTag} {
			t.Run(region+" "+exempt, func(t *testing.T) {
				want, err := parts.Policy(fleet(), region, exempt)
				if err != nil {
					t.Fatal(err)
				}
				stack, output := stackOf(t, render(t, fleet()), region, map[string]string{parts.ParameterExempt: exempt, parts.ParameterSchedule: "rate(1 day)"})
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
}

func TestTemplatePayload(t *testing.T) {
	us, eu, de := "arn:aws:lambda:us-east-1:100000000000:layer:", "arn:aws:lambda:eu-west-1:100000000000:layer:", "arn:aws:lambda:eu-central-1:100000000000:layer:"
	type row = map[string]any
	for region, want := range map[string][]any{
		"us-east-1": {
			row{"Old": []any{us + "common-runtime"}, "New": us + "common-runtime:6", "Sha256": "c2hhIG9mIHJlbGVhc2U="},
			row{
				"Old": []any{us + "observability:3", us + "observability:5"}, "New": us + "observability:6",
				"Allowed": []any{us + "observability:7"}, "Sha256": "b25lIGNvbnRlbnQ=",
			},
		},
		"eu-west-1": {row{"Old": []any{eu + "common-runtime"}, "New": eu + "common-runtime:4", "Sha256": "c2hhIG9mIHJlbGVhc2U="}},
		"eu-central-1": {row{
			"Old": []any{de + "observability:8", de + "observability:9"}, "New": de + "observability:9", // filled up with what is right
			"Allowed": []any{de + "observability:9"}, "Sha256": "YW5vdGhlciBjb250ZW50",
		}},
	} {
		stack, _ := stackOf(t, render(t, fleet()), region, nil)
		if diff := cmp.Diff(want, payload(t, stack)["Layers"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", region, diff)
		}
	}
}

// everywhere are more Regions than one Fn::Or takes.
func everywhere(v parts.Versions) map[string]parts.Versions {
	out := map[string]parts.Versions{}
	for i := range 31 {
		v.New++
		out[fmt.Sprintf("%s-%s-%d", []string{"us", "eu", "ap", "sa"}[i%4], []string{"east", "west", "north"}[i%3], i/12+1)] = v
	}
	return out
}

func TestManyRegions(t *testing.T) {
	moves := []parts.Move{}
	for i := range 10 {
		moves = append(moves, move(fmt.Sprintf("layer-%d", i), everywhere(parts.Versions{New: 100, SHA256: strings.Repeat("a", 43) + "="})))
	}
	text := render(t, moves)
	t.Logf("31 Regions × 10 layers: %d bytes", len(text))
	for region, v := range moves[0].Regions {
		stack, _ := stackOf(t, text, region, nil)
		if want := moves[0].Layer.WithRegion(region).At(v.New).String(); !strings.Contains(policyText(t, stack), want) {
			t.Errorf("%s does not ask for %s", region, want)
		}
	}
	if stack, _ := stackOf(t, text, "me-south-1", nil); len(stack) > 0 {
		t.Errorf("a Region outside the table gets %v", stack)
	}
}

func TestLimits(t *testing.T) {
	layers := func(n int, v parts.Versions) []parts.Move {
		var out []parts.Move
		for i := range n {
			out = append(out, move(fmt.Sprintf("a-layer-with-a-name-of-ordinary-length-%d", i), in("us-east-1", v)))
		}
		return out
	}
	var old []int64
	for n := range int64(120) {
		old = append(old, n+1)
	}
	for _, tt := range []struct {
		name, want string
		moves      []parts.Move
	}{
		{"many layers", "the Guard policy in us-east-1 has", layers(40, parts.Versions{New: 2})},
		{"many versions", "the Guard policy in us-east-1 has", layers(1, parts.Versions{New: 200, Old: old})},
		{"many keys", "a row of the version table has", layers(2, parts.Versions{New: 200, Old: old})},
		{"a large table", "the template has", func() []parts.Move {
			var out []parts.Move
			for i := range 20 {
				out = append(out, move(fmt.Sprintf("l%d", i), everywhere(parts.Versions{New: 100, Old: []int64{1, 2}})))
			}
			return out
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parts.Template(tt.moves, nil)
			var limit *parts.LimitError
			if !errors.As(err, &limit) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := parts.Template(layers(15, parts.Versions{New: 2, Old: []int64{1}}), nil); err != nil {
		t.Errorf("15 layers: %v", err)
	}
}

// TestCfnLint has cfn-lint look at every kind of template.
func TestCfnLint(t *testing.T) {
	lint := peer(t, "cfn-lint", "cfn-lint")
	dir := t.TempDir()
	china := parts.Move{Layer: layer.ARN{Partition: "aws-cn", Account: "100000000000", Name: "a"}, Regions: in("cn-north-1", parts.Versions{New: 1})}
	files := []string{filepath.Join(deploy, "lambdalayer.yaml"), filepath.Join(deploy, "prerequisites.yaml")}
	for name, moves := range map[string][]parts.Move{"fleet": fleet(), "one": policies[0].moves, "china": {china}, "many": {move("a", everywhere(parts.Versions{New: 1}))}} {
		files = append(files, filepath.Join(dir, name+".yaml"))
		write(t, files[len(files)-1], render(t, moves))
	}
	out, err := exec.CommandContext(t.Context(), lint, append([]string{"--"}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

// TestOneCapability holds that the console's one check mark is enough.
func TestOneCapability(t *testing.T) {
	for _, text := range []string{standalone(t), render(t, fleet())} {
		parsed, err := sandbox.ParseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.Capability(); got != "CAPABILITY_IAM" {
			t.Errorf("needs %s", got)
		}
	}
}
