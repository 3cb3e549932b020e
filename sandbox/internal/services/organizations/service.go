// Package organizations is the sandbox's AWS Organizations: one organization with its accounts, organizational units
// and trusted services.
//
// It has no policies (SCPs and the like), no invitations and no closing of accounts; what seeding wants
// beyond the API (a suspended account) has Go methods.
package organizations

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// Config is what the service gets from the sandbox.
type Config struct {
	Clock *clock.Clock
	IDs   *ids.Source
	// Partition is the sandbox's partition; empty means aws.
	Partition string
	// Management is the id of the management account, and Name its name.
	Management, Name string
	// Prepare furnishes an account that CreateAccount made: it makes the role that the management account may
	// assume there. No lock is held while it runs.
	Prepare func(ctx context.Context, account, role string) error
}

// Service is the organization.
type Service struct {
	Config
	id, root string

	mu        sync.RWMutex
	accounts  map[string]*account
	order     []string // account ids, sorted
	units     map[string]*unit
	access    map[string]time.Time            // service principal → since when
	delegates map[string]map[string]time.Time // service principal → account → since when
	requests  map[string]*request
	emails    map[string]bool
	listeners []func(account string)
	timers    map[*clock.Timer]struct{}
	closed    bool
}

var _ ports.Organization = (*Service)(nil)

type account struct {
	id, name, email, parent, state string
	joined                         time.Time
	created                        bool // by this organization; the management account was invited by nobody
}

// unit is an OU, or the root.
type unit struct {
	id, name, parent string
	units, accounts  []string // direct children, sorted by id
}

// New makes an organization of the management account alone.
func New(c Config) *Service {
	if c.Partition == "" {
		c.Partition = "aws"
	}
	s := &Service{
		Config: c, accounts: map[string]*account{}, units: map[string]*unit{}, access: map[string]time.Time{},
		delegates: map[string]map[string]time.Time{}, requests: map[string]*request{}, emails: map[string]bool{},
		timers: map[*clock.Timer]struct{}{},
	}
	s.id = "o-" + c.IDs.At(c.Management, "", "organization", "", 0).Alnum(10)
	s.root = "r-" + c.IDs.At(c.Management, "", "root", "", 0).Alnum(4)
	s.units[s.root] = &unit{id: s.root, name: "Root"}
	s.insert(&account{id: c.Management, name: c.Name, email: mail(c.Name), parent: s.root, state: active})
	return s
}

const active = "ACTIVE"

// mail is the address of a seeded account. The domain is reserved (RFC 2606).
func mail(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", "-")) + "@example.com"
}

// insert puts an account into the tree. The service is locked, or not yet shared.
func (s *Service) insert(a *account) {
	a.joined = s.Clock.Now()
	s.accounts[a.id] = a
	s.emails[a.email] = true
	s.order = insertSorted(s.order, a.id)
	p := s.units[a.parent]
	p.accounts = insertSorted(p.accounts, a.id)
}

func insertSorted(list []string, x string) []string {
	i, _ := slices.BinarySearch(list, x)
	return slices.Insert(list, i, x)
}

func removeSorted(list []string, x string) []string {
	if i, ok := slices.BinarySearch(list, x); ok {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// Close stops account creations that are under way.
func (s *Service) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for t := range s.timers {
		t.Stop()
	}
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	return slices.Concat(s.accountOps(), s.treeOps(), s.createOps(), s.accessOps(), s.delegateOps())
}
