package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
)

// JSONCommands lists the commands that have -o json, without the program's name.
func JSONCommands() []string {
	var found []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Flags().Lookup("output") != nil {
			_, name, _ := strings.Cut(c.CommandPath(), " ")
			found = append(found, name)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(command.NewFactory(command.Streams{}, func(string) string { return "" }, ""), thisBuild()))
	return found
}
