package cli_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/layerfleet/layerfleet/internal/cli"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// TestUserAgent listens between the tool and the sandbox: every call says what it comes
// from, so that CloudTrail does too.
func TestUserAgent(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	t.Setenv("NO_PROXY", "127.0.0.1")
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Functions: 20, Regions: []string{"us-east-1"}, Seed: 1, Roles: rehearsal.Roles(), Quirks: sandbox.TurnedQuirks()})
	for _, v := range rehearsal.Env(sb.Sandbox) {
		t.Setenv(v.Name, v.Value)
	}
	to, err := url.Parse(sb.URL())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	agents := map[string]string{} // service → the agent of its last call
	scope := regexp.MustCompile(`Credential=[^/]+/[0-9]+/[a-z0-9-]+/([a-z0-9-]+)/`)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
		if who := scope.FindStringSubmatch(r.In.Header.Get("Authorization")); who != nil {
			mu.Lock()
			defer mu.Unlock()
			agents[who[1]] = r.In.UserAgent()
			if !strings.Contains(r.In.UserAgent(), " layerfleet/devel") {
				t.Errorf("%s %s came from %q", who[1], r.In.Header.Get("X-Amz-Target"), r.In.UserAgent())
			}
		}
	}}
	server := httptest.NewServer(http.Handler(proxy))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Chdir(t.TempDir())
	for _, args := range []string{
		"find --source scan", "coverage", "query SELECT*", "catalog import common-runtime", "prune --dry-run", "enforce status",
	} {
		var out, errs bytes.Buffer
		code := cli.Main(t.Context(), strings.Split(args, " "), command.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, os.Getenv)
		if code == int(command.Denied) {
			t.Errorf("%s: %s", args, errs.String())
		}
	}
	want := []string{"account", "cloudformation", "config", "lambda", "organizations", "sts"}
	if got := slices.Sorted(maps.Keys(agents)); !slices.Equal(got, want) {
		t.Errorf("calls went to %q, want %q", got, want)
	}
}
