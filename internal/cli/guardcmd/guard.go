// Package guardcmd has the commands that work on Guard policies locally: eval, test
// and lint. They need neither credentials nor a network.
package guardcmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// New is `layerfleet guard`.
func New(f *command.Factory) *cobra.Command {
	return command.Group(&cobra.Command{
		Use:   "guard",
		Short: "evaluate, test and lint Guard policies on this machine",
		Long: `guard works on policies in CloudFormation Guard, the language of AWS Config's custom
policy rules. Nothing leaves this machine.

There are two dialects: config is the runtime guard-2.x.x of AWS Config, taken to be
cfn-guard 2.1.3; 3 is cfn-guard 3.1.1, for templates. Both give the verdicts of the
real engines, surprising ones included; lint finds the rules that have them.`,
		Example: `  layerfleet guard lint layers.guard
  layerfleet guard eval --rules layers.guard --data item.json --explain
  layerfleet guard test --rules layers.guard --tests layers_tests.yaml`,
	}, newEval(f), newTest(f), newLint(f))
}

// dialect is the value of --dialect.
type dialect struct{ guard.Dialect }

// Set takes the name of a dialect.
func (d *dialect) Set(s string) error {
	for _, known := range []guard.Dialect{guard.DialectConfig, guard.DialectV3} {
		if s == known.String() {
			d.Dialect = known
			return nil
		}
	}
	return fmt.Errorf("must be config or 3")
}

// Type is the placeholder in help texts.
func (*dialect) Type() string { return "config|3" }

func (d *dialect) flag(cmd *cobra.Command) {
	cmd.Flags().Var(d, "dialect", "engine that gives the verdicts: config is AWS Config's (2.1.3), 3 is 3.1.1")
	complete(cmd, "dialect", "config", "3")
}

// loader is the value of --loader.
type loader struct{ guard.Loader }

// Set takes the name of a loader.
func (l *loader) Set(s string) error {
	for _, known := range []guard.Loader{guard.LoadValues, guard.LoadCLI2, guard.LoadCLI3} {
		if s == known.String() {
			l.Loader = known
			return nil
		}
	}
	return fmt.Errorf("must be value, 2.1 or 3.1")
}

// Type is the placeholder in help texts.
func (*loader) Type() string { return "value|2.1|3.1" }

func (l *loader) flag(cmd *cobra.Command) {
	cmd.Flags().Var(l, "loader", "how scalars are read: as values, or as the command line of 2.1.3 or 3.1.1")
	complete(cmd, "loader", "value", "2.1", "3.1")
}

// complete registers the values of a flag. It cannot fail: the flag was made before.
func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// need is the error of a command that was called without a flag.
func need(cmd *cobra.Command, flags string) error {
	return command.FlagError(fmt.Errorf("%s needs %s", cmd.CommandPath(), flags), cmd)
}
