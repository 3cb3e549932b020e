package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWalkthrough runs the commands of docs/walkthrough.md, from there, with the AWS CLI.
func TestWalkthrough(t *testing.T) {
	peer(t, "aws", "--version")
	env := start(t, "--clean", "--accounts", "6", "--functions", "120", "--regions", "us-east-1,eu-west-1")
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "walkthrough.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(root(t), "deploy"), filepath.Join(dir, "deploy")); err != nil {
		t.Fatal(err)
	}
	var exports strings.Builder
	for _, v := range env {
		if strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "LAYERFLEET_") {
			exports.WriteString("export " + v + "\n")
		}
	}
	write(t, filepath.Join(dir, "sandbox.env"), exports.String())
	blocks := shellBlocks(string(page))
	if len(blocks) < 8 {
		t.Fatalf("only %d blocks of commands in the page", len(blocks))
	}
	write(t, filepath.Join(dir, "walkthrough.sh"), "set -eu\n"+strings.Join(blocks, "\n"))
	out := run(t, dir, env, "bash", "-x", "walkthrough.sh")

	before, after := rows(t, filepath.Join(dir, "before.txt")), layersAfter(t, filepath.Join(dir, "after.txt"))
	moved := 0
	for _, r := range before {
		if r.AccountID != "100000000001" || r.Region != "us-east-1" {
			continue
		}
		var want []string
		for _, l := range r.Configuration.Layers {
			want = append(want, strings.Replace(l.ARN, ":common-runtime:3", ":common-runtime:6", 1))
		}
		if got := after[r.ResourceID]; !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", r.ResourceID, got, want)
		}
		moved++
	}
	if moved == 0 {
		t.Errorf("the page moved no function of account 100000000001; it found %d outdated ones\n%s", len(before), out)
	}
	for _, text := range []string{"COMPLIANT", "SUCCEEDED", "outdated-functions"} {
		if !strings.Contains(out, text) {
			t.Errorf("the page's output lacks %q\n%s", text, out)
		}
	}
	if tail := out[strings.LastIndex(out, "list-stack-sets"):]; strings.Contains(tail, "\nlayer-rotation") {
		t.Errorf("something remains after the clean-up:\n%s", tail)
	}
}

// shellBlocks are the page's commands: fenced blocks marked sh.
func shellBlocks(page string) []string {
	var out []string
	for _, part := range strings.Split(page, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		out = append(out, block)
	}
	return out
}

type row struct {
	AccountID     string `json:"accountId"`
	Region        string `json:"awsRegion"`
	ResourceID    string `json:"resourceId"`
	Configuration struct {
		Layers []struct {
			ARN string `json:"arn"`
		} `json:"layers"`
	} `json:"configuration"`
}

// rows are the results of the advanced query, one JSON text after the other.
func rows(t *testing.T, path string) []row {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []row
	for d := json.NewDecoder(f); d.More(); {
		var r row
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// layersAfter reads the CLI's text output: a line with the function's name, then a line with its layers.
func layersAfter(t *testing.T, path string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	name := ""
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) == 1 && !strings.HasPrefix(f[0], "arn:") {
			name = f[0]
			continue
		}
		out[name] = f
	}
	return out
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
