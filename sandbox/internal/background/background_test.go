package background_test

import (
	"context"
	"testing"

	"github.com/layerfleet/layerfleet/sandbox/internal/background"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

func TestClose(t *testing.T) {
	t.Parallel()
	w := background.New(clock.New(1))
	ended := false
	if !w.Go(func(ctx context.Context) { <-ctx.Done(); ended = true }) {
		t.Error("it does not start")
	}
	w.Close()
	if !ended {
		t.Error("Close does not wait")
	}
	if w.Go(func(context.Context) { t.Error("it runs after Close") }) {
		t.Error("it starts after Close")
	}
	w.Close()
}
