package clock

import (
	"container/heap"
	"context"
	"time"
)

// Outside is the clock as tests and the tools under test see it, who work outside the sandbox, uncounted.
type Outside struct{ clock *Clock }

// Outside is the same clock for those who are not in flight.
func (c *Clock) Outside() Outside { return Outside{c} }

// Now is the sandbox time in UTC.
func (o Outside) Now() time.Time { return o.clock.Now() }

// Sleep waits d of sandbox time, or until ctx is done, whose error it returns. A stepped clock goes on by it; when Sleep
// returns, everything that was due is done, and nothing is in flight. With a d of 0 no time passes.
func (o Outside) Sleep(ctx context.Context, d time.Duration) error {
	if o.clock.steps == nil {
		return o.clock.Sleep(ctx, d)
	}
	return o.clock.steps.sleepOutside(ctx, func(*stepper) time.Duration { return d })
}

// Next waits until the next timer inside the sandbox has fired and all that follows from it at that time is done, but
// at most for limit. On a running clock it waits for a second, or limit if that is less.
func (o Outside) Next(ctx context.Context, limit time.Duration) error {
	if o.clock.steps == nil {
		return o.clock.Sleep(ctx, max(min(time.Second, limit), 0))
	}
	return o.clock.steps.sleepOutside(ctx, func(s *stepper) time.Duration { return min(limit, s.untilNext(limit)) })
}

// grace is how long, in real time, a stepped clock waits for those outside who are taken to be at work. The clock cannot
// see them between their requests. One that it woke is at work until it waits again; so is, for as long as this, one who
// comes to wait and was not woken before.
const grace = 50 * time.Millisecond

// outside is what a stepped clock knows of those outside.
type outside struct {
	waiting int       // timers of outsiders
	working int       // outsiders that were woken and did not wait again
	unsure  bool      // one waits that was not woken before: it may have company
	touched time.Time // when something last came in, or went out
	recheck *time.Timer
}

func (o *outside) touch() { o.touched = time.Now() }

// arrive counts one in who is about to wait.
func (o *outside) arrive() {
	if o.working > 0 {
		o.working--
	} else {
		o.unsure = true
	}
	o.waiting++
	o.touch()
}

// calm says whether nobody outside is taken to be at work. Where that is a question of real time, it has the question
// asked again. The clock is locked.
func (s *stepper) calm() bool {
	if s.working == 0 && !s.unsure {
		return true
	}
	left := grace - time.Since(s.touched)
	if left <= 0 {
		s.working, s.unsure = 0, false
		return true
	}
	if s.recheck == nil {
		s.recheck = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.recheck = nil
			s.step()
		})
	}
	return false
}

// release wakes an outsider. The clock is locked.
func (s *stepper) release(t *timer) {
	s.waiting--
	s.working++
	s.touch()
	close(t.outsider)
}

// untilNext is how long it is to the next timer inside, or otherwise. The clock is locked.
func (s *stepper) untilNext(otherwise time.Duration) time.Duration {
	var first *timer
	for i, t := range s.timers {
		if t.outsider == nil && (first == nil || t.due.Before(first.due)) {
			if first = t; i == 0 {
				break // the top of the heap
			}
		}
	}
	if first == nil {
		return otherwise
	}
	return first.due.Sub(s.now)
}

// sleepOutside waits for as long as told, which is asked with the clock locked.
func (s *stepper) sleepOutside(ctx context.Context, long func(*stepper) time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	t := s.add(&timer{outsider: make(chan struct{})}, long(s))
	s.arrive()
	s.step()
	s.mu.Unlock()
	select {
	case <-t.outsider:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.index < 0 {
		return nil // it was woken at the same time
	}
	heap.Remove(&s.timers, t.index)
	s.waiting--
	s.working++
	return ctx.Err()
}
