package clock

import "context"

// Begin says that something is in flight until end is called, once: a stepped clock stands still meanwhile.
func (c *Clock) Begin() (end func()) {
	if c.steps == nil {
		return func() {}
	}
	c.steps.begin()
	return c.steps.end
}

// Go runs f on its own goroutine, in flight.
func (c *Clock) Go(f func()) {
	end := c.Begin()
	go func() {
		defer end()
		f()
	}()
}

// Park takes the caller, who is in flight, out of the count until unpark is called, once: it waits for something that
// only time, or another that is in flight, can bring. ready says whether it has come, and must say so until unpark is
// called, so that the clock does not go on before the caller does; it must neither wait nor ask the clock.
func (c *Clock) Park(ready func() bool) (unpark func()) {
	if c.steps == nil {
		return func() {}
	}
	p := c.steps.park(ready)
	return func() { c.steps.unpark(p) }
}

// Wait waits until done is closed, or until ctx is done, whose error it returns. The caller is in flight, and so must be
// who closes done.
func Wait(ctx context.Context, c *Clock, done <-chan struct{}) error {
	unpark := c.Park(func() bool { return closed(done) || ctx.Err() != nil })
	defer unpark()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
