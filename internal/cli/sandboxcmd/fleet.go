package sandboxcmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/rehearsal"
	local "github.com/layerfleet/layerfleet/sandbox"
)

// FleetFlags size the organization that a sandbox starts with. `sandbox` and `demo` share them.
type FleetFlags struct {
	accounts, functions int
	regions             command.List
	seed                uint64
	clean               bool
	speed               float64
	quirks              quirks
}

// Add gives a command the flags.
func (o *FleetFlags) Add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&o.accounts, "accounts", local.DefaultAccounts, "number of accounts, the management account included")
	flags.Var(&o.regions, "regions", "Regions, the home Region first (default "+strings.Join(local.DefaultRegions(), ",")+")")
	flags.IntVar(&o.functions, "functions", 600, "number of functions")
	flags.Uint64Var(&o.seed, "seed", 1, "seed that the organization is generated from: the same seed gives the same one")
	flags.BoolVar(&o.clean, "clean", false, "leave out accounts that cannot be covered and functions that cannot be remediated")
	flags.Float64Var(&o.speed, "speed", local.DefaultSpeed, "how many seconds pass in the sandbox in one real second")
	flags.Var(&o.quirks, "quirk", "the side to take where AWS's documents leave something open; see docs/sandbox.md")
}

// Options checks the flags.
func (o *FleetFlags) Options() (local.Options, error) {
	regions := slices.Clone(o.regions)
	if len(regions) == 0 {
		regions = local.DefaultRegions()
	}
	for _, r := range regions {
		if !layer.ValidRegion(r) {
			return local.Options{}, hint.With(fmt.Errorf("--regions: %q is not the name of a Region", r), "a Region looks like eu-west-1")
		}
		if p := layer.PartitionOf(r); p != "aws" {
			return local.Options{}, fmt.Errorf("--regions: %s is in partition %s, but the sandbox is in aws", r, p)
		}
	}
	switch {
	case o.accounts < 1 || o.accounts > 100000:
		return local.Options{}, fmt.Errorf("--accounts must be between 1 and 100000, not %d", o.accounts)
	case o.functions < 0:
		return local.Options{}, fmt.Errorf("--functions must be 0 or more, not %d", o.functions)
	case o.speed <= 0 || o.speed > local.MaxSpeed:
		return local.Options{}, fmt.Errorf("--speed must be above 0 and at most %d, not %g", local.MaxSpeed, o.speed)
	}
	return local.Options{
		Accounts: o.accounts, Regions: regions, Functions: o.functions,
		Seed: o.seed, Clean: o.clean, Speed: o.speed, Roles: rehearsal.Roles(), Quirks: o.quirks,
	}, nil
}

// Size says for people how large an organization is.
func Size(o local.Options) string {
	return count.Of(o.Accounts, "account") + ", " + count.Of(len(o.Regions), "Region") + ", " + count.Of(o.Functions, "function")
}
