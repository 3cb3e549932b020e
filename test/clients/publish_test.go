package clients

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPublished has boto3 read what `layerfleet publish` and `catalog export --to ssm` leave behind: as the publisher,
// as a member that uses it right away, and as a stranger that must not.
func TestPublished(t *testing.T) {
	peer(t, "python3", "-c", "import boto3")
	env := start(t, "--accounts", "3", "--functions", "0", "--regions", "us-east-1,eu-west-1")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "layers", "deps", "python"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "layers", "deps", "python", "deps.py"), "version = 1\n")
	write(t, filepath.Join(dir, "layerfleet.yaml"), `layers:
  - name: deps
    source: layers/deps
    release: 1.0.0
    description: ours
    license: MIT
    runtimes: [python3.13]
    architectures: [arm64, x86_64]
    regions: [us-east-1, eu-west-1]
    share: {organization: true}
`)
	run(t, dir, env, binary, "publish", "--yes", "--verify")
	write(t, filepath.Join(dir, "published.json"), run(t, dir, env, binary, "catalog", "export", "deps"))
	run(t, dir, env, binary, "catalog", "promote", "deps", "1.0.0", "--to", "stable")
	run(t, dir, env, binary, "catalog", "export", "--to", "ssm", "--yes")
	script, err := filepath.Abs("published.py")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(run(t, dir, env, "python3", "-B", script, "published.json"))
}
