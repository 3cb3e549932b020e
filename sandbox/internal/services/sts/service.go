// Package sts is the sandbox's AWS Security Token Service: it turns roles into sessions with keys of their own.
//
// The sessions live in the iam service, which judges their calls. They end in real time, whatever the sandbox's
// speed: the SDKs compare expirations with the machine's clock.
package sts

import (
	"crypto/rand"
	"regexp"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
)

// Config is what the service gets from the sandbox.
type Config struct {
	IAM          *iam.Service
	Organization ports.Organization
	// Secret is the secret key of all administrators; the sandbox prints it.
	Secret string
	// Outsider is an account that acts although it is in no organization.
	Outsider string
}

// Service issues sessions and knows the owners of access keys.
type Service struct{ Config }

var _ ports.Credentials = (*Service)(nil)

// New makes a service.
func New(c Config) *Service { return &Service{Config: c} }

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	return []*call.Op{
		s.assumeRoleOp(),
		call.Operation("sts", "GetCallerIdentity", s.getCallerIdentity).NoAuth(),
		call.Operation("sts", "GetAccessKeyInfo", s.getAccessKeyInfo).Accepts("AccessKeyId"),
	}
}

var accountPattern = regexp.MustCompile(`^\d{12}$`)

// Credential implements [ports.Credentials]: an administrator's key is its 12-digit account, all others are keys of
// sessions. Accounts that are not active have no valid keys.
func (s *Service) Credential(accessKey string) (ports.Credential, bool) {
	if accountPattern.MatchString(accessKey) {
		if !s.active(accessKey) {
			return ports.Credential{}, false
		}
		c := call.Administrator(accessKey, "")
		c.Principal = "arn:" + s.IAM.Partition + strings.TrimPrefix(c.Principal, "arn:aws")
		return ports.Credential{Secret: s.Secret, Caller: c}, true
	}
	x, ok := s.IAM.Sessions().Get(accessKey)
	if !ok || !s.active(x.Caller.Account) {
		return ports.Credential{}, false
	}
	return ports.Credential{Secret: x.Secret, Token: x.Token, Expires: x.Expires, Caller: x.Caller}, true
}

// active says whether an account may act: it is in the organization and not suspended or closed, or it is the outsider.
func (s *Service) active(account string) bool {
	a, ok := s.Organization.Account(account)
	return ok && a.State == "ACTIVE" || !ok && account == s.Outsider
}

// key draws n random characters of an access key.
func key(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}
