package cli

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/cli/demo"
	"github.com/layerfleet/layerfleet/internal/cli/enforce"
	"github.com/layerfleet/layerfleet/internal/cli/find"
	"github.com/layerfleet/layerfleet/internal/cli/guard"
	"github.com/layerfleet/layerfleet/internal/cli/prune"
	"github.com/layerfleet/layerfleet/internal/cli/publish"
	"github.com/layerfleet/layerfleet/internal/cli/sandbox"
)

// commands lists the nouns. A new one is a package beneath this one with
// New(*command.Factory) *cobra.Command, and a line here.
func commands(f *command.Factory) []*cobra.Command {
	return []*cobra.Command{
		demo.New(f),
		sandbox.New(f),
		find.New(f),
		find.NewCoverage(f),
		find.NewQuery(f),
		find.NewUsage(f),
		publish.New(f),
		catalog.New(f),
		prune.New(f),
		enforce.New(f),
		guard.New(f),
		newVersion(f),
	}
}

func newRoot(f *command.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "layerfleet",
		Short: "keep every Lambda function of an organization on the layer version you chose",
		Long: `layerfleet keeps every AWS Lambda function in an organization on the layer version
you chose, across all accounts and Regions. It finds who uses what, lets AWS Config
and Systems Manager move functions to the right version, and shows what is left and
why. A local AWS organization in the same program is there to rehearse on.

Credentials, profiles and Region come from the ordinary AWS chain; AWS_ENDPOINT_URL
points anywhere else, such as at "layerfleet sandbox".`,
		Example: `  layerfleet demo
  layerfleet find --layer common-deps --older-than 7
  layerfleet coverage -o json`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return command.FlagError(err, cmd) })
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(usageTemplate)
	return command.Group(root, commands(f)...)
}

const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}
`

const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} <command>{{else}}{{.UseLine}}{{end}}
{{if .HasExample}}
Examples:
{{.Example}}
{{end}}{{if .HasAvailableSubCommands}}
Commands:
{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}  {{rpad .Name .NamePadding}} {{.Short}}
{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}
Exit codes, the first that applies:
` + command.ExitTable
