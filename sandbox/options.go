package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultSpeed is how many seconds of the sandbox pass in one: a minute a second.
const DefaultSpeed = 60

// MaxSpeed is the fastest clock that leaves timers room to tell moments apart.
const MaxSpeed = 10000

// DefaultAccounts is how many accounts an organization has that says nothing else.
const DefaultAccounts = 12

// DefaultRegions are the Regions of an organization that names none; the first is the home Region.
func DefaultRegions() []string {
	return []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1"}
}

// Options size and place a sandbox. The zero value of each field means its default.
type Options struct {
	// Listen is the loopback address to serve on; default 127.0.0.1:0, a free port.
	Listen string
	// Accounts is how many accounts there are, with the management account; default [DefaultAccounts], or 1 if Empty.
	Accounts int
	// Regions are those that accounts can use, the home Region first; default [DefaultRegions].
	Regions []string
	// Functions is how many functions are drawn; default none.
	Functions int
	// Seed is what the organization and its ids are drawn from: the same options give the same organization.
	Seed uint64
	// Clean leaves out what cannot be covered or remediated: see [Trouble].
	Clean bool
	// Empty draws nothing but bare accounts below the root, with the roles that AWS makes and those of Roles: no
	// units, recorders, aggregator, layers or trusted services. It does not go with Functions or Clean.
	Empty bool
	// Roles are made in every account beside those that AWS makes.
	Roles []Role
	// Speed is how many seconds of the sandbox pass in one; default [DefaultSpeed], at most [MaxSpeed].
	Speed float64
	// Stepped makes time stand still until somebody waits on the sandbox's [Clock]. It does not go with Speed.
	Stepped bool
	// Begin is the time at which a Stepped sandbox begins; default now.
	Begin time.Time
	// Breaks are layer versions under which calls of functions fail, since ever: what CloudWatch shows of a bad release.
	Breaks []Break
	// Outages make calls of a whole Region fail for a while.
	Outages []Outage
	// Quirks choose sides where AWS's documents leave something open or state it in two ways, by name: see [Quirks].
	// Others are on their default side.
	Quirks map[string]string
	// Python is the interpreter of runbook scripts; default python3 of the PATH.
	Python string
	// OnCall is told of every call when it is over, refused ones too. Calls are made side by side, and wait for it:
	// it must be quick, safe for concurrent use, and make no call itself.
	OnCall func(Call)
}

func (o Options) withDefaults() (Options, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Accounts == 0 {
		o.Accounts = DefaultAccounts
		if o.Empty {
			o.Accounts = 1
		}
	}
	if len(o.Regions) == 0 {
		o.Regions = DefaultRegions()
	}
	switch {
	case o.Stepped && o.Speed != 0:
		return o, fmt.Errorf("the time of a stepped sandbox has no speed, such as %g", o.Speed)
	case !o.Stepped && !o.Begin.IsZero():
		return o, errors.New("only the time of a stepped sandbox can begin at will")
	case o.Stepped && o.Begin.IsZero():
		o.Begin = time.Now()
	case !o.Stepped && o.Speed == 0:
		o.Speed = DefaultSpeed
	}
	switch {
	case o.Speed < 0 || o.Speed > MaxSpeed:
		return o, fmt.Errorf("speed %g is not above 0 and at most %d", o.Speed, MaxSpeed)
	case o.Empty && (o.Functions != 0 || o.Clean):
		return o, errors.New("an empty organization has no functions, and nothing to leave out: Empty goes with neither Functions nor Clean")
	}
	for _, r := range o.Roles {
		if err := r.check(); err != nil {
			return o, err
		}
	}
	if err := CheckQuirks(o.Quirks); err != nil {
		return o, err
	}
	return o, o.checkTroubles()
}

// Role is an IAM role to make in every account: what a tool under test finds where its users deployed a template first.
type Role struct {
	Name string
	// Trust is the trust policy, as JSON; empty: the management account may assume the role.
	Trust string
	// Policy is the document of an inline policy named like the role, as JSON; empty: none.
	Policy string
	// Managed are the ARNs of managed policies.
	Managed []string
}

func (r Role) check() error {
	if strings.TrimSpace(r.Name) == "" {
		return errors.New("a role needs a name")
	}
	for kind, document := range map[PolicyKind]string{TrustPolicy: r.Trust, IdentityPolicy: r.Policy} {
		if document == "" {
			continue
		}
		if err := CheckPolicy(document, kind); err != nil {
			return fmt.Errorf("role %s: %s policy: %w", r.Name, kind, err)
		}
	}
	return nil
}
