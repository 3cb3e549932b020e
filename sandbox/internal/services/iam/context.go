package iam

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// who is a caller with its request: the source of all condition keys.
type who struct {
	caller     call.Caller
	permission call.Permission
	service    *Service
	principal  iampolicy.Principal
	session    *Session
	tags       map[string]string // of the role
	source     string            // ARN of the resource that a service acts for
}

const tagKey = "aws:principaltag/"

// requestKeys are the keys that operations put into their permissions. A document that reads any key which is neither
// here nor among the global ones is refused: the sandbox has no value for it.
func requestKeys() []string {
	return []string{
		"iam:passedtoservice", "iam:policyarn", "iam:permissionsboundary", "iam:awsservicename",
		"organizations:serviceprincipal", "sts:externalid", "sts:rolesessionname", "lambda:layer", "lambda:principal",
	}
}

// Compile reads a document as the sandbox understands it: also the condition keys must be ones that it knows.
func (s *Service) Compile(text string, kind iampolicy.Kind) (*iampolicy.Policy, error) {
	p, err := s.cache.Parse(text, kind)
	if err != nil {
		return nil, policyError(err)
	}
	for _, k := range p.Keys() {
		if !known(k) {
			return nil, apierr.Unsupported("the condition key %s", k)
		}
	}
	return p, nil
}

func known(key string) bool {
	if name, ok := strings.CutPrefix(key, tagKey); ok {
		return name != ""
	}
	if _, ok := globalKey(key); ok {
		return true
	}
	return slices.Contains(requestKeys(), key)
}

// value is the request's value of a key in lower case.
func (w *who) value(key string) ([]string, bool) {
	if get, ok := globalKey(key); ok {
		return get(w)
	}
	if name, ok := strings.CutPrefix(key, tagKey); ok {
		for k, v := range w.tags {
			if strings.EqualFold(k, name) {
				return []string{v}, true
			}
		}
		return nil, false
	}
	for k, v := range w.permission.Context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return nil, false
}

// one is a key's single value; an empty one means that the request does not have the key.
func one(v string) ([]string, bool) {
	if v == "" {
		return nil, false
	}
	return []string{v}, true
}

func yes(b bool) ([]string, bool) { return []string{strconv.FormatBool(b)}, true }

// globalKey finds a global condition key (IAM User Guide, "AWS global condition context keys").
func globalKey(key string) (func(*who) ([]string, bool), bool) {
	get, ok := globalKeys[key]
	return get, ok
}

// globalKeys is never written to.
var globalKeys = map[string]func(*who) ([]string, bool){
	"aws:principalarn":          (*who).principalARN,
	"aws:principalaccount":      func(w *who) ([]string, bool) { return one(w.principal.Account) },
	"aws:principalorgid":        func(w *who) ([]string, bool) { return w.organization(ports.Organization.ID) },
	"aws:principalorgpaths":     (*who).orgPaths,
	"aws:principaltype":         (*who).principalType,
	"aws:principalisawsservice": func(w *who) ([]string, bool) { return yes(w.principal.Service != "") },
	"aws:principalservicename":  func(w *who) ([]string, bool) { return one(w.principal.Service) },
	"aws:userid":                (*who).userID,
	"aws:username":              (*who).userName,
	"aws:requestedregion":       func(w *who) ([]string, bool) { return one(w.caller.Region) },
	"aws:resourceaccount":       (*who).resourceAccount,
	"aws:currenttime":           func(w *who) ([]string, bool) { return one(w.service.Clock.Now().Format(time.RFC3339)) },
	"aws:epochtime":             func(w *who) ([]string, bool) { return one(strconv.FormatInt(w.service.Clock.Now().Unix(), 10)) },
	// the sandbox's loopback port takes the place of AWS's TLS addresses
	"aws:securetransport": func(*who) ([]string, bool) { return yes(true) },
	"aws:sourceaccount":   (*who).sourceAccount,
	"aws:sourcearn":       func(w *who) ([]string, bool) { return one(w.source) },
	"aws:calledvia":       (*who).via,
	"aws:calledviafirst":  (*who).via,
	"aws:calledvialast":   (*who).via,
	"aws:viaawsservice":   func(w *who) ([]string, bool) { return yes(w.caller.Via != "") },
}

// principalARN is the role's ARN for a session, not the session's.
func (w *who) principalARN() ([]string, bool) {
	if w.principal.Role != "" {
		return one(w.principal.Role)
	}
	return one(w.principal.ARN)
}

func (w *who) orgPaths() ([]string, bool) {
	return w.organization(func(o ports.Organization) string { return o.Path(w.principal.Account) })
}

func (w *who) principalType() ([]string, bool) {
	switch {
	case w.session != nil:
		return one("AssumedRole")
	case w.principal.ARN != "":
		return one("User")
	}
	return nil, false
}

func (w *who) userID() ([]string, bool) {
	switch {
	case w.session != nil:
		return one(w.session.UserID())
	case w.principal.ARN != "":
		return one(w.service.AdministratorID(w.caller.Account))
	}
	return nil, false
}

func (w *who) userName() ([]string, bool) {
	if w.session != nil || w.principal.ARN == "" {
		return nil, false
	}
	return one(w.principal.ARN[strings.LastIndexByte(w.principal.ARN, '/')+1:])
}

func (w *who) resourceAccount() ([]string, bool) {
	if owner := iampolicy.Account(w.permission.Resource); owner != "" {
		return one(owner)
	}
	return one(w.caller.Account)
}

// sourceAccount is the account that a service acts for.
func (w *who) sourceAccount() ([]string, bool) {
	if w.principal.Service == "" {
		return nil, false
	}
	return one(w.caller.Account)
}

func (w *who) via() ([]string, bool) { return one(w.caller.Via) }

// AdministratorID is the unique id of an account's administrator.
func (s *Service) AdministratorID(account string) string {
	return "AIDA" + s.IDs.At(account, "", "user", "administrator", 0).Upper(17)
}

// organization is a fact about the organization of the caller's account.
func (w *who) organization(f func(ports.Organization) string) ([]string, bool) {
	o := w.service.Organization
	if o == nil || w.principal.Account == "" {
		return nil, false
	}
	if _, member := o.Account(w.principal.Account); !member {
		return nil, false
	}
	return one(f(o))
}
