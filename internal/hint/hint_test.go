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
	second := hint.With(hint.With(errors.New("no role"), "create one"), "deploy the role")
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

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		names       []string
		want        string
	}{
		{name: "a letter is missing", typed: "som-inequality", names: []string{"ignored-not", "some-inequality", "list-inequality"}, want: "some-inequality"},
		{name: "the least difference, not the first that is small", typed: "layers", names: []string{"layer", "layerz", "layer-s"}, want: "layer"},
		{name: "case makes no difference", typed: "STABLE", names: []string{"canary", "stable"}, want: "stable"},
		{name: "letters count, not bytes", typed: "für", names: []string{"fur"}, want: "fur"},
		{name: "too different", typed: "nothing", names: []string{"ignored-not"}, want: ""},
		{name: "no names", typed: "x", want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hint.Nearest(c.typed, c.names); got != c.want {
				t.Errorf("nearest to %s is %q, want %q", c.typed, got, c.want)
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"find", "coverage", "catalog", "completion", "usage"}
	tests := []struct{ typed, want string }{
		{typed: "fnd", want: "did you mean find?"},
		{typed: "covrage", want: "did you mean coverage?"},
		{typed: "cov", want: "did you mean coverage?"},
		{typed: "c", want: ""}, // three begin with it
		{typed: "frobnicate", want: ""},
		{typed: "", want: ""},
	}
	for _, tt := range tests {
		if got := hint.DidYouMean(tt.typed, names); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.typed, got, tt.want)
		}
	}
}
