package access

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go/middleware"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// call runs the limiter's middleware for one attempt of an operation.
func call(ctx context.Context, t *testing.T, l *limiter, operation string) {
	t.Helper()
	stack := middleware.NewStack("test", func() any { return nil })
	retry := middleware.FinalizeMiddlewareFunc("Retry", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		return next.HandleFinalize(ctx, in)
	})
	if err := stack.Finalize.Add(retry, middleware.After); err != nil {
		t.Fatal(err)
	}
	if err := l.middleware(stack); err != nil {
		t.Fatal(err)
	}
	end := middleware.HandlerFunc(func(context.Context, any) (any, middleware.Metadata, error) { return nil, middleware.Metadata{}, nil })
	if _, _, err := stack.HandleMiddleware(middleware.WithOperationName(ctx, operation), nil, end); err != nil {
		t.Fatal(err)
	}
}

func TestLimiterKeepsTheRateOfAPair(t *testing.T) {
	tests := []struct {
		name        string
		speed       float64
		operation   string
		calls       int
		least, most time.Duration
	}{
		{name: "shared quota", speed: 1, operation: "UpdateFunctionConfiguration", calls: 110, least: 10 * time.Second, most: 11 * time.Second},
		{name: "faster clock", speed: 10, operation: "UpdateFunctionConfiguration", calls: 110, least: time.Second, most: 1100 * time.Millisecond},
		{name: "reads have their own", speed: 1, operation: "GetFunction", calls: 120, least: time.Second, most: 1100 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimits(10, NewClock(tt.speed))
				pair := fleet.Pair{AccountID: "1", Region: "r"}
				began := time.Now()
				for range tt.calls {
					call(t.Context(), t, l.of(pair), tt.operation)
				}
				if d := time.Since(began); d < tt.least || d > tt.most {
					t.Errorf("%d calls took %s, want %s to %s", tt.calls, d, tt.least, tt.most)
				}
				began = time.Now()
				call(t.Context(), t, l.of(fleet.Pair{AccountID: "2", Region: "r"}), tt.operation)
				if d := time.Since(began); d != 0 {
					t.Errorf("another pair waited %s", d)
				}
			})
		})
	}
}
