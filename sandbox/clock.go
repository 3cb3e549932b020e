package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// Clock is a sandbox's time, as it is for those who use the sandbox. It is safe for concurrent use.
//
// In a [Options.Stepped] sandbox time passes only while somebody waits on the Clock, and only when nothing is in flight:
// no request is being answered, no stack operation, evaluation, schedule, automation or script is at work. It then goes to
// what comes next, lets that happen with all that follows from it, and goes on from there, until the wait is over. Hours
// take as long as the work in them, and two runs see the same times.
//
// A tool under test takes part by waiting on the Clock where it would sleep: between two looks at AWS, before it tries
// again, for its own limits. Several may wait at once. What a tool does between its requests the Clock cannot see; one
// that it woke it takes to be at work until that one waits again, or for 50 milliseconds after the last request.
type Clock struct{ clock clock.Outside }

// Clock is the sandbox's time.
func (s *Sandbox) Clock() *Clock { return &Clock{s.clock.Outside()} }

// ClockURL is the address of the sandbox's clock for tools in other processes. GET answers a JSON object: now is the time, as
// RFC 3339 writes it, and speed how many of the sandbox's seconds pass in one, 0 if time stands still. POST with the query
// parameter sleep, a duration as Go writes it, is [Clock.Sleep] and answers the same. Others cannot guess the address.
func (s *Sandbox) ClockURL() string { return s.clockAt }

// Now is the sandbox's time, in UTC.
func (c *Clock) Now() time.Time { return c.clock.Now() }

// Sleep waits for d of the sandbox's time, or until ctx is done, whose error it returns. In a stepped sandbox, everything
// that is due by then is done when Sleep returns; a d of 0 lets no time pass, and waits until nothing is in flight.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error { return c.clock.Sleep(ctx, d) }

// ErrNotYet is the error of [Clock.Until] at its limit.
var ErrNotYet = errors.New("it did not happen in time")

// Until lets time pass until done says true, but no longer than limit of it: then the error is [ErrNotYet]. done is asked
// whenever something has happened and nothing is in flight, in a sandbox whose time runs every second of it. It may make
// calls.
func (c *Clock) Until(ctx context.Context, limit time.Duration, done func() bool) error {
	end := c.Now().Add(limit)
	if err := c.Sleep(ctx, 0); err != nil {
		return err
	}
	for !done() {
		left := end.Sub(c.Now())
		if left <= 0 {
			return fmt.Errorf("%w: %s have passed", ErrNotYet, limit)
		}
		if err := c.clock.Next(ctx, left); err != nil {
			return err
		}
	}
	return nil
}

// retryer is the SDK's, whose waits are in the sandbox's time.
func (c *Clock) retryer() aws.Retryer {
	return patient{Standard: retry.NewStandard(), clock: c}
}

type patient struct {
	*retry.Standard
	clock *Clock
}

// RetryDelay implements [aws.Retryer]. The wait is over when it returns: the SDK knows no other time than the machine's.
func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	d, err := p.Standard.RetryDelay(attempt, err)
	if err != nil {
		return 0, err
	}
	return 0, p.clock.Sleep(context.Background(), d)
}
