package watch_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// pairs is a source whose function is on the old version until a time.
type pairs struct {
	mu    sync.Mutex
	until map[fleet.Pair]time.Time
	reads map[fleet.Pair]int
	err   map[fleet.Pair]error
}

func (s *pairs) Read(_ context.Context, c watch.Change) (watch.Reading, error) {
	s.mu.Lock()
	s.reads[c.Pair]++
	s.mu.Unlock()
	f := function(arn("6"))
	f.Pair, f.Modified = c.Pair, time.Time{}
	if time.Now().Before(s.until[c.Pair]) {
		f.Layers = []string{arn("5")}
	}
	return watch.Reading{Functions: []watch.Function{f}}, s.err[c.Pair]
}

func TestFollow(t *testing.T) {
	quick, slow, refused := fleet.Pair{AccountID: "1", Region: region}, fleet.Pair{AccountID: "2", Region: region}, fleet.Pair{AccountID: "3", Region: region}
	var changes []watch.Change
	for _, p := range []fleet.Pair{quick, slow, refused} {
		c := change()
		c.Pair = p
		changes = append(changes, c)
	}
	broken := errors.New("not now")
	for _, tt := range []struct {
		name         string
		limit        time.Duration
		refuse       error
		right, open  int
		atMost       time.Duration
		readsOfQuick int
	}{
		{name: "to the end", limit: time.Hour, right: 2, atMost: 11 * time.Minute, readsOfQuick: 1},
		{name: "until the limit", limit: 5 * time.Minute, right: 1, open: 1, atMost: 6 * time.Minute, readsOfQuick: 1},
		{name: "one look", right: 1, open: 1, readsOfQuick: 1},
		{name: "ended from outside", limit: time.Hour, refuse: broken, right: 1, open: 1, readsOfQuick: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &pairs{until: map[fleet.Pair]time.Time{slow: start.Add(10 * time.Minute)}, reads: map[fleet.Pair]int{}, err: map[fleet.Pair]error{refused: errors.New("no answer")}}
				seen, err := watch.Follow(t.Context(), s, access.Clock{}, changes, tt.limit, func([]watch.Pair) error { return tt.refuse })
				if !errors.Is(err, tt.refuse) {
					t.Fatal(err)
				}
				total, notCovered := watch.Total(seen)
				if total.Right != tt.right || total.Open != tt.open || notCovered != 1 || time.Since(start) > tt.atMost {
					t.Errorf("%+v, %d not covered, after %v", total, notCovered, time.Since(start))
				}
				if s.reads[quick] != tt.readsOfQuick {
					t.Errorf("a pair without open functions was read %d times", s.reads[quick])
				}
			})
		})
	}
}
