// Package seed draws an organization to fill a sandbox with: accounts in OUs, layers with several versions, and
// the functions of many teams, awkward ones included. It only describes; the sandbox package builds it.
//
// The same options give the same organization, whatever the machine.
package seed

import (
	"fmt"
	"strconv"
)

// ManagementAccount owns the organization and its layers. Members count up from it.
const ManagementAccount = 100000000000

const managementName = "management"

// Options size an organization.
type Options struct {
	Accounts  int      // with the management account; at least 1
	Regions   []string // the first is the home Region
	Functions int
	Seed      uint64
	// Clean leaves out everything that cannot be covered or remediated, and gives each layer version the same
	// number in every Region.
	Clean bool
	// Empty leaves bare accounts below the root.
	Empty bool
}

// Organization is a described organization.
type Organization struct {
	Options
	Units    []Unit
	Accounts []Account
	Layers   []Layer
}

// Unit is an organizational unit. Parent is the Name of another unit, or empty for the root.
type Unit struct{ Name, Parent string }

// Account is one account of the organization.
type Account struct {
	ID, Name string
	Unit     string // Name of its unit, or empty for the root
	Trouble  Trouble
	Recorder bool // whether AWS Config records in its Regions
}

// Trouble is what is wrong with an account, or empty.
type Trouble string

// The troubles.
const (
	NoRecorder Trouble = "no recorder"
	Suspended  Trouble = "suspended"
)

// Names of the units that the demo and the docs refer to.
const (
	UnitCanary     = "Canary"
	UnitWorkloads  = "Workloads"
	UnitProduction = "Production"
	UnitSandbox    = "Development"
	UnitSuspended  = "Suspended"
)

// New draws the organization; its functions are drawn one by one by [Organization.Functions].
func New(o Options) (*Organization, error) {
	if o.Accounts < 1 || o.Accounts > 100000 {
		return nil, fmt.Errorf("a fleet has 1 to 100000 accounts, not %d", o.Accounts)
	}
	if len(o.Regions) == 0 {
		return nil, fmt.Errorf("a fleet needs a Region")
	}
	if o.Functions < 0 {
		return nil, fmt.Errorf("a fleet cannot have %d functions", o.Functions)
	}
	f := &Organization{Options: o}
	if o.Empty {
		for i := range o.Accounts {
			f.Accounts = append(f.Accounts, Account{ID: strconv.Itoa(ManagementAccount + i), Name: fmt.Sprintf("account-%02d", i)})
		}
		f.Accounts[0].Name = managementName
		return f, nil
	}
	f.Units = []Unit{
		{Name: UnitCanary},
		{Name: UnitWorkloads},
		{Name: UnitProduction, Parent: UnitWorkloads},
		{Name: UnitSandbox, Parent: UnitWorkloads},
		{Name: UnitSuspended},
	}
	f.Layers = layers(o)
	f.Accounts = f.drawAccounts()
	return f, nil
}

// drawAccounts gives the first member to the canary unit, the last two (of a fleet with room for them) the
// troubles of real organizations, and spreads the others over the workload units.
func (f *Organization) drawAccounts() []Account {
	out := []Account{{ID: strconv.Itoa(ManagementAccount), Name: managementName, Recorder: true}}
	for i := 1; i < f.Options.Accounts; i++ {
		a := Account{ID: strconv.Itoa(ManagementAccount + i), Recorder: true}
		switch {
		case i == 1 || i%20 == 0:
			a.Unit = UnitCanary
		case i%3 == 0:
			a.Unit = UnitSandbox
		default:
			a.Unit = UnitProduction
		}
		a.Name = fmt.Sprintf("%s-%02d", map[string]string{UnitCanary: "canary", UnitSandbox: "dev", UnitProduction: "prod"}[a.Unit], i)
		if !f.Clean && f.Options.Accounts >= minTroubled {
			switch i {
			case f.Options.Accounts - 1:
				a.Unit, a.Trouble, a.Name = UnitSuspended, Suspended, "closed-team"
			case f.Options.Accounts - 2:
				a.Trouble, a.Recorder, a.Name = NoRecorder, false, "acquired"
			}
		}
		out = append(out, a)
	}
	return out
}

// minTroubled is the size from which a fleet has an account without a recorder and a suspended one.
const minTroubled = 5
