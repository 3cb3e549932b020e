package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

func TestSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New(60)
		start, began := c.Now(), time.Now()
		if err := c.Sleep(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := c.Now().Sub(start); got != time.Minute {
			t.Errorf("sandbox time passed: %s, want 1m", got)
		}
		if got := time.Since(began); got != time.Second {
			t.Errorf("real time passed: %s, want 1s", got)
		}
		fired := make(chan time.Time, 1)
		c.AfterFunc(time.Hour, func() { fired <- time.Now() })
		if got := (<-fired).Sub(began); got != time.Second+time.Minute {
			t.Errorf("timer fired after %s, want 1m1s", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled sleep: %v", err)
		}
	})
}
