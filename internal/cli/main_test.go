package cli_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// An interrupt while AWS is asked ends with 130, whatever the call then says.
func TestInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		interrupt()
		<-over // never an answer
	}))
	defer server.Close()
	defer close(over)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "x")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	t.Setenv("AWS_CA_BUNDLE", "")
	var out, errs strings.Builder
	code := cli.Main(ctx, []string{"coverage"}, command.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, os.Getenv)
	if code != int(command.Interrupted) {
		t.Errorf("exit code is %d: %s", code, errs.String())
	}
	if got, want := errs.String(), "interrupted\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if out.Len() > 0 {
		t.Errorf("standard output has %q", out.String())
	}
}
