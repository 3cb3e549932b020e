package findcmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/org"
)

// scopeFlags say which part of the fleet is asked about, and whom.
type scopeFlags struct {
	accounts, units, regions command.List
	source                   string
	aggregator               string
}

func (s *scopeFlags) add(cmd *cobra.Command, f *command.Factory) {
	flags := cmd.Flags()
	flags.Var(&s.accounts, "accounts", "only these accounts")
	flags.Var(&s.units, "ou", "only accounts in these organizational units, by id or name, and below")
	flags.Var(&s.regions, "regions", "only these Regions (default: those that each account has enabled)")
	flags.StringVar(&s.source, "source", string(inventory.Aggregator), "whom to ask: aggregator or scan")
	_ = cmd.RegisterFlagCompletionFunc("source", cobra.FixedCompletions([]string{"aggregator", "scan"}, cobra.ShellCompDirectiveNoFileComp))
	addAggregator(cmd, f, &s.aggregator)
}

func addAggregator(cmd *cobra.Command, f *command.Factory, name *string) {
	cmd.Flags().StringVar(name, "aggregator", f.Env("LAYERFLEET_AGGREGATOR"), "name of the aggregator (env LAYERFLEET_AGGREGATOR; default: the only one)")
}

// request makes the question that the flags ask.
func (s *scopeFlags) request(cmd *cobra.Command, f *command.Factory) (inventory.Request, error) {
	source := inventory.Source(s.source)
	if source != inventory.Aggregator && source != inventory.Scan {
		return inventory.Request{}, command.FlagError(fmt.Errorf("--source %q is neither aggregator nor scan", s.source), cmd)
	}
	return inventory.Request{
		Scope:      inventory.Scope{Selection: org.Selection{Accounts: s.accounts, Units: s.units}, Regions: s.regions},
		Source:     source,
		Aggregator: s.aggregator,
		Progress:   f.Terminal.Jobs(),
	}, nil
}
