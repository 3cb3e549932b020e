package runbook

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// runner is a Runner for one test, which is skipped where python3 (and boto3, unless standIn) is missing.
func runner(t testing.TB, endpoint string, speed float64, standIn bool) *Runner {
	t.Helper()
	return runnerOn(t, clock.New(speed), endpoint, standIn)
}

func runnerOn(t testing.TB, clk *clock.Clock, endpoint string, standIn bool) *Runner {
	t.Helper()
	r := New(Config{Clock: clk, Endpoint: func() string { return endpoint }, StandIn: standIn})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	_, err := r.Run(context.Background(), Script{Source: "def main(events, context): pass", Handler: "main"})
	missing := ""
	switch {
	case errors.Is(err, ErrNoPython):
		missing = err.Error()
	case err != nil:
		t.Fatal(err)
	case !standIn && !strings.HasPrefix(r.server.boto, "boto3"):
		missing = "boto3 is not installed"
	}
	if missing != "" {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return r
}

func TestRun(t *testing.T) {
	r := runner(t, "http://127.0.0.1:9", 1, true)
	for _, tt := range []struct {
		name    string
		script  Script
		payload string
		logs    string
		err     *ScriptError
	}{
		{
			name:    "the handler gets the events and its result is the payload",
			script:  Script{Source: "def main(events, context):\n  return {'twice': events['n'] * 2}", Events: map[string]any{"n": 21}},
			payload: `{"twice": 42}`,
		},
		{
			name:    "no result is null",
			script:  Script{Source: "import sys\ndef main(events, context):\n  print('hello', events)\n  print('world', file=sys.stderr)"},
			payload: "null", logs: "hello {}\nworld\n",
		},
		{
			name:    "at most 100 items of a list",
			script:  Script{Source: "def main(events, context): return [1] * 1000"},
			payload: "[" + strings.Repeat("1, ", 99) + "1]",
		},
		{
			name:   "an exception",
			script: Script{Source: "def main(events, context):\n  print('before')\n  return 1 / 0"},
			logs:   "before\n",
			err:    &ScriptError{Type: "ZeroDivisionError", Message: "division by zero"},
		},
		{
			name:   "a syntax error",
			script: Script{Source: "def main(events, context):\nreturn 1"},
			err:    &ScriptError{Type: "IndentationError", Message: "expected an indented block after function definition on line 1 (customer_script.py, line 2)"},
		},
		{
			name:   "no such handler",
			script: Script{Source: "x = 1"},
			err:    &ScriptError{Type: "AttributeError", Message: "the script has no function main"},
		},
		{
			name:   "a result that is not JSON",
			script: Script{Source: "def main(events, context): return {1, 2}"},
			err:    &ScriptError{Type: "PayloadError", Message: "the result is not JSON: Object of type set is not JSON serializable"},
		},
		{
			name:   "a result over 100 KB",
			script: Script{Source: "def main(events, context): return 'x' * 102399"},
			err:    &ScriptError{Type: "PayloadError", Message: "the result has 102401 bytes, more than the 102400 that a Payload may have"},
		},
		{
			name:   "sys.exit is a failure",
			script: Script{Source: "import sys\ndef main(events, context): sys.exit(3)"},
			err:    &ScriptError{Type: "SystemExit", Message: "3"},
		},
		{
			name:   "a process that vanishes",
			script: Script{Source: "import os\ndef main(events, context):\n  print('last words')\n  os._exit(7)"},
			logs:   "last words\n",
			err:    &ScriptError{Type: "ProcessError", Message: "the script's process ended with status 7 last words"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.script.Handler = "main"
			res, err := r.Run(t.Context(), tt.script)
			if string(res.Payload) != tt.payload || res.Logs != tt.logs {
				t.Errorf("payload %s, logs %q, error %v", res.Payload, res.Logs, err)
			}
			var got *ScriptError
			if errors.As(err, &got) {
				got.Traceback = ""
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.err, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTracebackShowsTheScriptOnly(t *testing.T) {
	r := runner(t, "", 1, true)
	_, err := r.Run(t.Context(), Script{Handler: "main", Source: "def main(events, context):\n  helper()\ndef helper():\n  raise ValueError('no')\n"})
	var got *ScriptError
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	for _, want := range []string{"Traceback (most recent call last):\n", "customer_script.py\", line 4, in helper\n    raise ValueError('no')\n"} {
		if !strings.Contains(got.Traceback, want) {
			t.Errorf("traceback lacks %q:\n%s", want, got.Traceback)
		}
	}
	if strings.Count(got.Traceback, "File ") != 2 {
		t.Errorf("traceback has frames that are not the script's:\n%s", got.Traceback)
	}
}

func TestScriptSeesNothingOfTheUser(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the user's")
	t.Setenv("AWS_CA_BUNDLE", "/nowhere")
	t.Setenv("HTTPS_PROXY", "http://proxy.invalid")
	r := runner(t, "http://127.0.0.1:4599", 1, true)
	const source = `
import os
def main(events, context):
    inherited = open("/proc/self/environ").read() if os.path.exists("/proc/self/environ") else ""
    return {"env": dict(os.environ), "leaked": "user's" in inherited, "cwd": os.getcwd(), "files": os.listdir("."),
            "descriptors": [fd for fd in range(4, 64) if valid(fd)], "group": os.getpgid(0) == os.getpid()}
def valid(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False
`
	res, err := r.Run(t.Context(), Script{Source: source, Handler: "main", Credentials: Credentials{
		AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "s", SessionToken: "t", Region: "eu-west-1",
	}})
	if err != nil {
		t.Fatal(err)
	}
	type view struct {
		Env         map[string]string
		Leaked      bool
		Cwd         string
		Files       []string
		Descriptors []int
		Group       bool
	}
	var got view
	if err := json.Unmarshal(res.Payload, &got); err != nil {
		t.Fatal(err)
	}
	home := got.Env["HOME"]
	if home == "" || home == os.Getenv("HOME") {
		t.Errorf("HOME is %q", home)
	}
	want := view{
		Cwd: home, Files: []string{}, Descriptors: []int{}, Group: true,
		Env: map[string]string{
			"HOME": home, "TMPDIR": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
			"AWS_ENDPOINT_URL": "http://127.0.0.1:4599", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
			"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
			"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
			"NO_PROXY": "*", "no_proxy": "*",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Stat(home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the script's home stays: %v", err)
	}
}

func TestTimeLimitKillsTheGroup(t *testing.T) {
	r := runner(t, "", 1, true)
	const source = `
import subprocess, time
def main(events, context):
    child = subprocess.Popen(["sleep", "1000"])
    print(child.pid)
    time.sleep(1000)
`
	res, err := r.Run(t.Context(), Script{Source: source, Handler: "main", Timeout: 500 * time.Millisecond})
	if !errors.Is(err, ErrTimeLimit) {
		t.Fatalf("error %v", err)
	}
	child := strings.TrimSpace(res.Logs)
	for end := time.Now().Add(10 * time.Second); alive(child) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // a killed process ends a moment later
	}
	if alive(child) {
		t.Errorf("the process %s that the script started is still there", res.Logs)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.Run(ctx, Script{Source: source, Handler: "main"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
}

// alive says whether a process runs; one that only waits to be reaped does not.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestScriptsShareTheSandboxClock(t *testing.T) {
	r := runner(t, "", 1000, true)
	const source = `
import datetime, time
def main(events, context):
    wall, mono, date = time.time(), time.monotonic(), datetime.datetime.now(datetime.timezone.utc)
    time.sleep(100)
    passed = [time.time() - wall, time.monotonic() - mono, (datetime.datetime.now(datetime.timezone.utc) - date).total_seconds()]
    return {"now": wall, "passed": passed, "is": isinstance(date, datetime.datetime)}
`
	began := time.Now()
	before := r.config.Clock.Now()
	res, err := r.Run(t.Context(), Script{Source: source, Handler: "main"})
	after := r.config.Clock.Now()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Now    float64
		Passed []float64
		Is     bool
	}
	if err := json.Unmarshal(res.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if spent := time.Since(began); spent > 20*time.Second {
		t.Errorf("a sleep of 100 s took %v at speed 1000", spent)
	}
	if got.Now < float64(before.Unix()) || got.Now > float64(after.Unix())+1 {
		t.Errorf("the script's time %v is not between %v and %v", got.Now, before.Unix(), after.Unix())
	}
	for i, p := range got.Passed {
		if p < 100 || p > after.Sub(before).Seconds() {
			t.Errorf("clock %d: %v s passed in a sleep of 100 s", i, p)
		}
	}
	if !got.Is {
		t.Error("datetime.now() is not a datetime")
	}
}

func TestManyScriptsAtOnce(t *testing.T) {
	r := runner(t, "", 1, true)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			res, err := r.Run(t.Context(), Script{
				Source: "import time\ndef main(events, context):\n  time.sleep(0.05)\n  return events['i']", Handler: "main", Events: map[string]int{"i": i},
			})
			var got int
			if err != nil || json.Unmarshal(res.Payload, &got) != nil || got != i {
				t.Errorf("script %d: %s, %v", i, res.Payload, err)
			}
		})
	}
	wg.Wait()
}

func TestNoPython(t *testing.T) {
	r := New(Config{Python: "/nowhere/python3", Clock: clock.New(1), Endpoint: func() string { return "" }})
	defer r.Close()
	_, err := r.Run(t.Context(), Script{Source: "x", Handler: "main"})
	if !errors.Is(err, ErrNoPython) || !strings.Contains(err.Error(), "/nowhere/python3") {
		t.Errorf("error %v", err)
	}
}

func TestRunnerStartsAgain(t *testing.T) {
	r := runner(t, "", 1, true)
	_, err := r.Run(t.Context(), Script{Source: "import os, signal\ndef main(events, context):\n  os.kill(os.getppid(), signal.SIGKILL)\n  import time\n  time.sleep(60)", Handler: "main"})
	if err == nil || !strings.Contains(err.Error(), "the script server ended") {
		t.Fatalf("error %v", err)
	}
	if _, err := r.Run(t.Context(), Script{Source: "def main(events, context): pass", Handler: "main"}); err != nil {
		t.Errorf("after the server died: %v", err)
	}
}
