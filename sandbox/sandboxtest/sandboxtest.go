// Package sandboxtest starts sandboxes for tests: each test has its own, and as many run side by side as one likes.
//
// Their time stands still until the test lets it pass, unless [sandbox.Options] give it a speed.
package sandboxtest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox"
)

// Sandbox is a sandbox that belongs to a test: what goes wrong with it fails the test.
type Sandbox struct {
	*sandbox.Sandbox
	t testing.TB

	mu    sync.Mutex
	calls []sandbox.Call
}

// Start makes an organization that ends with the test. Without a Speed it is Stepped.
func Start(t testing.TB, o sandbox.Options) *Sandbox {
	t.Helper()
	s := &Sandbox{t: t}
	if o.Speed == 0 {
		o.Stepped = true
	}
	told := o.OnCall
	o.OnCall = func(c sandbox.Call) {
		s.mu.Lock()
		s.calls = append(s.calls, c)
		s.mu.Unlock()
		if told != nil {
			told(c)
		}
	}
	var err error
	if s.Sandbox, err = sandbox.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// As is an SDK configuration for a session of a role of an account, assumed by the management account's administrator.
func (s *Sandbox) As(account, role, region string) aws.Config {
	s.t.Helper()
	cfg, err := s.RoleConfig(s.t.Context(), account, role, region)
	if err != nil {
		s.t.Fatal(err)
	}
	return cfg
}

// Member is the first member account without a trouble.
func (s *Sandbox) Member() string {
	s.t.Helper()
	return s.first("no troubles", s.Healthy())
}

// With is the first account that has a trouble.
func (s *Sandbox) With(trouble sandbox.Trouble) string {
	s.t.Helper()
	return s.first("the trouble "+string(trouble), s.Troubled(trouble))
}

func (s *Sandbox) first(what string, accounts []string) string {
	s.t.Helper()
	if len(accounts) == 0 {
		s.t.Fatalf("none of the %d accounts has %s", len(s.Accounts()), what)
	}
	return accounts[0]
}

// Advance lets time pass, and waits until everything that is due by then is done.
func (s *Sandbox) Advance(d time.Duration) {
	s.t.Helper()
	s.check(s.Clock().Sleep(s.t.Context(), d))
}

// Until lets time pass until done says true, at most for limit: see [sandbox.Clock.Until].
func (s *Sandbox) Until(limit time.Duration, done func() bool) {
	s.t.Helper()
	s.check(s.Clock().Until(s.t.Context(), limit, done))
}

func (s *Sandbox) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Calls are the finished calls so far, refused ones too, in the order of their ends. Those that make the organization
// are not among them.
func (s *Sandbox) Calls() []sandbox.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Forget empties the log of calls.
func (s *Sandbox) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}
