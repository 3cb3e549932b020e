package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestBadRelease runs the commands of docs/sandbox.md, from there, with the AWS CLI: the errors of a function rise with its
// move to a broken layer version, those of another do not, and its way back ends them.
func TestBadRelease(t *testing.T) {
	peer(t, "aws", "--version")
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, page, found := strings.Cut(string(text), "## Traffic, and a bad release")
	page, _, _ = strings.Cut(page, "\n## ")
	_, line, started := strings.Cut(page, "```\nlayerfleet sandbox ")
	line, _, _ = strings.Cut(line, " --env-file")
	if !found || !started {
		t.Fatal("the page does not start a sandbox")
	}
	env := start(t, strings.Fields(strings.ReplaceAll(line, "\\\n", " "))...)
	dir := t.TempDir()
	var exports strings.Builder
	for _, v := range env {
		if strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "LAYERFLEET_") {
			exports.WriteString("export " + v + "\n")
		}
	}
	write(t, filepath.Join(dir, "sandbox.env"), exports.String())
	write(t, filepath.Join(dir, "page.sh"), "set -eu\n"+strings.Join(shellBlocks(page), "\n"))
	out := run(t, dir, env, "bash", "-x", "page.sh")
	if t.Failed() {
		t.Log(out)
	}

	lines := counted(t, filepath.Join(dir, "compared.txt"))
	if len(lines) != 8 {
		t.Fatalf("%d lines in\n%s", len(lines), out)
	}
	share := func(calls, errors float64) float64 { return errors / calls }
	before, other, after, control := share(lines[0], lines[1]), share(lines[2], lines[3]), share(lines[4], lines[5]), share(lines[6], lines[7])
	if before > 0.2 || other > 0.2 || after < before+0.2 || control > other+0.05 {
		t.Errorf("%.3f of the calls failed before, %.3f after; of another function %.3f and %.3f\n%s", before, after, other, control, out)
	}
	back := counted(t, filepath.Join(dir, "back.txt"))
	if got := share(back[0], back[1]); got > before+0.05 {
		t.Errorf("%.3f of the calls fail after the way back", got)
	}
	history, err := os.ReadFile(filepath.Join(dir, "history.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if h := string(history); !strings.Contains(h, "from OK to ALARM") || !strings.HasSuffix(strings.TrimSpace(h), "from ALARM to OK") {
		t.Errorf("the alarm's history:\n%s", h)
	}
	if !strings.Contains(out, "any\tALARM") {
		t.Errorf("the composite alarm did not follow:\n%s", out)
	}
	t.Logf("%.1f %% of the calls failed before the move, %.1f %% of %.0f after it; of another function %.1f and %.1f %%", 100*before, 100*after, lines[4], 100*other, 100*control)
}

// counted are the numbers at the ends of lines.
func counted(t *testing.T, path string) (out []float64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, n)
	}
	return out
}

// TestBadReleaseByBoto3 moves an account to a broken version and reads, with boto3, what became of its functions' calls.
func TestBadReleaseByBoto3(t *testing.T) {
	peer(t, "python3", "-c", "import boto3")
	env := start(t, "--clean", "--accounts", "4", "--functions", "600", "--regions", "us-east-1,eu-west-1", "--speed", "2400", "--breaks", "common-runtime:7=0.25")
	type counts struct{ Invocations, Errors float64 }
	var got struct {
		Version       string
		Functions     int
		Before, After struct{ Moved, Others counts }
	}
	out := run(t, ".", env, "python3", "-B", "badrelease.py")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	share := func(c counts) float64 { return c.Errors / c.Invocations }
	before, after := share(got.Before.Moved), share(got.After.Moved)
	othersBefore, othersAfter := share(got.Before.Others), share(got.After.Others)
	if got.Version != "7" || got.Functions < 20 || got.After.Moved.Invocations < 500 {
		t.Errorf("not much to judge: %+v", got)
	}
	if after < before+0.2 || after > before+0.3 || othersAfter > othersBefore+0.05 {
		t.Errorf("%.3f of the moved functions' calls failed before, %.3f after; of the others' %.3f and %.3f", before, after, othersBefore, othersAfter)
	}
	t.Logf("%d functions on a version that breaks 25 %% of the calls: %.2f %% failed before, %.2f %% of %.0f after; of the others' calls %.2f and %.2f %%",
		got.Functions, 100*before, 100*after, got.After.Moved.Invocations, 100*othersBefore, 100*othersAfter)
}
