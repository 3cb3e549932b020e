package sandbox

import (
	"slices"

	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
)

// Outsider is an account of somebody else: it has an administrator's key like all others, but is in no organization.
// It shows what a layer's grants keep out.
const Outsider = "900000000001"

// Trouble is what is wrong with an account of a drawn organization, as in real ones. Organizations of five accounts
// or more that are not [Options.Clean] have one account of each.
type Trouble string

// The troubles.
const (
	NoRecorder Trouble = "no recorder" // AWS Config records nothing in the account
	Suspended  Trouble = "suspended"   // nobody can act in the account
)

// Home is the Region of the aggregator and the stack sets.
func (s *Sandbox) Home() string { return s.options.Regions[0] }

// Regions are those that accounts can use, the home Region first.
func (s *Sandbox) Regions() []string { return slices.Clone(s.options.Regions) }

// Management is the id of the management account.
func (s *Sandbox) Management() string { return s.plan.Accounts[0].ID }

// Accounts are the ids of all accounts that Start made, the management account first.
func (s *Sandbox) Accounts() []string {
	out := make([]string, len(s.plan.Accounts))
	for i, a := range s.plan.Accounts {
		out[i] = a.ID
	}
	return out
}

// Troubled are the accounts that Start gave a trouble.
func (s *Sandbox) Troubled(t Trouble) []string {
	var out []string
	for _, a := range s.plan.Accounts {
		if t != "" && a.Trouble == seed.Trouble(t) {
			out = append(out, a.ID)
		}
	}
	return out
}

// Healthy are the members that Start gave no trouble.
func (s *Sandbox) Healthy() []string {
	var out []string
	for _, a := range s.plan.Accounts[1:] {
		if a.Trouble == "" {
			out = append(out, a.ID)
		}
	}
	return out
}

// Suspended says whether an account is suspended now: its keys and roles cannot be used.
func (s *Sandbox) Suspended(account string) bool {
	a, ok := s.organization.Account(account)
	return ok && a.State != "ACTIVE"
}

// RoleNames are the names of an account's roles, in no order.
func (s *Sandbox) RoleNames(account string) []string { return s.iam.RoleNames(account) }
