// Package sandboxtest starts sandboxes for tests: each test has its own, and as many run side by side as one likes.
package sandboxtest

import (
	"slices"
	"sync"
	"testing"

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

// Start makes an organization that ends with the test.
func Start(t testing.TB, o sandbox.Options) *Sandbox {
	t.Helper()
	s := &Sandbox{t: t}
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
