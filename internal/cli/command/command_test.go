package command_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/term"
)

func TestCodeOf(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want command.ExitCode
	}{
		{name: "done", want: command.Done},
		{name: "a server that was told to stop", ctx: stopped, want: command.Done},
		{name: "interrupted", ctx: stopped, err: errors.New("whatever came of it"), want: command.Interrupted},
		{name: "failure", err: errors.New("x"), want: command.Failure},
		{name: "denied", err: fmt.Errorf("find: %w", access.ErrDenied), want: command.Denied},
		{name: "findings", err: command.Conclude(true, true), want: command.Findings},
		{name: "partial goes before findings", err: command.Conclude(false, true), want: command.Partial},
		{name: "nothing found", err: command.Conclude(true, false), want: command.Done},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if got := command.CodeOf(ctx, tt.err); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func terminal(out, errs *strings.Builder) *term.Terminal {
	return term.New(strings.NewReader("y\n"), out, errs, func(string) string { return "" })
}

func TestReport(t *testing.T) {
	var out, errs strings.Builder
	broke := hint.With(errors.New("it broke"), "fix it")
	command.Report(terminal(&out, &errs), command.Failure, broke)
	command.Report(terminal(&out, &errs), command.Partial, command.Outcome(command.Partial))
	command.Report(terminal(&out, &errs), command.Interrupted, broke)
	if got, want := errs.String(), "error: it broke\nhint: fix it\ninterrupted\nhint: fix it\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if out.Len() > 0 {
		t.Errorf("standard output has %q", out.String())
	}
}

func TestConsent(t *testing.T) {
	var out, errs strings.Builder
	if err := (command.Consent{Yes: true}).Ask(terminal(&out, &errs), "go on?"); err != nil || errs.Len() > 0 {
		t.Errorf("--yes asks: %v, %q", err, errs.String())
	}
	err := command.Consent{}.Ask(terminal(&out, &errs), "go on?")
	if !errors.Is(err, term.ErrNotAsked) || len(hint.Of(err)) != 1 {
		t.Errorf("a pipe consents: %v", err)
	}
}

func TestList(t *testing.T) {
	var l command.List
	for _, s := range []string{"a,b", " c , a"} {
		if err := l.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(command.List{"a", "b", "c"}, l); diff != "" {
		t.Error(diff)
	}
	if err := l.Set("x,,y"); err == nil {
		t.Error("an empty value is accepted")
	}
}
