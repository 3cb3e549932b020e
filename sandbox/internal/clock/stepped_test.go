package clock_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// begin is when stepped clocks of tests stand at first.
func begin() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }

// diary notes what happened when.
type diary struct {
	clk   *clock.Clock
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%s %s", d.clk.Now().Sub(begin()), what))
}

// stepped runs f with a stepped clock, in a bubble: what is in no order there is in none anywhere.
func stepped(t *testing.T, f func(t *testing.T, clk *clock.Clock, d *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.NewStepped(begin())
		f(t, clk, &diary{clk: clk})
	})
}

func (d *diary) is(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("wanted (-), was (+)\n%s", diff)
	}
}

func TestSteppedStandsStill(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		clk.AfterFunc(time.Minute, func() { d.note("call") })
		time.Sleep(time.Hour)
		d.is(t)
		if err := clk.Outside().Sleep(t.Context(), 59*time.Second); err != nil {
			t.Fatal(err)
		}
		d.is(t)
		if err := clk.Outside().Sleep(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		d.is(t, "1m0s call")
		if got := clk.Now(); !got.Equal(begin().Add(time.Minute)) {
			t.Errorf("it is %s", got)
		}
	})
}

// TestSteppedOrder has each thing done before the next begins, and all that follows from it.
func TestSteppedOrder(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		work := func(name string) func() {
			return func() {
				time.Sleep(time.Second) // of real time: work
				d.note(name)
				clk.AfterFunc(0, func() { d.note(name + " at once") })
				clk.AfterFunc(time.Second, func() { d.note(name + " later") })
			}
		}
		clk.AfterFunc(2*time.Second, work("b"))
		clk.AfterFunc(time.Second, work("a"))
		clk.AfterFunc(2*time.Second, work("c"))
		taken := clk.AfterFunc(2*time.Second, work("never"))
		if !taken.Stop() || taken.Stop() {
			t.Error("a timer was not stopped once")
		}
		if err := clk.Outside().Sleep(t.Context(), 2*time.Second); err != nil {
			t.Fatal(err)
		}
		d.is(t, "1s a", "1s a at once", "2s b", "2s c", "2s a later", "2s b at once", "2s c at once")
	})
}

// TestSteppedWaits goes through each way to wait for another in flight, who waits for time.
func TestSteppedWaits(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		ctx := t.Context()
		sleep := func(n time.Duration) {
			if err := clk.Sleep(ctx, n*time.Minute); err != nil {
				t.Error(err)
			}
		}
		done, values, places := make(chan struct{}), clock.Queue[int]{}, clock.NewPlaces(1)
		clk.Go(func() {
			sleep(1)
			close(done)
			d.note("closed")
			sleep(1)
			for i := range 2 {
				values.Send(i)
			}
		})
		clk.Go(func() {
			if err := clock.Wait(ctx, clk, done); err != nil {
				t.Error(err)
			}
			d.note("waited")
			for range 2 {
				v, err := values.Receive(ctx, clk)
				d.note(fmt.Sprint("received ", v, " ", err))
			}
		})
		for range 2 {
			clk.Go(func() {
				if err := places.Take(ctx, clk); err != nil {
					t.Error(err)
				}
				sleep(5)
				d.note("leaves")
				places.Leave()
			})
		}
		if err := clk.Outside().Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		slices.Sort(d.lines[:2]) // the two at one minute go on side by side
		d.is(t, "1m0s closed", "1m0s waited", "2m0s received 0 <nil>", "2m0s received 1 <nil>", "5m0s leaves", "10m0s leaves")
	})
}

// TestSteppedCancel ends waits by their contexts: the clock must not go on before those who waited do.
func TestSteppedCancel(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		cause := errors.New("too long")
		ctx, cancel := clk.WithTimeout(t.Context(), time.Minute, time.Second, cause)
		defer cancel()
		never := make(chan struct{})
		for name, wait := range map[string]func() error{
			"sleep":   func() error { return clk.Sleep(ctx, time.Hour) },
			"wait":    func() error { return clock.Wait(ctx, clk, never) },
			"take":    func() error { return new(clock.Places).Take(ctx, clk) },
			"receive": func() error { _, err := new(clock.Queue[int]).Receive(ctx, clk); return err },
		} {
			clk.Go(func() {
				if err := wait(); !errors.Is(err, context.Canceled) || !errors.Is(context.Cause(ctx), cause) {
					t.Errorf("%s: %v because of %v", name, err, context.Cause(ctx))
				}
				d.note(name)
			})
		}
		if err := clk.Outside().Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		slices.Sort(d.lines)
		d.is(t, "1m0s receive", "1m0s sleep", "1m0s take", "1m0s wait")
	})
}

// TestSteppedInTime ends a context's work before its time limit, which must then not be heard of.
func TestSteppedInTime(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, _ *diary) {
		ctx, cancel := clk.WithTimeout(t.Context(), time.Minute, time.Second, errors.New("too long"))
		cancel()
		if err := clk.Outside().Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Error(context.Cause(ctx))
		}
	})
}

// TestOutsiders has two poll side by side, one far oftener than the other: neither may be left behind, although the clock
// does not see them between their requests.
func TestOutsiders(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		request := func(what string) {
			time.Sleep(time.Millisecond) // what a client does before it sends
			end := clk.Begin()
			time.Sleep(50 * time.Millisecond) // it is served
			d.note(what)
			end()
			time.Sleep(time.Millisecond)
		}
		var wg sync.WaitGroup
		for name, every := range map[string]time.Duration{"often": time.Minute, "seldom": 3 * time.Minute} {
			wg.Go(func() {
				for range 6 * time.Minute / every {
					if err := clk.Outside().Sleep(t.Context(), every); err != nil {
						t.Error(err)
					}
					request(name)
				}
			})
		}
		wg.Wait()
		// At three and at six minutes both are due: who comes first is open.
		slices.Sort(d.lines[2:4])
		slices.Sort(d.lines[6:8])
		d.is(t, "1m0s often", "2m0s often", "3m0s often", "3m0s seldom", "4m0s often", "5m0s often", "6m0s often", "6m0s seldom")
	})
}

// TestOutsiderAlone does not wait in real time for a company that it does not have.
func TestOutsiderAlone(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, _ *diary) {
		if err := clk.Outside().Sleep(t.Context(), 0); err != nil { // at first it might have some
			t.Fatal(err)
		}
		start := time.Now()
		for range 1000 {
			clk.AfterFunc(time.Minute, func() {})
			if err := clk.Outside().Sleep(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("a thousand hours took %s", took)
		}
	})
}

func TestNext(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, d *diary) {
		clk.AfterFunc(time.Hour, func() { d.note("second") })
		clk.AfterFunc(time.Minute, func() {
			d.note("first")
			clk.AfterFunc(0, func() { d.note("what follows") })
		})
		next := func(limit time.Duration) {
			t.Helper()
			if err := clk.Outside().Next(t.Context(), limit); err != nil {
				t.Fatal(err)
			}
		}
		next(10 * time.Hour)
		d.is(t, "1m0s first", "1m0s what follows")
		next(time.Minute)
		d.is(t, "1m0s first", "1m0s what follows")
		next(10 * time.Hour)
		d.is(t, "1m0s first", "1m0s what follows", "1h0m0s second")
		next(10 * time.Hour)
		if got := clk.Now().Sub(begin()); got != 11*time.Hour {
			t.Errorf("without timers it went to %s", got)
		}
	})
}

func TestOutsiderGivesUp(t *testing.T) {
	stepped(t, func(t *testing.T, clk *clock.Clock, _ *diary) {
		end := clk.Begin() // it never comes to rest
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := clk.Outside().Sleep(ctx, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		end()
		if err := clk.Outside().Sleep(ctx, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		synctest.Wait()
		if got := clk.Now(); !got.Equal(begin()) {
			t.Errorf("time passed for nobody: %s", got)
		}
		if err := clk.Outside().Sleep(t.Context(), time.Second); err != nil {
			t.Error(err)
		}
	})
}

// TestWaitingWithoutBeingInFlight is a mistake that must not go unnoticed.
func TestWaitingWithoutBeingInFlight(t *testing.T) {
	clk := clock.NewStepped(begin())
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_ = clk.Sleep(t.Context(), time.Second)
}

// TestSteppedRepeats runs a crowd of sleepers and callers, in real time and side by side, and wants the same times of each
// twice, none of them late.
func TestSteppedRepeats(t *testing.T) {
	t.Parallel()
	run := func() []string {
		clk := clock.NewStepped(begin())
		d := &diary{clk: clk}
		for who := range 30 {
			rng := rand.New(rand.NewPCG(1, uint64(who))) //nolint:gosec // a drawn program
			at := time.Duration(0)
			clk.Go(func() {
				for range 20 {
					n := time.Duration(rng.IntN(1000)) * time.Millisecond
					at += n
					if err := clk.Sleep(context.Background(), n); err != nil {
						t.Error(err)
					}
					if got := clk.Now().Sub(begin()); got != at {
						t.Errorf("%d woke at %s, not at %s", who, got, at)
					}
					d.note(fmt.Sprint(who))
					clk.AfterFunc(time.Duration(rng.IntN(100))*time.Millisecond, func() { d.note(fmt.Sprint(who, " called")) })
				}
			})
		}
		if err := clk.Outside().Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		slices.Sort(d.lines)
		return d.lines
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkStep(b *testing.B) {
	clk := clock.NewStepped(begin())
	for range 1000 { // timers that are far away
		clk.AfterFunc(1e6*time.Hour, func() {})
	}
	for b.Loop() {
		clk.AfterFunc(time.Second, func() {})
		if err := clk.Outside().Sleep(b.Context(), time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
