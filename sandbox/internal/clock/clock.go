// Package clock is the sandbox's time. Everything in the sandbox that waits or stamps asks a [Clock].
//
// A running clock is the real one, run faster: with a speed of 60 a minute passes in a second. A stepped clock stands
// still. It goes on when somebody outside waits on it ([Clock.Outside]) and nothing is in flight inside, and then from
// timer to timer, so that hours take as long as the work in them. What is in flight is counted: whoever works inside the
// sandbox does so between [Clock.Begin] and its end, in a function of [Clock.Go] or [Clock.AfterFunc], and waits by
// [Clock.Sleep], [Wait], [Queue.Receive], [Places.Take] or [Clock.Park], which take it out of the count for as long as they
// wait.
//
// Only STS expirations and signatures stay in real time, because the SDKs compare them with the machine's own clock.
package clock

import (
	"context"
	"time"
)

// Clock is a time. It is safe for concurrent use; a running one follows the time of a bubble of testing/synctest.
type Clock struct {
	start time.Time
	speed float64
	steps *stepper // nil on a running clock
}

// New starts a clock at the present time that passes speed times as fast. A speed of 0 or less means 1.
func New(speed float64) *Clock {
	if speed <= 0 {
		speed = 1
	}
	return &Clock{start: time.Now(), speed: speed}
}

// NewStepped makes a clock that stands still at a time.
func NewStepped(at time.Time) *Clock {
	return &Clock{steps: &stepper{now: at.UTC(), parked: map[*parked]struct{}{}}}
}

// Stepped says whether the clock stands still until somebody waits on it.
func (c *Clock) Stepped() bool { return c.steps != nil }

// Speed is how many sandbox seconds pass in a real one, 0 on a stepped clock.
func (c *Clock) Speed() float64 { return c.speed }

// Now is the sandbox time in UTC.
func (c *Clock) Now() time.Time {
	if c.steps != nil {
		return c.steps.time()
	}
	elapsed := time.Since(c.start)
	return c.start.Add(time.Duration(float64(elapsed) * c.speed)).UTC()
}

// real is how long d takes on the machine's clock.
func (c *Clock) real(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

// Sleep waits d of sandbox time, or until ctx is done, whose error it returns. The caller is in flight.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	if c.steps != nil {
		return c.steps.sleep(ctx, d)
	}
	t := time.NewTimer(c.real(d))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Timer is a call that is to come.
type Timer struct {
	real  *time.Timer
	steps *stepper
	step  *timer
}

// Stop takes the call back. It reports false when the call has begun, or was taken back before.
func (t *Timer) Stop() bool {
	if t.real != nil {
		return t.real.Stop()
	}
	return t.steps.remove(t.step)
}

// AfterFunc calls f on its own goroutine, in flight, when d of sandbox time has passed.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	if c.steps != nil {
		return &Timer{steps: c.steps, step: c.steps.after(d, f)}
	}
	return &Timer{real: time.AfterFunc(c.real(d), f)}
}

// WithTimeout is a context that ends by cause when d of sandbox time has passed, but not before grace of real time has:
// what a machine computes takes its time however fast the sandbox's passes. On a stepped clock, time does not pass while
// it computes.
func (c *Clock) WithTimeout(ctx context.Context, d, grace time.Duration, cause error) (context.Context, context.CancelFunc) {
	if c.steps == nil {
		return context.WithTimeoutCause(ctx, max(c.real(d), min(d, grace)), cause)
	}
	limited, cancel := context.WithCancelCause(ctx)
	t := c.AfterFunc(d, func() { cancel(cause) })
	return limited, func() {
		t.Stop()
		cancel(context.Canceled)
	}
}
