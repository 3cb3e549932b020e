package iam

import (
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// Session is a role session that sts has issued.
type Session struct {
	Secret, Token string
	Expires       time.Time // real time
	Caller        call.Caller
	RoleARN       string
	RoleName      string
	RoleID        string
	Name          string
	// Policies are the session policies; nil when none were given.
	Policies []*iampolicy.Policy
}

// UserID is the caller's unique id as GetCallerIdentity and aws:userid give it.
func (s *Session) UserID() string { return s.RoleID + ":" + s.Name }

// sweepAt is the number of sessions from which on the store removes expired ones.
const sweepAt = 4096

// Sessions are the sessions by access key. It is safe for concurrent use.
type Sessions struct {
	mu    sync.RWMutex
	m     map[string]*Session
	sweep int
}

// Add adds a session. It may remove expired ones.
func (x *Sessions) Add(accessKey string, s *Session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.m == nil {
		x.m, x.sweep = map[string]*Session{}, sweepAt
	}
	if len(x.m) >= x.sweep {
		now := time.Now()
		for k, old := range x.m {
			if now.After(old.Expires) {
				delete(x.m, k)
			}
		}
		x.sweep = max(sweepAt, 2*len(x.m))
	}
	x.m[accessKey] = s
}

// Get finds a session, expired ones too: the client must learn that its session is over.
func (x *Sessions) Get(accessKey string) (*Session, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s, ok := x.m[accessKey]
	return s, ok
}

// Sessions is the store that sts fills and the evaluation reads.
func (s *Service) Sessions() *Sessions { return &s.sessions }
