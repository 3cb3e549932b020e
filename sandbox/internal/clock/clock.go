// Package clock is the sandbox's time: the real clock, run faster.
//
// Everything in the sandbox that waits or stamps asks a [Clock]. With a speed of 60 a minute passes in a second.
// Only STS expirations stay in real time, because the SDKs compare them with the machine's own clock.
package clock

import (
	"context"
	"time"
)

// Clock is a time that starts at the real time of its making and passes speed times as fast.
// A Clock is safe for concurrent use; inside testing/synctest it follows the bubble's time.
type Clock struct {
	start time.Time
	speed float64
}

// New starts a clock. A speed of 0 or less means 1.
func New(speed float64) *Clock {
	if speed <= 0 {
		speed = 1
	}
	return &Clock{start: time.Now(), speed: speed}
}

// Speed is how many sandbox seconds pass in a real one.
func (c *Clock) Speed() float64 { return c.speed }

// Now is the sandbox time in UTC.
func (c *Clock) Now() time.Time {
	elapsed := time.Since(c.start)
	return c.start.Add(time.Duration(float64(elapsed) * c.speed)).UTC()
}

// Real is how long d takes on the machine's clock.
func (c *Clock) Real(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

// Sleep waits d of sandbox time, or until ctx is done, whose error it returns.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(c.Real(d))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// AfterFunc calls f on its own goroutine when d of sandbox time has passed. Stop the returned timer to cancel.
func (c *Clock) AfterFunc(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(c.Real(d), f)
}
