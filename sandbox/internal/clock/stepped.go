package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// stepper is the state of a stepped clock. Nothing of it runs by itself: whoever takes the last thing out of flight, or
// comes to wait from outside, makes the next step.
type stepper struct {
	mu     sync.Mutex
	now    time.Time
	timers timers
	made   uint64 // timers made so far
	busy   int    // things in flight
	parked map[*parked]struct{}
	outside
}

// timer is something that is due. Exactly one of its ends is set.
type timer struct {
	due      time.Time
	number   uint64
	index    int // in the heap, -1 outside
	call     func()
	sleeper  *parked       // of someone in flight
	outsider chan struct{} // of someone outside; closed when it is due
}

// parked is someone in flight who waits.
type parked struct {
	ready func() bool
	woken chan struct{} // of a sleeper; closed when it is back in the count
}

func (s *stepper) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stepper) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch()
	s.busy++
}

func (s *stepper) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch()
	s.leave()
}

// leave takes one out of flight, and steps when it was the last. The clock is locked.
func (s *stepper) leave() {
	if s.busy--; s.busy < 0 {
		panic("sandbox clock: more ended than began: somebody waited without being in flight")
	}
	s.step()
}

func (s *stepper) park(ready func() bool) *parked {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &parked{ready: ready}
	s.parked[p] = struct{}{}
	s.leave()
	return p
}

func (s *stepper) unpark(p *parked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parked, p)
	s.busy++
}

func (s *stepper) add(t *timer, d time.Duration) *timer {
	t.due, t.number = s.now.Add(max(0, d)), s.made
	s.made++
	heap.Push(&s.timers, t)
	return t
}

func (s *stepper) after(d time.Duration, f func()) *timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.add(&timer{call: f}, d)
	s.step()
	return t
}

// remove takes a timer back, unless it has fired.
func (s *stepper) remove(t *timer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&s.timers, t.index)
	return true
}

func (s *stepper) sleep(ctx context.Context, d time.Duration) error {
	p := &parked{ready: func() bool { return ctx.Err() != nil }, woken: make(chan struct{})}
	s.mu.Lock()
	s.parked[p] = struct{}{}
	t := s.add(&timer{sleeper: p}, d)
	s.leave()
	s.mu.Unlock()
	select {
	case <-p.woken:
		return nil
	case <-ctx.Done():
		if s.remove(t) {
			s.unpark(p)
		}
		return ctx.Err()
	}
}

// step fires the next timer when nothing is in flight: one that is due at once, one that time has to pass for only if
// somebody outside waits. The clock is locked.
func (s *stepper) step() {
	for s.busy == 0 && len(s.timers) > 0 && !s.someReady() {
		next := s.timers[0]
		if (next.outsider != nil || next.due.After(s.now)) && (s.waiting == 0 || !s.calm()) {
			return
		}
		heap.Pop(&s.timers)
		s.now = next.due
		s.fire(next)
	}
}

// fire lets happen what is due. The clock is locked.
func (s *stepper) fire(t *timer) {
	switch {
	case t.call != nil:
		s.busy++
		go func() {
			defer s.end()
			t.call()
		}()
	case t.sleeper != nil:
		delete(s.parked, t.sleeper)
		s.busy++
		close(t.sleeper.woken)
	default:
		s.release(t)
	}
}

// someReady says whether someone who is parked is about to be back.
func (s *stepper) someReady() bool {
	for p := range s.parked {
		if p.ready() {
			return true
		}
	}
	return false
}

// timers is a heap: by time, those of outsiders after all others, then by age.
type timers []*timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	a, b := h[i], h[j]
	if !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	if (a.outsider == nil) != (b.outsider == nil) {
		return a.outsider == nil
	}
	return a.number < b.number
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements [heap.Interface].
func (h *timers) Push(x any) {
	t, _ := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop implements [heap.Interface].
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
