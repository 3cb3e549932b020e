package access

import (
	"context"
	"time"
)

// Clock is the time of the other side, which on a sandbox passes faster. Pollers and
// soaks wait on it. The zero Clock is real time.
type Clock struct {
	start time.Time
	speed float64
}

// NewClock starts a clock at the present time; a speed of 0 or less means 1.
func NewClock(speed float64) Clock {
	if speed <= 0 {
		speed = 1
	}
	return Clock{start: time.Now(), speed: speed}
}

// Now is the other side's time.
func (c Clock) Now() time.Time {
	if c.speed == 0 || c.speed == 1 {
		return time.Now()
	}
	return c.start.Add(time.Duration(float64(time.Since(c.start)) * c.speed))
}

// Speed is how many of the other side's seconds pass in one of ours.
func (c Clock) Speed() float64 {
	if c.speed == 0 {
		return 1
	}
	return c.speed
}

// Sleep waits d of the other side's time, or until ctx ends, whose error it returns.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(time.Duration(float64(d) / c.Speed()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
