// Package runbook runs the Python scripts of Automation's aws:executeScript for real, at sandbox speed.
//
// The first script starts one python3. It imports boto3, loads its models and forks for each script, which then costs
// milliseconds. A script has the sandbox's address, its own credentials, a private HOME, and nothing of the user's
// environment, configuration or credential files. It is still the user's code with the user's rights: this is not a jail.
// Where boto3 is not installed, a small stand-in replaces it.
package runbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

const (
	// MaxDuration is how long a script may run (aws:executeScript: 600 seconds).
	MaxDuration = 600 * time.Second
	// grace is the real time that a script has at least, however fast the sandbox clock runs: Python does not run faster.
	grace = 15 * time.Second
	// computing is the real time that a script gets from one sleep to the next on a stepped clock, which stands still
	// meanwhile.
	computing = time.Minute
	// perProcessor is how many scripts run at once on each processor: half of a script's life is spent waiting.
	perProcessor = 8
)

// Config says how scripts run.
type Config struct {
	// Python is the interpreter; empty means python3 as found on the PATH.
	Python string
	// Clock is the time and speed of scripts, and of their time limits.
	Clock *clock.Clock
	// Endpoint is the sandbox's address, such as http://127.0.0.1:4599. It is called for each script.
	Endpoint func() string
	// Concurrency is how many scripts run at once; others wait. 0 means 8 for each processor.
	Concurrency int
	// StandIn makes scripts use the stand-in for boto3 even where boto3 is installed.
	StandIn bool
}

// Credentials are a script's: a session of the automation's role. Without keys its calls fail.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Region                                     string
}

// Script is one run of a script.
type Script struct {
	Source      string
	Handler     string // name of the function to call with (events, context)
	Events      any    // the InputPayload; it becomes JSON. nil is an empty object
	Credentials Credentials
	Timeout     time.Duration // in sandbox time; 0 means [MaxDuration]
}

// Result is the result of a script that succeeded.
type Result struct {
	Payload json.RawMessage // what the handler returned
	Logs    string          // what the script printed, cut after 64 KB
}

// Runner runs scripts. It is safe for concurrent use.
type Runner struct {
	config Config
	slots  *clock.Places

	computing time.Duration // see the constant

	mu     sync.Mutex
	dir    string // of the server's files and the scripts' homes
	server *server
	next   uint64
	closed bool
}

// New makes a runner. It starts nothing before the first script.
func New(c Config) *Runner {
	if c.Concurrency <= 0 {
		c.Concurrency = perProcessor * runtime.GOMAXPROCS(0)
	}
	return &Runner{config: c, computing: computing, slots: clock.NewPlaces(c.Concurrency)}
}

// Run runs a script to its end and returns its result. Errors: [ErrNoPython]; [*ScriptError] when the script
// raised or its result cannot be a Payload; [ErrTimeLimit]; the context's error when that ends first. In the last
// two cases the script and the processes it started are killed before Run returns, and Logs is filled in.
func (r *Runner) Run(ctx context.Context, s Script) (Result, error) {
	if err := r.slots.Take(ctx, r.config.Clock); err != nil {
		return Result{}, err
	}
	defer r.slots.Leave()
	srv, id, home, err := r.prepare(ctx)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = os.RemoveAll(home) }() // Close removes what is left, and returns an error if it cannot

	limit := s.Timeout
	if limit <= 0 || limit > MaxDuration {
		limit = MaxDuration
	}
	limited, cancel := r.config.Clock.WithTimeout(ctx, limit, grace, ErrTimeLimit)
	defer cancel()
	a, err := srv.run(limited, r.naps(), command{
		Run: id, Source: s.Source, Handler: s.Handler, Events: events(s.Events),
		Env: environment(home, r.config.Endpoint(), s.Credentials),
		Now: seconds(r.config.Clock.Now()), Speed: r.config.Clock.Speed(), Stepped: r.config.Clock.Stepped(),
	})
	if err != nil {
		return Result{Logs: a.Log}, err
	}
	return a.result()
}

// naps are those of a script that is about to start.
func (r *Runner) naps() *naps {
	return &naps{clock: r.config.Clock, computing: r.computing, timers: map[uint64]*clock.Timer{}}
}

// Close ends the server and all scripts.
func (r *Runner) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var err error
	if r.server != nil {
		err = r.server.close()
		r.server = nil
	}
	if r.dir != "" {
		err = errors.Join(err, os.RemoveAll(r.dir))
	}
	return err
}

// prepare returns the running server, an id and an empty home directory.
func (r *Runner) prepare(ctx context.Context) (*server, uint64, string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, 0, "", errors.New("the script runner is closed")
	}
	if r.server == nil || r.server.dead() {
		if err := r.start(ctx); err != nil {
			return nil, 0, "", err
		}
	}
	r.next++
	home := filepath.Join(r.dir, "home"+strconv.FormatUint(r.next, 10))
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, 0, "", fmt.Errorf("make a script's home: %w", err)
	}
	return r.server, r.next, home, nil
}

func (r *Runner) start(ctx context.Context) error {
	python, err := probe(ctx, r.config.Python)
	if err != nil {
		return err
	}
	if r.dir == "" {
		if r.dir, err = unpack(); err != nil {
			return err
		}
	}

	r.server, err = startServer(r.dir, python, r.config.StandIn)
	return err
}

// seconds since 1970, as Python tells the time.
func seconds(t time.Time) float64 { return float64(t.UnixNano()) / float64(time.Second) }

func events(v any) any {
	if v == nil {
		return map[string]any{}
	}
	return v
}
