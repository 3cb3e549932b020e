// Package ports are the facts that one sandbox service asks of another without making a call.
//
// What acts goes through the dispatcher; what is only known goes through a port: no IAM, no quota, no log.
// The sandbox package ties the ends together.
package ports

import (
	"iter"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// FunctionChange is one change of a function's recorded state. Before is nil for a new function, After for a
// deleted one.
type FunctionChange struct {
	Before, After *function.Record
}

// Functions is the feed from lambda to the Config recorder.
type Functions interface {
	// Subscribe adds a listener. It is called in order of change for each function, while a lock of lambda is held:
	// it must be quick and call neither lambda nor the dispatcher.
	Subscribe(func(FunctionChange))
	// All are the functions of a pair in order of name.
	All(account, region string) iter.Seq[*function.Record]
}

// Lives says what calls of functions executed, and since when.
type Lives interface {
	// Life is the history of a function, deleted ones included, or false for a name that never was.
	Life(account, region, name string) (function.Life, bool)
	// Names are those of all functions that ever were in a pair, in order.
	Names(account, region string) []string
}

// Tagged lists what has tags in a service.
type Tagged interface {
	// Tagged are the resources of a pair that have tags, or had some, by ARN in order, behind an ARN or from the first.
	Tagged(account, region, after string) iter.Seq2[string, map[string]string]
}

// Account is an account of the organization.
type Account struct {
	ID    string
	State string // ACTIVE, SUSPENDED, PENDING_CLOSURE, CLOSED
}

// Organization is what the organizations service knows.
type Organization interface {
	ID() string // o-…
	ManagementAccount() string
	Account(id string) (Account, bool)
	// Accounts are all accounts in order of id, the management account included.
	Accounts() []Account
	// Under are the accounts in an OU or root and all OUs below it, in order of id, or false if there is no such parent.
	Under(parent string) ([]string, bool)
	// Path is o-…/r-…/ou-…/ of an account (the form of aws:PrincipalOrgPaths).
	Path(account string) string
	// ServiceAccess says whether trusted access is on for a service principal.
	ServiceAccess(principal string) bool
	// SubscribeAccounts adds a listener that is given the id of an account which came, moved to another OU or changed its
	// state; it must be quick and call neither organizations nor the dispatcher.
	SubscribeAccounts(func(account string))
}

// Regions says which Regions an account may use.
type Regions interface {
	// All are the Regions of the sandbox's partition, sorted.
	All() []string
	// Enabled says whether the Region is on for the account.
	Enabled(account, region string) bool
}

// ResourcePolicies finds the resource-based policy of an ARN (layer versions), as JSON text.
type ResourcePolicies interface {
	ResourcePolicy(arn string) (policy string, found bool)
}

// Credential is what the server checks a signature with, and who the caller is.
type Credential struct {
	Secret  string
	Token   string    // session token, empty for long-lived keys
	Expires time.Time // real time; zero for long-lived keys
	Caller  call.Caller
}

// Credentials finds the owner of an access key.
type Credentials interface {
	Credential(accessKey string) (Credential, bool)
}

// ServiceRoles makes the service-linked roles that AWS makes by itself.
type ServiceRoles interface {
	// EnsureServiceRole returns the ARN of the account's service-linked role for a service principal
	// (remediation.config.amazonaws.com), making it at first use.
	EnsureServiceRole(account, service string) (arn string, err error)
}

// AutomationEnd says that an automation execution reached a final status.
type AutomationEnd struct {
	Account, Region, ExecutionID string
	Status                       string // Success, Failed, TimedOut, Cancelled
	Failure                      string // message of the failed step
	Steps                        []AutomationStep
}

// AutomationStep is how far one step of an ended automation came.
type AutomationStep struct {
	Name    string
	Status  string    // as of the automation, or Pending for a step that was not reached
	Failure string    // message, if it failed
	Started time.Time // zero if it was not reached
	Ended   time.Time
}

// Automations is the feed of finished automations from ssm to Config's remediation.
type Automations interface {
	// SubscribeAutomations adds a listener; it must be quick and call neither ssm nor the dispatcher.
	SubscribeAutomations(func(AutomationEnd))
}
