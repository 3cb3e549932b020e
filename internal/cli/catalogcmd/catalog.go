// Package catalogcmd has the commands that read and keep layerfleet.lock.yaml.
package catalogcmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/cli/prunecmd"
)

// New is `layerfleet catalog`.
func New(f *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "catalog",
		Short: "what is in which layer version: releases, Regions, channels",
		Long: `The catalog, layerfleet.lock.yaml, says which layer version holds which release of a
layer in which Region, and which release a channel such as "stable" points at. Keep it
in git: everybody can read it without AWS access, even teams that may not list the
publisher's layers.

list, show, whatis, promote and export read and write the file alone; verify, import,
diff, restore, show --files and export --to ssm ask AWS.`,
		Example: `  layerfleet catalog list
  layerfleet catalog whatis arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:30
  layerfleet catalog promote common-deps 2.3.1 --to stable`,
	}
	return command.Group(cmd, newList(f), newShow(f), newWhatis(f), newDiff(f), newVerify(f), newImport(f), newPromote(f), newExport(f), prunecmd.NewRestore(f))
}
