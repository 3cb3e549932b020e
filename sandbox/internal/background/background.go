// Package background is the work that a service does after its calls have returned.
package background

import (
	"context"
	"sync"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// Work is background work, which ends with Close. It is safe for concurrent use.
type Work struct {
	ctx    context.Context //nolint:containedctx // ends with Close
	cancel context.CancelFunc
	clock  *clock.Clock
	wg     sync.WaitGroup

	mu     sync.Mutex // guards closed: nothing starts after it
	closed bool
}

// New makes work that has not started. A stepped clock stands still while any is being done.
func New(clk *clock.Clock) *Work {
	w := &Work{clock: clk}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// Context ends with Close.
func (w *Work) Context() context.Context { return w.ctx }

// Go runs f on a goroutine of its own, in flight. It is false, and f does not run, after Close.
func (w *Work) Go(f func(context.Context)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.wg.Add(1)
	w.clock.Go(func() {
		defer w.wg.Done()
		f(w.ctx)
	})
	return true
}

// Close ends the context of the work and waits until all of it has returned.
func (w *Work) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	w.wg.Wait()
}
