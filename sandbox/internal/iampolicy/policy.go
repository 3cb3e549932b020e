// Package iampolicy is the IAM policy language: it reads policy documents and decides requests.
//
// It has no service and no state. [Parse] compiles a document once (see [Cache]). A [Check] is a request with the policies
// that apply to it, and [Check.Decide] is the decision with the statements that made it. Grammar and evaluation follow the IAM User Guide, "IAM JSON policy elements reference" and "Policy
// evaluation logic". It has no organization policies (SCP, RCP) and no ACLs.
package iampolicy

import "strings"

// Kind is the use of a document. The elements that it must and must not have depend on it.
type Kind int

const (
	// Identity is attached to a role, or is a session policy or permissions boundary: no Principal.
	Identity Kind = iota
	// Resource is attached to a resource: Principal and Resource.
	Resource
	// Trust is a role's AssumeRolePolicyDocument: Principal, but no Resource.
	Trust
)

// Policy is a compiled document. It is immutable and safe for concurrent use.
type Policy struct {
	Version    string // 2012-10-17, or 2008-10-17 (also when absent)
	ID         string
	Statements []Statement
}

// Statement is one compiled statement.
type Statement struct {
	Sid  string
	Deny bool
	// Actions are the action patterns as written (NotAction's when NotActions is set).
	Actions    []string
	NotActions bool
	// Resources are the resource patterns as written; empty in a trust policy.
	Resources    []string
	NotResources bool

	actions    []pattern // lower case
	resources  []pattern
	principals *principals
	conditions []condition
}

// Request is a request of a caller.
type Request struct {
	Principal Principal
	Action    string // SERVICE:Name; compared without regard to case
	Resource  string // ARN or "*"
	// Value is the request's value of a condition key, which is in lower case; ok is false if it has none.
	Value func(key string) (values []string, ok bool)
}

// Grant says which part of a policy allowed a request: indexes into Statements, Actions and Resources.
type Grant struct {
	Source                      int // index into Check.Identity
	Statement, Action, Resource int
}

// verdict is the result of one policy for a request.
type verdict struct {
	deny  bool
	allow bool
	level level // how the Principal element named the caller, of the allowing statements the closest
	grant Grant
}

// judge evaluates all statements. action is the request's action in lower case.
func (p *Policy) judge(r *Request, action string) verdict {
	var v verdict
	for i := range p.Statements {
		st := &p.Statements[i]
		if v.allow && !st.Deny && v.level >= direct {
			continue
		}
		lvl, ai, ri, ok := st.applies(r, action)
		switch {
		case !ok:
		case st.Deny:
			v.deny = true
			return v
		case !v.allow || lvl > v.level:
			v.allow, v.level, v.grant = true, lvl, Grant{Statement: i, Action: ai, Resource: ri}
		}
	}
	return v
}

// applies says whether a statement applies to a request, and by which of its patterns.
func (st *Statement) applies(r *Request, action string) (lvl level, ai, ri int, ok bool) {
	if ai, ok = matchAny(st.actions, st.NotActions, action, r); !ok {
		return 0, 0, 0, false
	}
	if len(st.resources) > 0 {
		if ri, ok = matchAny(st.resources, st.NotResources, r.Resource, r); !ok {
			return 0, 0, 0, false
		}
	}
	lvl = direct
	if st.principals != nil {
		if lvl = st.principals.level(&r.Principal, st.Deny); lvl == none {
			return 0, 0, 0, false
		}
	}
	for i := range st.conditions {
		if !st.conditions[i].holds(r) {
			return 0, 0, 0, false
		}
	}
	return lvl, ai, ri, true
}

// matchAny finds the first pattern that matches. With not, it is true if none does.
func matchAny(ps []pattern, not bool, s string, r *Request) (int, bool) {
	for i := range ps {
		if ps[i].match(s, r) {
			return i, !not
		}
	}
	return 0, not
}

// Keys are the condition keys that the policy reads, in conditions and policy variables, in lower case and without
// repetition. A key with a name after its slash is the whole key ("aws:principaltag/team").
func (p *Policy) Keys() []string {
	seen := map[string]bool{}
	var keys []string
	add := func(k string) {
		if !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	for i := range p.Statements {
		st := &p.Statements[i]
		for _, pt := range st.resources {
			pt.keys(add)
		}
		for _, c := range st.conditions {
			add(c.key)
			for _, pt := range c.patterns {
				pt.keys(add)
			}
		}
	}
	return keys
}

// PrincipalARNs are the user, role and session ARNs in Principal elements (not account roots).
func (p *Policy) PrincipalARNs() []string {
	var out []string
	for i := range p.Statements {
		if ps := p.Statements[i].principals; ps != nil {
			for _, a := range ps.arns {
				if !strings.HasSuffix(a, ":root") {
					out = append(out, a)
				}
			}
		}
	}
	return out
}
