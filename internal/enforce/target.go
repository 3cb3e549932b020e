package enforce

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/org"
)

// Selection is what a person asked to deploy to: some accounts, some OUs, or everything.
type Selection struct {
	Accounts []string
	Units    []string // ids or names
	All      bool
	Regions  []string
	// SelfManaged deploys through the execution roles of the accounts, not through AWS Organizations.
	SelfManaged bool
}

// Check finds contradictions before anything is asked of AWS.
func (s Selection) Check() error {
	given := 0
	for _, is := range []bool{len(s.Accounts) > 0, len(s.Units) > 0, s.All} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		return hint.With(fmt.Errorf("no accounts are chosen"), "give --accounts, --ou or --all")
	case given > 1:
		return hint.With(fmt.Errorf("--accounts, --ou and --all exclude each other"), "give one of them")
	case len(s.Regions) == 0:
		return hint.With(fmt.Errorf("no Regions are chosen"), "give --regions, as in --regions us-east-1,eu-west-1")
	case s.SelfManaged && len(s.Accounts) == 0:
		return hint.With(fmt.Errorf("a self-managed deployment goes to named accounts"), "give --accounts")
	}
	return nil
}

// stage is one step of a deployment: where a stack set operation goes.
type stage struct {
	Name     string
	units    []string // OU or root ids; nil in self-managed sets
	accounts []string // restriction to some accounts; nil for all below units
	regions  []string
	pairs    []fleet.Pair
}

// targets is a selection looked up in the organization.
type targets struct {
	tree       *org.Organization
	units      []string      // OU or root ids to deploy through; nil in self-managed sets
	restricted bool          // whether accounts narrow the units
	accounts   []org.Account // that get instances
	regions    []string
	uncovered  []fleet.NotCovered // asked for, but out of reach of the stack set
}

// lookUp finds accounts and units of a selection.
func lookUp(ctx context.Context, a *access.Access, s Selection) (*targets, error) {
	tree, err := org.ReadTree(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return nil, access.AtStart(err)
	}
	chosen, err := tree.Select(org.Selection{Accounts: s.Accounts, Units: s.Units})
	if err != nil {
		return nil, err
	}
	t := &targets{tree: tree, regions: slices.Clone(s.Regions)}
	if !s.SelfManaged {
		if err := t.through(s); err != nil {
			return nil, err
		}
	}
	for _, acct := range chosen {
		var reason fleet.Code
		switch {
		case !acct.Active():
			reason = acct.Reason()
		case acct.ID == tree.ManagementID && !s.SelfManaged && s.All:
			continue // left out by AWS; it is reported if it has functions to move
		case acct.ID == tree.ManagementID && !s.SelfManaged:
			reason = fleet.ManagementAccount
		default:
			t.accounts = append(t.accounts, acct)
			continue
		}
		for _, region := range s.Regions {
			t.uncovered = append(t.uncovered, fleet.NotCovered{Pair: fleet.Pair{AccountID: acct.ID, Region: region}, Reason: fleet.Reason{Code: reason}})
		}
	}
	if len(t.accounts) == 0 {
		return nil, hint.With(fmt.Errorf("none of the chosen accounts can get a stack instance"),
			"service-managed stack sets leave out the management account and suspended accounts; `layerfleet coverage` lists them")
	}
	return t, nil
}

// through finds the units that a service-managed deployment goes through.
func (t *targets) through(s Selection) error {
	if len(t.tree.Units) == 0 {
		return hint.With(fmt.Errorf("the account is in no organization, which service-managed stack sets need"), "give --self-managed and --accounts")
	}
	if len(s.Units) == 0 {
		t.units, t.restricted = []string{t.tree.Units[0].ID}, len(s.Accounts) > 0
		return nil
	}
	for _, name := range s.Units {
		u, err := t.tree.Unit(name)
		if err != nil {
			return err
		}
		t.units = append(t.units, u.ID)
	}
	return nil
}

// stages splits a deployment into a canary and the rest. canary names an OU or a Region; "none" means no canary,
// empty the organization's own OU called canary, or else the first Region.
func (t *targets) stages(canary string) ([]stage, error) {
	everywhere := t.stage("everywhere", t.accounts, t.regions)
	switch canary {
	case "none":
		return []stage{everywhere}, nil
	case "":
		if u, ok := t.canaryUnit(); ok {
			return t.unitFirst(u), nil
		}
		if len(t.regions) < 2 {
			return []stage{everywhere}, nil
		}
		canary = t.regions[0]
	}
	if slices.Contains(t.regions, canary) {
		rest := slices.DeleteFunc(slices.Clone(t.regions), func(r string) bool { return r == canary })
		first := t.stage("canary Region "+canary, t.accounts, []string{canary})
		if len(rest) == 0 {
			return []stage{first}, nil
		}
		return []stage{first, t.stage("the other Regions", t.accounts, rest)}, nil
	}
	u, err := t.tree.Unit(canary)
	if err != nil {
		return nil, hint.With(fmt.Errorf("--canary %s is neither one of the Regions nor an OU", canary), "give an OU's id or name, a Region, or none")
	}
	return t.unitFirst(u), nil
}

func (t *targets) canaryUnit() (org.Unit, bool) {
	for _, u := range t.tree.Units {
		if strings.EqualFold(u.Name, "canary") {
			return u, true
		}
	}
	return org.Unit{}, false
}

// unitFirst deploys to the chosen accounts of one OU, then to all the others.
func (t *targets) unitFirst(u org.Unit) []stage {
	inside := map[string]bool{}
	if below, err := t.tree.Select(org.Selection{Units: []string{u.ID}}); err == nil { // u is of this tree
		for _, acct := range below {
			inside[acct.ID] = true
		}
	}
	var first, rest []org.Account
	for _, acct := range t.accounts {
		if inside[acct.ID] {
			first = append(first, acct)
		} else {
			rest = append(rest, acct)
		}
	}
	if len(first) == 0 || len(rest) == 0 {
		return []stage{t.stage("everywhere", t.accounts, t.regions)}
	}
	canary := t.stage("canary OU "+u.Name, first, t.regions)
	if t.units != nil {
		canary.accounts = ids(first)
	}
	others := t.stage("the other accounts", rest, t.regions)
	// The last stage goes through the units themselves, so that accounts joining them later are covered too.
	return []stage{canary, others}
}

func (t *targets) stage(name string, accounts []org.Account, regions []string) stage {
	s := stage{Name: name, units: t.units, regions: regions}
	if t.restricted || t.units == nil {
		s.accounts = ids(accounts)
	}
	for _, acct := range accounts {
		for _, r := range regions {
			s.pairs = append(s.pairs, fleet.Pair{AccountID: acct.ID, Region: r})
		}
	}
	return s
}

func ids(accounts []org.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = a.ID
	}
	return out
}

// deployment is the stage as CreateStackInstances wants it: either accounts (self-managed) or deployment targets.
func (s stage) deployment() (accounts []string, dt *types.DeploymentTargets) {
	if s.units == nil {
		return s.accounts, nil
	}
	dt = &types.DeploymentTargets{OrganizationalUnitIds: s.units}
	if s.accounts != nil {
		dt.Accounts = s.accounts
		dt.AccountFilterType = types.AccountFilterTypeIntersection
	}
	return nil, dt
}

// autoDeployment covers accounts that join the units later, unless the deployment names its accounts.
func (t *targets) autoDeployment() *types.AutoDeployment {
	if t.units == nil {
		return nil
	}
	if t.restricted {
		return &types.AutoDeployment{Enabled: aws.Bool(false)}
	}
	return &types.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(false)}
}
