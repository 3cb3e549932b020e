package cli

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/catalogcmd"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/cli/democmd"
	"github.com/layerfleet/layerfleet/internal/cli/enforcecmd"
	"github.com/layerfleet/layerfleet/internal/cli/findcmd"
	"github.com/layerfleet/layerfleet/internal/cli/guardcmd"
	"github.com/layerfleet/layerfleet/internal/cli/prunecmd"
	"github.com/layerfleet/layerfleet/internal/cli/publishcmd"
	"github.com/layerfleet/layerfleet/internal/cli/sandboxcmd"
)

// commands lists the nouns. A new one is a package beneath this one with
// New(*command.Factory) *cobra.Command, and a line here.
func commands(f *command.Factory) []*cobra.Command {
	return []*cobra.Command{
		democmd.New(f),
		sandboxcmd.New(f),
		findcmd.New(f),
		findcmd.NewCoverage(f),
		findcmd.NewQuery(f),
		findcmd.NewUsage(f),
		publishcmd.New(f),
		catalogcmd.New(f),
		prunecmd.New(f),
		enforcecmd.New(f),
		guardcmd.New(f),
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
