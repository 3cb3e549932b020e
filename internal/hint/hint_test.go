package hint_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/hint"
)

func TestHintsSurviveWrappingAndJoining(t *testing.T) {
	cause := errors.New("no aggregator")
	first := fmt.Errorf("find: %w", hint.With(cause, "create one"))
	second := hint.With(errors.New("no role"), "deploy the role")
	err := errors.Join(first, second)

	if want := "find: no aggregator\nno role"; err.Error() != want {
		t.Errorf("text is %q, want %q", err, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if diff := cmp.Diff([]string{"create one", "deploy the role"}, hint.Of(err)); diff != "" {
		t.Error(diff)
	}
	if hint.With(nil, "advice") != nil {
		t.Error("advice alone is not an error")
	}
}
