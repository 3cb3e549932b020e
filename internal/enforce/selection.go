package enforce

import (
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
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

// pairs are the places of the selection: accounts × Regions, each with the unit that leads there.
func (t *targets) places(accounts []org.Account, regions []string) []stackset.Place {
	var out []stackset.Place
	for _, acct := range accounts {
		unit := ""
		for _, u := range t.units {
			if unit == "" && t.tree.Below(acct, []string{u}) {
				unit = u
			}
		}
		for _, region := range regions {
			out = append(out, stackset.Place{Pair: fleet.Pair{AccountID: acct.ID, Region: region}, Unit: unit})
		}
	}
	return out
}

func (t *targets) ids() []string {
	out := make([]string, len(t.accounts))
	for i, a := range t.accounts {
		out[i] = a.ID
	}
	return out
}

// remembered is what the template keeps of the targets, so that a deployment that was cut short is not taken for a
// complete one: units where the accounts that join them count too, else the accounts.
func (t *targets) remembered() map[string]runbook.Targets {
	here := runbook.Targets{Units: t.units}
	if t.restricted || t.units == nil {
		here = runbook.Targets{Accounts: t.ids()}
	}
	out := map[string]runbook.Targets{}
	for _, region := range t.regions {
		out[region] = here
	}
	return out
}
