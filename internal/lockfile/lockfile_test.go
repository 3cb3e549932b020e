package lockfile_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/layerfleet/layerfleet/internal/lockfile"
)

// TestMain counts in a file when the test starts itself again.
func TestMain(m *testing.M) {
	if path := os.Getenv("LOCKFILE_COUNT"); path != "" {
		if err := add(path, 20); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// add counts up in a file, without anything that would keep two from the same number
// but the lock.
func add(path string, times int) error {
	for range times {
		unlock, err := lockfile.Lock(path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		n, _ := strconv.Atoi(strings.TrimSpace(string(text))) // 0 where there is nothing yet
		if err == nil {
			err = os.WriteFile(path, []byte(strconv.Itoa(n+1)), 0o600)
		}
		unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// TestProcessesAndGoroutines has four of each count at the same time.
func TestProcessesAndGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "count")
	if err := os.WriteFile(path, []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // itself
			cmd.Env = append(os.Environ(), "LOCKFILE_COUNT="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		g.Go(func() {
			if err := add(path, 20); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if text, err := os.ReadFile(path); err != nil || string(text) != "160" {
		t.Errorf("counted %s, %v", text, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
