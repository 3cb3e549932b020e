package clients

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/sandbox"
)

// summary is what run.py says about a run.
type summary struct {
	Flows []struct {
		Name    string  `json:"name"`
		Seconds float64 `json:"seconds"`
		Failure string  `json:"failure"` // traceback, or empty
	} `json:"flows"`
	Answered [][2]string `json:"answered"` // service and operation
	Refused  [][3]string `json:"refused"`  // service, operation and error code
}

// TestFlows runs the boto3 flows, all in one process, and holds the sandbox to its word: every operation that it
// claims has answered AWS's own client.
func TestFlows(t *testing.T) {
	peer(t, "python3", "-c", "import boto3")
	// Enough accounts for each file of flows to have its own, for two pages of accounts, and for the troubled ones.
	env := start(t, "--accounts", "24", "--functions", "230", "--regions", "us-east-1,eu-west-1", "--seed", "3")
	only := subtests()
	got := flows(t, env, only)
	for _, f := range got.Flows {
		t.Run(f.Name, func(t *testing.T) {
			if f.Failure != "" {
				t.Error(f.Failure)
			}
		})
	}
	if t.Failed() || only != "" {
		return // what was not reached is not what is missing
	}
	for _, op := range claimed(t) {
		if !slices.Contains(got.Answered, op) {
			t.Errorf("no flow has an answer of %s %s", op[0], op[1])
		}
	}
	t.Logf("%d flows, %d operations answered, %d kinds of refusal", len(got.Flows), len(got.Answered), len(got.Refused))
}

// TestBenchCreate runs a small bench_create.py, so that the script works when somebody wants the figure.
func TestBenchCreate(t *testing.T) {
	peer(t, "python3", "-c", "import boto3")
	env := start(t, "--accounts", "2", "--functions", "0", "--regions", "us-east-1")
	out := run(t, ".", env, "python3", "-B", "bench_create.py", "--count", "20", "--account", "100000000001")
	if !strings.HasPrefix(out, "20 functions created in ") {
		t.Error(out)
	}
}

// subtests is the part of -run that chooses flows ("functions/versions" of TestFlows/functions/versions), or "" where
// all are to run.
func subtests() string {
	_, pattern, _ := strings.Cut(flag.Lookup("test.run").Value.String(), "/")
	if strings.Contains(pattern, "|") {
		return "" // alternatives that belong to other tests; go test itself chooses among the results
	}
	return pattern
}

// flows runs run.py. Failed flows are in the summary; anything else that goes wrong ends the test.
func flows(t *testing.T, env []string, only string) summary {
	t.Helper()
	file := filepath.Join(t.TempDir(), "summary.json")
	cmd := exec.CommandContext(t.Context(), "python3", "-B", "run.py", "--summary", file, only)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	data, readErr := os.ReadFile(file)
	if readErr != nil {
		t.Fatalf("run.py: %v\n%s", err, out)
	}
	var s summary
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	if only != "" {
		if len(s.Flows) == 0 {
			t.Errorf("no flow matches %s", only)
		}
		return s
	}
	files, err := filepath.Glob(filepath.Join("flows", "*.py"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		prefix := strings.TrimSuffix(filepath.Base(f), ".py") + "/"
		ran := false
		for _, flow := range s.Flows {
			ran = ran || strings.HasPrefix(flow.Name, prefix)
		}
		if !ran {
			t.Errorf("no flow of %s ran", f)
		}
	}
	return s
}

// claimed are the operations that a sandbox has behind its dispatcher, by signing name and name.
func claimed(t *testing.T) [][2]string {
	t.Helper()
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 1, Regions: []string{"us-east-1"}, Quirks: sandbox.TurnedQuirks()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out [][2]string
	for _, op := range sb.Operations() {
		out = append(out, [2]string{op.Service, op.Name})
	}
	return out
}
