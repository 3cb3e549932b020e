package layerfleet_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// seconds is the one thing that differs between two runs of the transcript.
var seconds = regexp.MustCompile(`[0-9.]+ seconds`)

// TestReadmeTranscript replays the transcript of the README's first screen.
func TestReadmeTranscript(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatalf("%v, and LAYERFLEET_REQUIRE_PEERS=1", err)
		}
		t.Skip("the runbook needs python3")
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "```console\n$ layerfleet ")
	block, _, closed := strings.Cut(rest, "```\n")
	line, want, _ := strings.Cut(block, "\n")
	if !ok || !closed {
		t.Fatal("README.md has no console transcript")
	}
	line = strings.TrimSuffix(line, " 2>/dev/null")
	args := strings.Fields(strings.ReplaceAll(line, `""`, "EMPTY"))
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "EMPTY", "")
	}
	var out, errs bytes.Buffer
	code := cli.Main(context.Background(), args, command.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, os.Getenv)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, errs.String())
	}
	blank := func(s string) string { return seconds.ReplaceAllString(s, "N seconds") }
	if diff := cmp.Diff(blank(want), blank(out.String())); diff != "" {
		t.Errorf("README.md (-), now (+)\n%s", diff)
	}
}
