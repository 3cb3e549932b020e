package runbook_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/runbook"
)

// TestScript runs the script's own tests, which are Python.
func TestScript(t *testing.T) {
	python := peer(t, "python3", "python3")
	cmd := exec.CommandContext(t.Context(), python, "-B", "-W", "error", "runbook_test.py")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "\nOK\n") {
		t.Errorf("the tests did not run:\n%s", out)
	}
}

// TestScriptSurvivesTheDocument holds what the places that the script is put into ask of it.
func TestScriptSurvivesTheDocument(t *testing.T) {
	for n, line := range strings.Split(runbook.Script(), "\n") {
		switch {
		case strings.Contains(line, "{{") || strings.Contains(line, "}}"):
			t.Errorf("line %d: Automation would replace %s", n+1, line)
		case strings.ContainsRune(line, '\t') || strings.TrimRight(line, " ") != line:
			t.Errorf("line %d: YAML would write it otherwise: %q", n+1, line)
		case len(line) > 120:
			t.Errorf("line %d has %d characters", n+1, len(line))
		}
	}
}
