// Package iam is the sandbox's AWS Identity and Access Management: roles, their policies, and the decision on every
// call that passes the dispatcher.
//
// It has no users but one: each account has an administrator whose access key is the account id. Groups, identity
// providers, instance profiles and MFA do not exist here.
package iam

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// Config is what the service gets from the sandbox.
type Config struct {
	Clock *clock.Clock
	IDs   *ids.Source
	// Partition is the sandbox's partition; empty means aws.
	Partition string
	// Organization answers the aws:PrincipalOrg keys; nil means that there is none.
	Organization ports.Organization
	// Policies find the resource-based policies of other services (lambda's layer versions). Trust policies are
	// found here. The first that knows an ARN answers.
	Policies []ports.ResourcePolicies
	Quirks   quirk.Set
}

// Service is the state of all accounts. IAM is global: Regions play no part.
type Service struct {
	Config
	accounts *pair.Table[account]
	aws      map[string]*managed // AWS managed policies by ARN
	cache    iampolicy.Cache
	sessions Sessions
	admin    []iampolicy.Source
	settled  atomic.Pointer[time.Time] // see SettleNow
}

var (
	_ call.Authorizer    = (*Service)(nil)
	_ ports.ServiceRoles = (*Service)(nil)
)

// account is the IAM state of one account.
type account struct {
	id       string
	mu       sync.RWMutex
	roles    map[string]*role    // by lower-case name: names are unique without regard to case
	policies map[string]*managed // customer managed policies by ARN
}

// New makes a service in which every account is empty.
func New(c Config) *Service {
	if c.Partition == "" {
		c.Partition = "aws"
	}
	s := &Service{Config: c}
	s.accounts = pair.NewTable(func(k pair.Key) *account {
		return &account{id: k.Account, roles: map[string]*role{}, policies: map[string]*managed{}}
	})
	s.aws = s.awsPolicies()
	administrator := s.aws[s.awsPolicyARN("AdministratorAccess")]
	s.admin = []iampolicy.Source{{Name: administrator.name, Policy: administrator.current().policy}}
	return s
}

// account is the state of the account that a caller acts in.
func (s *Service) account(id string) *account { return s.accounts.Get(id, "") }

// find is a role by name. The account is locked.
func (a *account) find(name string) (*role, error) {
	r := a.roles[strings.ToLower(name)]
	if r == nil || r.name != name {
		return nil, notFound("The role with name %s cannot be found.", name)
	}
	return r, nil
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{
		s.roleOps(), s.trustOps(), s.boundaryOps(), s.inlineOps(), s.managedOps(), s.versionOps(), s.attachOps(), s.tagOps(), s.linkedOps(),
	} {
		ops = append(ops, group...)
	}
	return ops
}
