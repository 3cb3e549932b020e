package clock

import (
	"context"
	"sync"
)

// Channels that hold values cannot tell the clock whether someone who waits at them is about to go on: a value may have
// been handed over already. What is closed stays closed; so that is what is waited for here.

// signal lets those who wait know that something has changed.
type signal struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next change; nil when nobody waits for it
}

// changed is closed at the next change. The signal is locked.
func (s *signal) changed() <-chan struct{} {
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

// raise tells of a change. The signal is locked.
func (s *signal) raise() {
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}

// Queue passes values from some in flight to others. The zero Queue is empty.
type Queue[T any] struct {
	signal
	values []T
}

// Send adds a value. It does not wait.
func (q *Queue[T]) Send(v T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.values = append(q.values, v)
	q.raise()
}

// Receive takes the oldest value. It waits for one, or until ctx is done, whose error it returns. The caller is in flight,
// and so must be who sends.
func (q *Queue[T]) Receive(ctx context.Context, c *Clock) (T, error) {
	for {
		q.mu.Lock()
		if len(q.values) > 0 {
			defer q.mu.Unlock()
			v := q.values[0]
			q.values = q.values[1:]
			return v, nil
		}
		more := q.changed()
		q.mu.Unlock()
		if err := Wait(ctx, c, more); err != nil {
			var none T
			return none, err
		}
	}
}

// Places are so many that can be taken at once. The zero Places has none.
type Places struct {
	signal
	free int
}

// NewPlaces makes n places.
func NewPlaces(n int) *Places { return &Places{free: n} }

// Take takes a place. It waits for one, or until ctx is done, whose error it returns. The caller is in flight, and so must
// be who leaves one.
func (p *Places) Take(ctx context.Context, c *Clock) error {
	for {
		p.mu.Lock()
		if p.free > 0 {
			defer p.mu.Unlock()
			p.free--
			return nil
		}
		left := p.changed()
		p.mu.Unlock()
		if err := Wait(ctx, c, left); err != nil {
			return err
		}
	}
}

// Leave gives a place back.
func (p *Places) Leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free++
	p.raise()
}
