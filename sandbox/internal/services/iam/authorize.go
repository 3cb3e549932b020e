package iam

import (
	"context"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// assumeRole is the one action whose resource policy, the role's trust policy, must allow whatever else does.
const assumeRole = "sts:AssumeRole"

// Authorize implements [call.Authorizer].
func (s *Service) Authorize(ctx context.Context, op *call.Op, c call.Caller, n call.Permission) error {
	return s.check(ctx, op.Service, c, n, nil)
}

// check decides on a permission. trust, where given, is the role's trust policy.
func (s *Service) check(ctx context.Context, service string, c call.Caller, n call.Permission, trust *iampolicy.Policy) error {
	w := who{caller: c, permission: n, service: s, source: iampolicy.SourceARN(ctx)}
	k := iampolicy.Check{Resource: trust, ResourceDecides: n.Action == assumeRole}
	r := s.identify(&w, &k)
	owner := iampolicy.Account(n.Resource)
	// AWS's own resources (managed policies, public documents) and the organization belong to everyone who may
	// name them; with whom a document is shared is for Systems Manager to say.
	k.CrossAccount = owner != "" && owner != "aws" && owner != c.Account && service != "organizations" && !strings.HasPrefix(n.Action, "ssm:")
	if k.Resource == nil {
		var err error
		if k.Resource, err = s.resourcePolicy(n); err != nil {
			return err
		}
	}
	k.Request = iampolicy.Request{Principal: w.principal, Action: n.Action, Resource: n.Resource, Value: w.value}
	d := k.Decide()
	if d.Allowed {
		if d.Granted && r != nil {
			r.usage.add(k.Identity[d.Grant.Source].Name, d.Grant, s.Clock.Now(), c.Region)
		}
		return nil
	}
	message := d.Message(&k.Request)
	if n.Action == assumeRole {
		message, _, _ = strings.Cut(message, " because no ")
	}
	return denied(service, message)
}

// identify finds who the caller is and the policies that it brings. It returns the role of a session.
func (s *Service) identify(w *who, k *iampolicy.Check) *role {
	c := w.caller
	if c.IsService() {
		w.principal = iampolicy.Principal{Service: c.Principal}
		return nil
	}
	w.principal = iampolicy.Principal{ARN: c.Principal, Account: c.Account}
	if c.AccessKey == c.Account && strings.HasSuffix(c.Principal, ":user/administrator") {
		k.Identity = s.admin
		return nil
	}
	sess, ok := s.sessions.Get(c.AccessKey)
	if !ok || sess.Caller.Principal != c.Principal {
		return nil // a caller without a session has no policies
	}
	w.session = sess
	w.principal.Role = sess.RoleARN
	k.Session = sess.Policies
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, err := a.find(sess.RoleName)
	if err != nil || r.id != sess.RoleID {
		return nil // the role is gone, or another one has its name
	}
	now := s.inForce(r)
	k.Identity, w.tags = now.sources, r.tags
	if now.boundary != nil {
		k.Boundary = now.boundary.current().policy
	}
	return r
}

// resourcePolicy is the policy of the resource that a call is about: a role's trust policy for sts, otherwise what
// the other services know.
func (s *Service) resourcePolicy(n call.Permission) (*iampolicy.Policy, error) {
	if !strings.HasPrefix(n.Resource, "arn:") {
		return nil, nil
	}
	if strings.HasPrefix(n.Action, "sts:") {
		if r, ok := s.Role(n.Resource); ok {
			return r.trust, nil
		}
		return nil, nil
	}
	for _, p := range s.Policies {
		if text, ok := p.ResourcePolicy(n.Resource); ok {
			return s.Compile(text, iampolicy.Resource)
		}
	}
	return nil, nil
}

// RoleFact is what other services may know about a role.
type RoleFact struct {
	ARN, ID, Name, Account string
	MaxSession             int32 // seconds

	trust *iampolicy.Policy
}

// Role finds a role by its ARN, path included.
func (s *Service) Role(arn string) (RoleFact, bool) {
	id := iampolicy.Account(arn)
	a, ok := s.accounts.Find(id, "")
	if !ok {
		return RoleFact{}, false
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, err := a.find(roleNameOf(arn))
	if err != nil || r.arn != arn {
		return RoleFact{}, false
	}
	return RoleFact{ARN: r.arn, ID: r.id, Name: r.name, Account: id, MaxSession: r.maxSession, trust: s.inForce(r).trust}, true
}

// Assumable says whether a service, acting for an account, may assume a role: what services check when a role is
// given to them. ctx may carry the source ([iampolicy.WithSourceARN]).
func (s *Service) Assumable(ctx context.Context, service, account, roleARN string) bool {
	r, ok := s.Role(roleARN)
	if !ok {
		return false
	}
	c := call.ServiceCaller(service, account, "")
	return s.check(ctx, "sts", c, call.Permission{Action: assumeRole, Resource: roleARN}, r.trust) == nil
}

// ManagedPolicy is the default version of a managed policy: AWS's, or one of the account's own.
func (s *Service) ManagedPolicy(account, arn string) (*iampolicy.Policy, error) {
	m, err := s.policy(account, arn)
	if err != nil {
		return nil, err
	}
	a := s.account(account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	return m.current().policy, nil
}
