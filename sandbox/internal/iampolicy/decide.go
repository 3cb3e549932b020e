package iampolicy

import "strings"

// Source is an identity policy with the name under which it is attached.
type Source struct {
	Name   string
	Policy *Policy
}

// Check is a request with the policies that apply to it.
type Check struct {
	Request
	Identity []Source
	// Boundary is the principal's permissions boundary, or nil.
	Boundary *Policy
	// Session are the session policies: a request is allowed if one of them allows it. Nil means that there are none.
	Session []*Policy
	// Resource is the policy of the resource, a role's trust policy for sts:AssumeRole, or nil.
	Resource *Policy
	// CrossAccount says that the resource and the principal are in different accounts: then both an identity policy
	// and the resource's policy must allow.
	CrossAccount bool
	// ResourceDecides says that the resource's policy must allow, even in the same account: a role's trust policy.
	ResourceDecides bool
}

// Layer is a kind of policy in a decision.
type Layer string

// The kinds of policies in the words of AWS's error texts.
const (
	IdentityLayer Layer = "identity-based policy"
	ResourceLayer Layer = "resource-based policy"
	SessionLayer  Layer = "session policy"
	BoundaryLayer Layer = "permissions boundary"
)

// Decision is the answer to a Check.
type Decision struct {
	Allowed bool
	// Explicit says that a Deny statement decided; Layer is where. Without it, Layer is the kind of policy whose
	// permission was missing.
	Explicit bool
	Layer    Layer
	// Granted says that an identity policy allowed the request; Grant is the statement.
	Granted bool
	Grant   Grant
}

// Decide evaluates the request as AWS does: an explicit deny in any policy wins; otherwise every policy that must allow
// has to.
//
// In one account a resource policy that names the user or session grants by itself; one that names the role (or
// everyone) grants too, but within the session policy and boundary; one that names the account leaves the decision
// to the identity policies.
func (c *Check) Decide() Decision {
	action := strings.ToLower(c.Action)
	identity, granted, denied := c.identity(action)
	if denied {
		return Decision{Explicit: true, Layer: IdentityLayer}
	}
	boundary, session, resource := verdict{allow: true}, verdict{allow: true}, verdict{}
	if c.Boundary != nil {
		boundary = c.Boundary.judge(&c.Request, action)
	}
	if c.Session != nil {
		session = verdict{}
		for _, p := range c.Session {
			v := p.judge(&c.Request, action)
			session.deny = session.deny || v.deny
			session.allow = session.allow || v.allow
		}
	}
	if c.Resource != nil {
		resource = c.Resource.judge(&c.Request, action)
	}
	switch {
	case boundary.deny:
		return Decision{Explicit: true, Layer: BoundaryLayer}
	case session.deny:
		return Decision{Explicit: true, Layer: SessionLayer}
	case resource.deny:
		return Decision{Explicit: true, Layer: ResourceLayer}
	}
	if c.Principal.Service != "" || c.CrossAccount || c.ResourceDecides {
		if !resource.allow {
			return Decision{Layer: ResourceLayer}
		}
		if c.Principal.Service != "" {
			return Decision{Allowed: true}
		}
	}
	if !c.CrossAccount && resource.allow && resource.level == direct {
		return Decision{Allowed: true}
	}
	byResource := !c.CrossAccount && resource.allow && resource.level >= role
	switch {
	case !granted && !byResource:
		return Decision{Layer: IdentityLayer}
	case !boundary.allow:
		return Decision{Layer: BoundaryLayer}
	case !session.allow:
		return Decision{Layer: SessionLayer}
	}
	return Decision{Allowed: true, Granted: granted, Grant: identity}
}

// identity evaluates the identity policies. The first statement that allows is the grant.
func (c *Check) identity(action string) (g Grant, granted, denied bool) {
	for i := range c.Identity {
		v := c.Identity[i].Policy.judge(&c.Request, action)
		if v.deny {
			return g, false, true
		}
		if v.allow && !granted {
			g, granted = v.grant, true
			g.Source = i
		}
	}
	return g, granted, false
}

// Message is AWS's text for a denial.
func (d Decision) Message(r *Request) string {
	who := r.Principal.ARN
	if who == "" {
		who = r.Principal.Service
	}
	s := "User: " + who + " is not authorized to perform: " + r.Action
	if r.Resource != "" {
		s += " on resource: " + r.Resource
	}
	switch {
	case d.Explicit && d.Layer == IdentityLayer:
		return s + " with an explicit deny in an " + string(d.Layer)
	case d.Explicit:
		return s + " with an explicit deny in a " + string(d.Layer)
	}
	return s + " because no " + string(d.Layer) + " allows the " + r.Action + " action"
}
