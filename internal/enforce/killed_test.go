package enforce_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
	"github.com/layerfleet/layerfleet/sandbox"
)

// wire lies between the tool and the sandbox. It cuts one call off: the request does not arrive, or its answer is lost.
type wire struct {
	mu     sync.Mutex
	calls  []string // operations so far
	at     int      // the call to cut, from 1; 0 for none
	answer bool     // cut the answer, not the request
	cut    func()
}

// operation is what a request asks for, in the forms of the AWS protocols that the tool uses.
func operation(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	return r.Method + " " + r.URL.Path
}

// next counts a call, and says whether it is the one to cut.
func (x *wire) next(name string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, name)
	return len(x.calls) == x.at
}

// reset starts to count again.
func (x *wire) reset(at int, answer bool, cut func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls, x.at, x.answer, x.cut = nil, at, answer, cut
}

// through is an access to the sandbox whose calls go through a wire.
func (w world) through() (*access.Access, *wire) {
	w.Helper()
	target, err := url.Parse(w.sb.URL())
	if err != nil {
		w.Fatal(err)
	}
	x := &wire{}
	type cutKey struct{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.Context().Value(cutKey{}) != nil {
			x.cut()
			return errors.New("the answer is lost")
		}
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if x.next(operation(r, body)) {
			if !x.answer {
				x.cut()
				panic(http.ErrAbortHandler)
			}
			r = r.WithContext(context.WithValue(r.Context(), cutKey{}, true))
		}
		proxy.ServeHTTP(out, r)
	}))
	w.Cleanup(server.Close)
	return rehearsaltest.Open(w.T, w.sb, w.sb.Management(), server.URL), x
}

// writes are the calls of a command that change something.
var writes = []string{
	"CreateStackSet", "UpdateStackSet", "DeleteStackSet", "CreateStackInstances", "DeleteStackInstances",
	"StartConfigRulesEvaluation", "DeleteRemediationExceptions",
}

// cuts are the calls to cut in a command that makes these: the writes and what follows them; every one at night.
func cuts(calls []string) []int {
	var out []int
	for i := range calls {
		if os.Getenv("LAYERFLEET_NIGHTLY") == "1" || slices.Contains(writes, calls[i]) || i > 0 && slices.Contains(writes, calls[i-1]) {
			out = append(out, i+1)
		}
	}
	return out
}

// TestKilledDeploy ends a deployment at a call, before it arrives or before its answer does, and deploys the same again:
// nothing of what was owed is forgotten.
func TestKilledDeploy(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 12, Clean: true, Regions: []string{home}})
	a, x := w.through()
	w.deploy(w.to(5))
	x.reset(0, false, nil)
	plan := w.prepare(w.to(6))
	if _, err := plan.Apply(t.Context(), a, quiet); err != nil {
		t.Fatal(err)
	}
	at := cuts(x.calls)
	if len(at) < 3 {
		t.Fatalf("calls %v", x.calls)
	}
	version := int64(6)
	for _, answer := range []bool{false, true} {
		for _, n := range at {
			version = 11 - version // 5 and 6 by turns
			w.killed(a, x, w.to(version), n, answer)
			if left := w.off(version, ""); left > 0 {
				t.Fatalf("cut at call %d (answer: %v): %d functions are not on version %d after the repeat", n, answer, left, version)
			}
		}
	}
}

// killed deploys, is killed at a call, and deploys the same again as often as it is not finished.
func (w world) killed(a *access.Access, x *wire, o enforce.Options, n int, answer bool) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	plan := w.prepare(o)
	x.reset(n, answer, cancel)
	_, _ = plan.Apply(ctx, a, quiet)
	x.reset(0, false, nil)
	for range 3 {
		s, err := w.prepare(o).Apply(w.Context(), w.a, quiet)
		if err == nil && s.Total.Open == 0 {
			return
		}
		if err != nil && !errors.Is(err, enforce.ErrNotFinished) {
			w.Fatalf("cut at call %d (answer: %v): the repeat: %v", n, answer, err)
		}
	}
}

// TestLostAnswers loses the answer of each write of a deployment and of a removal, without ending the command: it goes
// on as if nothing had happened.
func TestLostAnswers(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 12, Clean: true, Regions: []string{home}})
	a, x := w.through()
	for _, command := range []struct {
		name string
		run  func() error
		then func()
	}{
		{name: "first deployment", run: func() error { _, err := w.prepare(w.to(5)).Apply(t.Context(), a, quiet); return err }, then: func() {
			if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "removal", run: func() error {
			w.deploy(w.to(5))
			x.mu.Lock()
			x.calls = nil
			x.mu.Unlock()
			return enforce.Remove(t.Context(), a, "layerfleet", quiet)
		}, then: func() {}},
	} {
		x.reset(0, false, nil)
		if err := command.run(); err != nil {
			t.Fatal(err)
		}
		calls := slices.Clone(x.calls)
		command.then()
		for i, name := range calls {
			if !slices.Contains(writes, name) {
				continue
			}
			x.reset(i+1, true, func() {})
			if err := command.run(); err != nil {
				t.Fatalf("%s, the answer of %s is lost: %v", command.name, name, err)
			}
			command.then()
		}
	}
	w.nothingRemains()
}

// TestKilledRemove ends a removal at each write: the repeat finishes, and repeating a finished one does nothing.
func TestKilledRemove(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 12, Clean: true, Regions: []string{home}})
	a, x := w.through()
	w.deploy(w.to(5))
	x.reset(0, false, nil)
	if err := enforce.Remove(t.Context(), a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	for _, n := range cuts(x.calls) {
		for _, answer := range []bool{false, true} {
			w.deploy(w.to(5))
			ctx, cancel := context.WithCancel(t.Context())
			x.reset(n, answer, cancel)
			_ = enforce.Remove(ctx, a, "layerfleet", quiet)
			cancel()
			x.reset(0, false, nil)
			for _, run := range []string{"repeat", "after the end"} {
				if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
					t.Fatalf("cut at call %d (answer: %v), %s: %v", n, answer, run, err)
				}
			}
			w.nothingRemains()
		}
	}
	w.sb.Advance(time.Minute)
}
