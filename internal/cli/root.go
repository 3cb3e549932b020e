package cli

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/catalogcmd"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/cli/democmd"
	"github.com/layerfleet/layerfleet/internal/cli/enforcecmd"
	"github.com/layerfleet/layerfleet/internal/cli/findcmd"
	"github.com/layerfleet/layerfleet/internal/cli/guardcmd"
	"github.com/layerfleet/layerfleet/internal/cli/layercmd"
	"github.com/layerfleet/layerfleet/internal/cli/prunecmd"
	"github.com/layerfleet/layerfleet/internal/cli/publishcmd"
	"github.com/layerfleet/layerfleet/internal/cli/sandboxcmd"
)

// commands lists the nouns. A new one is a package beneath this one with
// New(*command.Factory) *cobra.Command, and a line here.
func commands(f *command.Factory, b build) []*cobra.Command {
	return []*cobra.Command{
		democmd.New(f),
		sandboxcmd.New(f),
		findcmd.New(f),
		findcmd.NewCoverage(f),
		findcmd.NewQuery(f),
		findcmd.NewUsage(f),
		layercmd.New(f),
		publishcmd.New(f),
		catalogcmd.New(f),
		prunecmd.New(f),
		enforcecmd.New(f),
		guardcmd.New(f),
		newVersion(f, b),
	}
}

func newRoot(f *command.Factory, b build) *cobra.Command {
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
		Version:           b.Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetFlagErrorFunc(command.BadFlag)
	root.SetHelpCommand(newHelp())
	root.Flags().Bool("version", false, "print the version of this build")
	root.SetVersionTemplate(b.String() + "\n")
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(usageTemplate)
	command.Group(root, commands(f, b)...)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Short = "generate the completion script of a shell"
	}
	return root
}

// newHelp is the help command. Cobra's own answers an unknown name with the help of
// everything and exit code 0.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "help about any command",
		Example: "  layerfleet help enforce deploy",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0:
				return command.Unknown(about, rest[0])
			}
			about.InitDefaultHelpFlag() // so that it is listed
			return about.Help()
		},
	}
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
