package iampolicy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Principal is who makes a request.
type Principal struct {
	// ARN is the user's, or the session's (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION); empty for a service.
	ARN string
	// Role is the ARN of a session's role; empty for a user or a service.
	Role string
	// Account is the 12-digit account of the user or role; empty for a service.
	Account string
	// Service is the service principal of an AWS service that acts by itself; empty otherwise.
	Service string
}

// level is how exactly a Principal element names a caller.
type level int

const (
	none    level = iota
	account       // its account: the account's own policies decide
	role          // its role, or everyone
	direct        // the user, the session or the service itself
)

// principals is a compiled Principal or NotPrincipal element.
type principals struct {
	not      bool
	everyone bool     // "*", which covers services too
	allAWS   bool     // {"AWS": "*"}
	accounts []string // 12 digits
	arns     []string // as written; account roots are in accounts as well
	services []string
}

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	rootPattern    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):root$`)
	entityPattern  = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)/[\w+=,.@/-]+|sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+)$`)
	servicePattern = regexp.MustCompile(`^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.(?:com|com\.cn|eu)$`)
)

// parsePrincipals reads the element: "*", or an object of lists by kind.
func parsePrincipals(raw json.RawMessage, not bool) (*principals, error) {
	ps := &principals{not: not}
	var all string
	if json.Unmarshal(raw, &all) == nil {
		if all != "*" {
			return nil, malformed("Invalid principal in policy: %q", all)
		}
		ps.everyone = true
		return ps, nil
	}
	obj, err := object(raw)
	if err != nil || len(obj) == 0 {
		return nil, malformed("Syntax errors in policy.")
	}
	for _, m := range obj {
		values, err := stringList(m.value)
		if err != nil || len(values) == 0 {
			return nil, malformed("Syntax errors in policy.")
		}
		for _, v := range values {
			if err := ps.add(m.name, v); err != nil {
				return nil, err
			}
		}
	}
	return ps, nil
}

func (ps *principals) add(kind, v string) error {
	switch kind {
	case "AWS":
		root := rootPattern.FindStringSubmatch(v)
		switch {
		case v == "*":
			ps.allAWS = true
		case accountPattern.MatchString(v):
			ps.accounts = append(ps.accounts, v)
		case root != nil:
			ps.accounts = append(ps.accounts, root[1])
			ps.arns = append(ps.arns, v)
		case entityPattern.MatchString(v):
			ps.arns = append(ps.arns, v)
		default:
			return malformed(`Invalid principal in policy: "AWS":%q`, v)
		}
	case "Service":
		if !servicePattern.MatchString(v) {
			return malformed(`Invalid principal in policy: "SERVICE":%q`, v)
		}
		ps.services = append(ps.services, v)
	case "Federated", "CanonicalUser":
		return unsupported("the principal kind %s", kind)
	default:
		return malformed("Syntax errors in policy.")
	}
	return nil
}

// level says how the element names p. In a Deny statement the account's root means everyone in the account.
func (ps *principals) level(p *Principal, deny bool) level {
	l := ps.named(p)
	if ps.not {
		if l == none {
			return role
		}
		return none
	}
	if deny && l == account {
		return role
	}
	return l
}

func (ps *principals) named(p *Principal) level {
	if p.Service != "" {
		switch {
		case slices.Contains(ps.services, p.Service):
			return direct
		case ps.everyone:
			return role
		}
		return none
	}
	switch {
	case slices.Contains(ps.arns, p.ARN):
		return direct
	case p.Role != "" && slices.Contains(ps.arns, p.Role), ps.everyone, ps.allAWS:
		return role
	case slices.Contains(ps.accounts, p.Account):
		return account
	}
	return none
}

// Account is the account segment of an ARN, empty where it has none (and for "*").
func Account(arn string) string {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 {
		return ""
	}
	return f[4]
}
