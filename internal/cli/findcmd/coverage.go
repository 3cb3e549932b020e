package findcmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/report"
)

// coverageOutput is the JSON value of coverage.
type coverageOutput struct {
	FormatVersion string         `json:"format_version"`
	Coverage      fleet.Coverage `json:"coverage"`
	Notes         []string       `json:"notes,omitempty"`
}

// NewCoverage is `layerfleet coverage`.
func NewCoverage(f *command.Factory) *cobra.Command {
	var o struct {
		scopeFlags
		format command.Format
	}
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "show what can be seen of the organization, and why the rest cannot",
		Long: `coverage counts the pairs that "find" can see (a pair is one account in one Region),
and says of every other one why not: an account without an AWS Config recorder, a
recorder that is stopped, failing, daily or leaves out functions, a source that the
aggregator could not read, a role that is denied, a suspended account.

What is not covered is not compliant: it is unknown, and the exit code says so.`,
		Example: `  layerfleet coverage
  layerfleet coverage --ou Production -o json
  layerfleet coverage --source scan`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request := o.request(f)
			a, err := f.Access(cmd.Context())
			if err != nil {
				return err
			}
			c, notes, err := inventory.Cover(cmd.Context(), a, request)
			f.Terminal.Status()
			if err != nil {
				return err
			}
			err = f.Show(o.format, coverageOutput{report.FormatVersion, c, notes}, func() error { return report.Coverage(f.Terminal, c) })
			if err != nil {
				return err
			}
			sayNotes(f, notes)
			return command.Conclude(c.Complete(), false)
		},
	}
	o.scopeFlags.add(cmd, f, inventory.Aggregator)
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func sayNotes(f *command.Factory, notes []string) {
	for _, note := range notes {
		f.Terminal.Say("note: %s", note)
	}
}
