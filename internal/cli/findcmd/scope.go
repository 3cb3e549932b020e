package findcmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/org"
)

// scopeFlags say which part of the fleet is asked about, and who answers.
type scopeFlags struct {
	accounts, units, regions command.List
	source                   inventory.Source
	aggregator               string
}

// add gives a command the flags; source is who is asked by default.
func (s *scopeFlags) add(cmd *cobra.Command, f *command.Factory, source inventory.Source) {
	flags := cmd.Flags()
	flags.Var(&s.accounts, "accounts", "only these accounts")
	flags.Var(&s.units, "ou", "only accounts in these organizational units, by id or name, and below")
	flags.Var(&s.regions, "regions", "only these Regions (default: those that each account has enabled)")
	other := map[inventory.Source]inventory.Source{inventory.Aggregator: inventory.Scan, inventory.Scan: inventory.Aggregator}[source]
	command.Choice(cmd, &s.source, "source", "", "who is asked: the aggregator of AWS Config, or Lambda in every pair by a scan", source, other)
	addAggregator(cmd, f, &s.aggregator)
}

func addAggregator(cmd *cobra.Command, f *command.Factory, name *string) {
	cmd.Flags().StringVar(name, "aggregator", f.Env("LAYERFLEET_AGGREGATOR"), "name of the aggregator (env LAYERFLEET_AGGREGATOR; default: the only one)")
}

// request makes the question that the flags ask.
func (s *scopeFlags) request(f *command.Factory) inventory.Request {
	return inventory.Request{
		Scope:      inventory.Scope{Selection: org.Selection{Accounts: s.accounts, Units: s.units}, Regions: s.regions},
		Source:     s.source,
		Aggregator: s.aggregator,
		Progress:   f.Terminal.Jobs(),
	}
}
