package difftest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/spec"
)

// TestSpecs compares the unit-test format with "cfn-guard test": one document a
// file, which both must read alike.
func TestSpecs(t *testing.T) {
	e := engine(t, guard.DialectV3, "LAYERFLEET_CFN_GUARD_3")
	pairs, seed := setting(t, "LAYERFLEET_GUARD_PAIRS", 200), setting(t, "LAYERFLEET_GUARD_SEED", 1)
	dir := t.TempDir()
	rules, tests := filepath.Join(dir, "f.guard"), filepath.Join(dir, "t.yaml")
	counts := map[string]int{}
	for n := range pairs {
		g := newGenerator(uint64(seed+n), guard.DialectV3)
		src, text := g.file(), specText(g)
		for name, content := range map[string]string{rules: src, tests: text} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		ours, theirs := testOurs(t, src, text), testTheirs(t, e, rules, tests)
		counts[strings.SplitN(theirs, " ", 2)[0]]++
		if ours != theirs {
			t.Errorf("seed %d: ours %s, theirs %s\n%s\n-- on\n%s", seed+n, ours, theirs, src, text)
		}
	}
	t.Logf("compared: %d specs, %d without verdict", pairs, counts["none"])
}

// specText writes a test file with one case.
func specText(g *generator) string {
	document := g.document()
	if strings.HasPrefix(document, "{") {
		document = " " + document
	} else {
		document = "\n    " + strings.ReplaceAll(strings.TrimSpace(document), "\n", "\n    ")
	}
	return "- input:" + document + "\n  expectations:\n    rules: {r0: PASS, r1: PASS, r2: PASS}\n"
}

func testOurs(t *testing.T, src, text string) string {
	t.Helper()
	r, err := guard.Compile([]byte(src), guard.Options{Dialect: guard.DialectV3})
	if err != nil {
		return "none"
	}
	f, err := spec.Parse("t.yaml", []byte(text))
	if err != nil {
		return "none"
	}
	report, err := f.Run(t.Context(), r, nil)
	if err != nil || report.Cases[0].Err != nil {
		return "none"
	}
	var out []string
	for _, res := range report.Cases[0].Results {
		if res.Outcome != spec.OutcomeNoRule {
			out = append(out, fmt.Sprintf("%s=%v", res.Rule, res.Outcome == spec.OutcomeMet))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func testTheirs(t *testing.T, e Engine, rules, tests string) string {
	t.Helper()
	stdout, _ := exec.CommandContext(t.Context(), e.Path, "test", "-r", rules, "-t", tests, "-o", "json").Output()
	var report struct {
		Cases []struct {
			Passed []struct{ Name string } `json:"passed_rules"`
			Failed []struct{ Name string } `json:"failed_rules"`
		} `json:"test_cases"`
	}
	if json.Unmarshal(stdout, &report) != nil || len(report.Cases) != 1 {
		return "none"
	}
	var out []string
	for _, p := range report.Cases[0].Passed {
		out = append(out, p.Name+"=true")
	}
	for _, p := range report.Cases[0].Failed {
		out = append(out, p.Name+"=false")
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
