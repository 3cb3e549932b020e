package parallel_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/layerfleet/layerfleet/internal/parallel"
)

func TestEach(t *testing.T) {
	var now, most atomic.Int32
	told := 0
	err := parallel.Each(t.Context(), 50, 4, func(done, total int) {
		if told++; done != told || total != 50 {
			t.Errorf("told %d of %d, want %d of 50", done, total, told)
		}
	}, func(context.Context, int) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		now.Add(-1)
		return nil
	})
	if err != nil || told != 50 || most.Load() > 4 {
		t.Errorf("error %v, told %d, %d at once", err, told, most.Load())
	}
}

func TestEachEnds(t *testing.T) {
	broken := errors.New("no")
	if err := parallel.Each(t.Context(), 9, 2, nil, func(_ context.Context, i int) error {
		if i == 3 {
			return broken
		}
		return nil
	}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := parallel.Each(ctx, 9, 2, nil, func(context.Context, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
