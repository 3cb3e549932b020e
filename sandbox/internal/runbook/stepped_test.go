package runbook

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// ran is what became of a script, and when.
type ran struct {
	payload string
	err     error
	after   time.Duration // of the sandbox's time
}

// runStepped runs scripts side by side on a stepped clock and lets it go on until they have ended.
func runStepped(t *testing.T, ctx context.Context, clk *clock.Clock, r *Runner, scripts ...string) []ran {
	t.Helper()
	start, out, ended := clk.Now(), make([]ran, len(scripts)), make(chan struct{})
	clk.Go(func() {
		var all clock.Queue[int]
		for i, source := range scripts {
			clk.Go(func() {
				res, err := r.Run(ctx, Script{Source: source, Handler: "main"})
				out[i] = ran{payload: string(res.Payload), err: err, after: clk.Now().Sub(start)}
				all.Send(i)
			})
		}
		for range scripts {
			if _, err := all.Receive(context.Background(), clk); err != nil {
				t.Error(err)
			}
		}
		close(ended)
	})
	for {
		select {
		case <-ended:
			return out
		default:
		}
		if err := clk.Outside().Next(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSteppedScripts(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepped(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r := runnerOn(t, clk, "http://127.0.0.1:9", true)
	const head = "import asyncio, datetime, threading, time\n"
	began := time.Now()
	for _, tt := range []struct {
		name, script, payload string
		after                 time.Duration
		err                   error
	}{
		{
			name:    "the clocks agree",
			script:  "def main(events, context):\n  a, m = time.time(), time.monotonic()\n  time.sleep(300.5)\n  return [a, time.time() - a, 300 < time.monotonic() - m < 310, str(datetime.datetime.now(datetime.timezone.utc)), time.strftime('%H:%M', time.gmtime())]",
			payload: `[1772323200.0, 300.5, true, "2026-03-01 00:05:00.500000+00:00", "00:05"]`, after: 300500 * time.Millisecond,
		},
		{
			name: "threads sleep side by side",
			script: "def main(events, context):\n  done = []\n  def nap(n):\n    time.sleep(n)\n    done.append([n, time.time()])\n" +
				"  start = time.time()\n  all = [threading.Thread(target=nap, args=(n,)) for n in (30, 10, 20)]\n  [x.start() for x in all]\n  [x.join() for x in all]\n" +
				"  return [[n, at - start] for n, at in done]",
			payload: `[[10, 10.0], [20, 20.0], [30, 30.0]]`, after: 30 * time.Second,
		},
		{
			name:    "an event loop waits in real time",
			script:  "def main(events, context):\n  asyncio.run(asyncio.sleep(0.05))\n  return 1",
			payload: "1",
		},
		{
			name: "no time at all", script: "def main(events, context):\n  time.sleep(0)\n  try:\n    time.sleep(-1)\n  except ValueError:\n    return 'refused'",
			payload: `"refused"`,
		},
		{name: "too long", script: "def main(events, context):\n  while True: time.sleep(7)", after: MaxDuration, err: ErrTimeLimit},
		{
			name: "a thread sleeps on", script: "def main(events, context):\n  threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n  time.sleep(1)\n  return 2",
			payload: "2", after: time.Second,
		},
	} {
		got := runStepped(t, t.Context(), clk, r, head+tt.script)[0]
		if got.payload != tt.payload || !errors.Is(got.err, tt.err) || got.after != tt.after {
			t.Errorf("%s: %s, %v after %s", tt.name, got.payload, got.err, got.after)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestSteppedCrowd runs more scripts than there are places: those that wait for one do not stop the clock.
func TestSteppedCrowd(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepped(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r := runnerOn(t, clk, "http://127.0.0.1:9", true)
	r.slots = clock.NewPlaces(3)
	const source = "import time\ndef main(events, context):\n  for _ in range(4): time.sleep(15)\n  return time.time()"
	scripts := make([]string, 9)
	for i := range scripts {
		scripts[i] = source
	}
	counts := map[time.Duration]int{}
	for _, got := range runStepped(t, t.Context(), clk, r, scripts...) {
		var at float64
		if err := errors.Join(got.err, json.Unmarshal([]byte(got.payload), &at)); err != nil {
			t.Fatal(err)
		}
		counts[got.after]++
	}
	for _, m := range []time.Duration{1, 2, 3} {
		if counts[m*time.Minute] != 3 {
			t.Errorf("ends: %v, wanted 3 each minute", counts)
			break
		}
	}
}

// TestSteppedStop cancels scripts that sleep: no time may pass until they are gone.
func TestSteppedStop(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepped(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r := runnerOn(t, clk, "http://127.0.0.1:9", true)
	ctx, cancel := context.WithCancel(t.Context())
	clk.AfterFunc(100*time.Second, cancel)
	const source = "import time\ndef main(events, context):\n  while True: time.sleep(7)"
	for _, got := range runStepped(t, ctx, clk, r, source, source) {
		if !errors.Is(got.err, context.Canceled) || got.after != 100*time.Second {
			t.Errorf("%v after %s", got.err, got.after)
		}
	}
}

// TestSteppedSpin ends a script that computes for ever, and lets one that sleeps now and then compute for longer in all.
func TestSteppedSpin(t *testing.T) {
	t.Parallel()
	clk := clock.NewStepped(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r := runnerOn(t, clk, "http://127.0.0.1:9", true)
	r.computing = 2 * time.Second
	got := runStepped(t, t.Context(), clk, r, "def main(events, context):\n  while True: pass",
		"import time\ndef main(events, context):\n  for _ in range(6):\n    end = time.monotonic() + 0.5\n    while time.monotonic() < end: pass\n    time.sleep(1)")
	if !errors.Is(got[0].err, ErrTimeLimit) || got[0].after > 6*time.Second {
		t.Errorf("it spins: %v after %s", got[0].err, got[0].after)
	}
	if got[1].err != nil || got[1].after != 6*time.Second {
		t.Errorf("it sleeps: %v after %s", got[1].err, got[1].after)
	}
}
