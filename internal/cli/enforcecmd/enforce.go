// Package enforcecmd has the commands that let AWS detect and move outdated functions by itself.
package enforcecmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/event"
)

// defaultName is the one stack set for all layers.
const defaultName = "layerfleet"

// New makes `layerfleet enforce` and its verbs.
func New(f *command.Factory) *cobra.Command {
	return command.Group(&cobra.Command{
		Use:   "enforce",
		Short: "let AWS detect and move outdated functions continuously",
		Long: `Let AWS Config and Systems Manager keep functions on the wanted layer versions, in all
chosen accounts and Regions, through one CloudFormation stack set: a Config rule detects,
its remediation runs a runbook that replaces the one element of the function's layer list.`,
		Example: `  layerfleet enforce deploy --old ARN --new ARN --all --regions us-east-1,eu-west-1
  layerfleet enforce status
  layerfleet enforce remove`,
	}, newDeploy(f), newStatus(f), newRetry(f), newRemove(f), newRender(f))
}

// common are the flags that all verbs but render share.
type common struct {
	name   string
	format command.Format
}

func (c *common) flags(f *command.Factory, cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.name, "name", defaultName, "name of the stack set, rule and runbook")
	command.FormatFlag(cmd, &c.format)
	f.AccessFlags(cmd, access.ReadRole)
}

// progress shows the events of a run; done takes the status line away.
func progress(f *command.Factory) (show event.Sink, done func()) {
	jobs := f.Terminal.Jobs()
	return func(e event.Event) {
		switch e.Type {
		case event.Progress:
			step := e.Step
			if e.Stage != "" {
				step += " of " + e.Stage
			}
			jobs(step, e.Done, e.Total)
		case event.Failed:
			f.Terminal.Say("%s: %s", e.Pair, enforce.Why(e.Reason))
		case event.Note:
			f.Terminal.Say("note: %s", e.Detail)
		case event.Stage:
			f.Terminal.Say("%s to %s", e.Step, e.Stage)
		}
	}, func() { f.Terminal.Status() }
}
