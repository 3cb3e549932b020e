package runbook

import (
	"context"
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// quiet is the real time after which a script of which some threads sleep is taken to wait for them. Scripts with threads
// are rare, so it may be long.
const quiet = 250 * time.Millisecond

// naps are the sleeps of one script on a stepped clock. A script whose threads all sleep is not in flight. Where some do
// not, nobody can tell whether they wait for those or compute: such a script is in flight for a moment, then it is not.
type naps struct {
	clock     *clock.Clock
	computing time.Duration // real time that the script may compute without a nap

	ctx  context.Context //nolint:containedctx // it ends the script, and so its naps
	stop context.CancelCauseFunc
	wake func(nap uint64, now time.Time)

	mu     sync.Mutex
	timers map[uint64]*clock.Timer // the naps that are taken, by number
	unpark func()                  // set while the script is not in flight
	moment *time.Timer             // until it is not
	limit  *time.Timer             // of what it computes
}

// begin counts from now on. The context that it returns ends with ctx, and when the script has computed for too long; wake
// tells the script that a nap is over.
func (n *naps) begin(ctx context.Context, wake func(nap uint64, now time.Time)) context.Context {
	n.ctx, n.stop = context.WithCancelCause(ctx)
	n.wake = wake
	if n.clock.Stepped() {
		n.limit = time.AfterFunc(n.computing, func() { n.stop(ErrTimeLimit) })
	}
	return n.ctx
}

// take begins a nap; all says whether no thread is awake now.
func (n *naps) take(nap uint64, d time.Duration, all bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.timers[nap] = n.clock.AfterFunc(d, func() { n.over(nap) })
	if all {
		n.park()
	} else {
		n.parkSoon()
	}
}

// over ends a nap. The script is in flight again before it knows.
func (n *naps) over(nap uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.timers[nap] == nil {
		return // the script ended at the same time
	}
	delete(n.timers, nap)
	n.back()
	n.wake(nap, n.clock.Now())
	if len(n.timers) > 0 {
		n.parkSoon()
	}
}

// end takes back the naps of a script that has ended.
func (n *naps) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for nap, t := range n.timers {
		t.Stop()
		delete(n.timers, nap)
	}
	n.back()
	if n.limit != nil {
		n.limit.Stop()
	}
	n.stop(nil)
}

func (n *naps) park() {
	if n.unpark == nil {
		n.limit.Stop()
		n.unpark = n.clock.Park(func() bool { return n.ctx.Err() != nil })
	}
}

func (n *naps) parkSoon() {
	if n.moment != nil {
		n.moment.Stop()
	}
	var m *time.Timer
	m = time.AfterFunc(quiet, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.moment == m && len(n.timers) > 0 {
			n.park()
		}
	})
	n.moment = m
}

func (n *naps) back() {
	if n.moment != nil {
		n.moment.Stop()
		n.moment = nil
	}
	if n.unpark != nil {
		n.unpark()
		n.unpark = nil
		n.limit.Reset(n.computing)
	}
}
