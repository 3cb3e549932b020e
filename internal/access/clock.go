package access

import (
	"context"
	"time"
)

// Time is a clock of the other side that is at hand, as a test has that of its sandbox.
type Time interface {
	// Now is the other side's time.
	Now() time.Time
	// Sleep waits d of it, or until ctx ends, whose error it returns.
	Sleep(ctx context.Context, d time.Duration) error
}

// Clock is the time of the other side, which on a sandbox passes faster. Pollers and
// soaks wait on it. The zero Clock is real time.
type Clock struct {
	start time.Time // on the machine's clock
	base  time.Time // what the other side's showed then
	speed float64
	given Time // instead of all
}

// NewClock starts a clock at the present time; a speed of 0 or less means 1.
func NewClock(speed float64) Clock {
	if speed <= 0 {
		speed = 1
	}
	now := time.Now()
	return Clock{start: now, base: now, speed: speed}
}

func (s Settings) clock() Clock {
	switch t := s.Time.(type) {
	case nil:
		return NewClock(s.Speed)
	case Clock:
		return t
	default:
		return Clock{given: t}
	}
}

// Now is the other side's time.
func (c Clock) Now() time.Time {
	switch {
	case c.given != nil:
		return c.given.Now()
	case c.speed == 0:
		return time.Now()
	default:
		return c.base.Add(time.Duration(float64(time.Since(c.start)) * c.speed))
	}
}

// Sleep waits d of the other side's time, or until ctx ends, whose error it returns.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	if c.given != nil {
		return c.given.Sleep(ctx, d)
	}
	timer := time.NewTimer(c.real(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// real is how long d takes on the machine's clock.
func (c Clock) real(d time.Duration) time.Duration {
	if c.speed == 0 {
		return d
	}
	return time.Duration(float64(d) / c.speed)
}

// delay is what is left to wait of d for someone who waits in real time. On a clock that is given that is nothing, since
// the wait is over when it returns.
func (c Clock) delay(d time.Duration) (time.Duration, error) {
	if c.given != nil {
		return 0, c.given.Sleep(context.Background(), d)
	}
	return c.real(d), nil
}
