package iam

import (
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// usage counts which parts of a role's policies allowed calls.
type usage struct {
	mu     sync.Mutex
	counts map[grantKey]uint64
	at     time.Time
	region string
}

type grantKey struct {
	policy string
	grant  iampolicy.Grant // Source is 0: the policy is known by its name
}

func (u *usage) add(policy string, g iampolicy.Grant, at time.Time, region string) {
	g.Source = 0
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.counts == nil {
		u.counts = map[grantKey]uint64{}
	}
	u.counts[grantKey{policy, g}]++
	u.at, u.region = at, region
}

// forget drops what is known about a policy whose text is no longer the one that was counted.
func (u *usage) forget(policy string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for k := range u.counts {
		if k.policy == policy {
			delete(u.counts, k)
		}
	}
}

func (u *usage) last() *types.RoleLastUsed {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.at.IsZero() {
		return &types.RoleLastUsed{}
	}
	at, region := u.at.Truncate(time.Second), u.region
	return &types.RoleLastUsed{LastUsedDate: &at, Region: &region}
}

// GrantUse is one Allow statement of a role's policies with how often each of its patterns allowed a call.
// Of several statements that allow the same call the first is counted, so a grant that repeats another stays at 0.
type GrantUse struct {
	Policy    string // name of an inline policy, or ARN of a managed one
	Statement int    // index in the document
	Sid       string
	Actions   []PatternUse
	Resources []PatternUse
}

// PatternUse is an action or resource pattern with its count.
type PatternUse struct {
	Pattern string
	Uses    uint64
}

// Grants says which of a role's permissions were used, for tests that find those which nobody uses.
// It answers false when there is no such role.
func (s *Service) Grants(accountID, roleName string) ([]GrantUse, bool) {
	a := s.account(accountID)
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, err := a.find(roleName)
	if err != nil {
		return nil, false
	}
	r.usage.mu.Lock()
	defer r.usage.mu.Unlock()
	var out []GrantUse
	for _, src := range r.sources {
		for i := range src.Policy.Statements {
			st := &src.Policy.Statements[i]
			if st.Deny {
				continue
			}
			g := GrantUse{Policy: src.Name, Statement: i, Sid: st.Sid, Actions: patterns(st.Actions), Resources: patterns(st.Resources)}
			for k, n := range r.usage.counts {
				if k.policy == src.Name && k.grant.Statement == i {
					g.Actions[k.grant.Action].Uses += n
					g.Resources[k.grant.Resource].Uses += n
				}
			}
			out = append(out, g)
		}
	}
	return out, true
}

func patterns(texts []string) []PatternUse {
	out := make([]PatternUse, len(texts))
	for i, t := range texts {
		out[i].Pattern = t
	}
	return out
}

// RoleNames are the names of an account's roles, service-linked ones included, in no order.
func (s *Service) RoleNames(accountID string) []string {
	a := s.account(accountID)
	a.mu.RLock()
	defer a.mu.RUnlock()
	out := make([]string, 0, len(a.roles))
	for _, r := range a.roles {
		out = append(out, r.name)
	}
	return out
}
