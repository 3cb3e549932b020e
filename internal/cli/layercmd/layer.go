// Package layercmd has the commands that look into layers.
package layercmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// New is `layerfleet layer`.
func New(f *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "layer",
		Short: "look for what would fail at run time in a layer, and for what must not be in it",
	}
	return command.Group(cmd, newCheck(f))
}
