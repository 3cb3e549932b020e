package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"layerfleet": func() {
			os.Exit(cli.Main(context.Background(), os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Getenv))
		},
	})
}

var update = flag.Bool("update", false, "write what the scripts compare output with")

// TestScripts runs testdata/script/*.txtar, which pin and document the commands.
func TestScripts(t *testing.T) {
	template, err := filepath.Abs("../../deploy/lambdalayer.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "sandbox": startSandbox, "call": call, "fault": fault, "until": until,
		},
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			// Nothing of the machine's own AWS settings gets in.
			env.Values[holderKey{}] = &holder{}
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TEMPLATE", template)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_CONFIG_FILE", env.WorkDir+"/none")
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", env.WorkDir+"/none")
			return nil
		},
	})
}

// condition knows [python3]: whether there is one to run runbooks with. Where peers are required it has to be there.
func condition(name string) (bool, error) {
	if name != "python3" {
		return false, fmt.Errorf("there is no condition %q", name)
	}
	_, err := exec.LookPath("python3")
	if err != nil && os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
		return false, fmt.Errorf("%w, and LAYERFLEET_REQUIRE_PEERS=1", err)
	}
	return err == nil, nil
}

// between is the sandbox's time from one command of a script to the next, as if somebody typed them: what the aggregator
// shows is some seconds old.
const between = 10 * time.Second

// pass lets time pass in the sandbox of a script, if there is one.
func pass(ts *testscript.TestScript, d time.Duration) {
	if h, ok := ts.Value(holderKey{}).(*holder); ok && h.sandbox != nil {
		ts.Check(h.sandbox.Clock().Sleep(context.Background(), d))
	}
}

// code runs a command and expects its exit code: code N COMMAND [ARG…]. Then time passes.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND [ARG…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	pass(ts, between)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// patience is how long until waits, in the sandbox's time.
const patience = 10 * time.Hour

// until repeats a command until its standard output matches: until REGEXP COMMAND [ARG…]. Between two tries time passes.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND [ARG…]")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	h, _ := ts.Value(holderKey{}).(*holder)
	if h == nil || h.sandbox == nil {
		ts.Fatalf("until comes after sandbox")
	}
	clock := h.sandbox.Clock()
	end := clock.Now().Add(patience)
	for wait := between; ; wait = min(2*wait, 30*between) {
		_ = ts.Exec(args[1], args[2:]...) // its exit code is not what is waited for
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if clock.Now().After(end) {
			ts.Fatalf("stdout did not match %q in %s", args[0], patience)
		}
		pass(ts, wait)
	}
}
