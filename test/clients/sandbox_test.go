// Package clients drives the sandbox with AWS's own clients: boto3 and the AWS CLI carry AWS's models, so that they
// judge what our Go code and our own mistakes would agree on.
package clients

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/sandbox"
)

// binary is the layerfleet program, built once for all tests of the package.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "layerfleet-clients-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "layerfleet")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "github.com/layerfleet/layerfleet/cmd/layerfleet")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // a left-over directory is not worth failing for
	os.Exit(code)
}

// peer is a program that a test needs; a missing one skips the test, or fails it where peers are required.
func peer(t *testing.T, name string, probe ...string) {
	t.Helper()
	err := exec.CommandContext(t.Context(), name, probe...).Run()
	if err == nil {
		return
	}
	if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s %s: %v, and LAYERFLEET_REQUIRE_PEERS=1", name, strings.Join(probe, " "), err)
	}
	t.Skipf("%s %s: %v", name, strings.Join(probe, " "), err)
}

// start serves a sandbox and returns the environment for its clients.
func start(t *testing.T, flags ...string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	for name, value := range sandbox.TurnedQuirks() { // what clients see does not depend on how long AWS takes
		flags = append(flags, "--quirk", name+"="+value)
	}
	cmd := exec.CommandContext(context.Background(), binary, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--env-file", file}, flags...)...)
	cmd.Env = clean(os.Environ())
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("sandbox after SIGTERM: %v\n%s", err, log.String())
			}
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			t.Error("sandbox did not end on SIGTERM")
		}
	})
	deadline := time.Now().Add(60 * time.Second)
	for {
		data, err := os.ReadFile(file)
		if err == nil {
			return append(clean(os.Environ()), exports(t, data)...)
		}
		if !errors.Is(err, os.ErrNotExist) || time.Now().After(deadline) {
			t.Fatalf("env file: %v\n%s", err, log.String())
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("sandbox ended: %v\n%s", err, log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// exports reads the shell lines of an env file.
func exports(t *testing.T, data []byte) []string {
	t.Helper()
	var env []string
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		assignment, ok := strings.CutPrefix(lines.Text(), "export ")
		if !ok {
			t.Fatalf("env file has the line %q", lines.Text())
		}
		env = append(env, assignment)
	}
	return env
}

// clean is an environment without AWS settings or proxies of the machine.
func clean(env []string) []string {
	var out []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			out = append(out, v)
		}
	}
	return append(out, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=")
}

// run runs a program of a peer and returns what it printed.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// root is the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
