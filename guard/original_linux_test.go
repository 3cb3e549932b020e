package guard_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/guard"
)

// TestMain serves as the process whose time and memory are compared with
// those of the original.
func TestMain(m *testing.M) {
	if rules, data := os.Getenv("GUARD_TEST_RULES"), os.Getenv("GUARD_TEST_DATA"); rules != "" {
		if err := evaluateFiles(rules, data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stdout, peak())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// peak is the most memory that this process has had, in KiB. The usage that a parent is told of its child counts the
// parent's own memory too: it is what the child is born with.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var n int64
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0
	}
	return n
}

func evaluateFiles(rules, data string) error {
	src, err := os.ReadFile(rules)
	if err != nil {
		return err
	}
	r, err := guard.Compile(src, guard.Options{Dialect: guard.DialectV3})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(data)
	if err != nil {
		return err
	}
	d, err := guard.Load(data, text, guard.LoadCLI3)
	if err != nil {
		return err
	}
	status, err := r.Status(context.Background(), d)
	if err == nil && status != guard.StatusPass {
		err = fmt.Errorf("status %v", status)
	}
	return err
}

// run measures a process.
func run(t *testing.T, cmd *exec.Cmd) (took time.Duration, kilobytes int64) {
	t.Helper()
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out[:min(len(out), 500)])
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Skip("no resource usage on this system")
	}
	took = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	kilobytes = usage.Maxrss
	if own, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64); err == nil && own > 0 {
		kilobytes = own
	}
	t.Logf("%s: %v of processor time, %v elapsed, %d KiB", filepath.Base(cmd.Path), took, time.Since(start), kilobytes)
	return took, kilobytes
}

// TestAgainstOriginal evaluates many rules on a template with many resources,
// reading both from files, as a process, and has the real 3.1.1 do the same: this
// must be 50 times faster in a tenth of the memory. With LAYERFLEET_GUARD_FULL=1
// it is a hundred rules and 2,000 resources, for which the original needs about a
// minute.
func TestAgainstOriginal(t *testing.T) {
	path := os.Getenv("LAYERFLEET_CFN_GUARD_3")
	if path == "" {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatal("LAYERFLEET_CFN_GUARD_3 is not set")
		}
		t.Skip("LAYERFLEET_CFN_GUARD_3 is not set")
	}
	dir := t.TempDir()
	rules, data := filepath.Join(dir, "many.guard"), filepath.Join(dir, "template.json")
	rulesCount, resources := 40, 500
	if os.Getenv("LAYERFLEET_GUARD_FULL") == "1" {
		rulesCount, resources = 100, 2000
	}
	for name, text := range map[string]string{rules: manyRules(rulesCount), data: template(resources)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ours := exec.CommandContext(t.Context(), os.Args[0])
	ours.Env = append(os.Environ(), "GUARD_TEST_RULES="+rules, "GUARD_TEST_DATA="+data, "GOMAXPROCS=1")
	took, memory := run(t, ours)
	theirTook, theirMemory := run(t, exec.CommandContext(t.Context(), path, "validate", "-r", rules, "-d", data, "-S", "none"))
	t.Logf("%.0f times faster, %.1f %% of the memory", float64(theirTook)/float64(took), 100*float64(memory)/float64(theirMemory))
	if theirTook < 50*took {
		t.Errorf("not 50 times faster: %v instead of %v", took, theirTook)
	}
	if memory*10 > theirMemory {
		t.Errorf("more than a tenth of the memory: %d KiB instead of %d", memory, theirMemory)
	}
}
