package command

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/catalog"
)

// Completions come from the catalog that --catalog names, a local file: a shell waits
// for them at every tab. Where it cannot be read there are none.

// CompleteLayers completes the names of layers.
func CompleteLayers(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return complete(cmd, func(l *catalog.Layer) []string { return []string{l.Name} })
}

// CompleteReleases completes LAYER@CHANNEL and LAYER@RELEASE, newest first.
func CompleteReleases(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return complete(cmd, func(l *catalog.Layer) []string {
		var refs []string
		for _, at := range ats(l) {
			refs = append(refs, catalog.Ref{Layer: l.Name, At: at}.String())
		}
		return refs
	})
}

// CompleteAny completes names of layers, and what CompleteReleases does.
func CompleteAny(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	layers, _ := CompleteLayers(cmd, args, typed)
	releases, directive := CompleteReleases(cmd, args, typed)
	return append(layers, releases...), directive
}

// CompleteOf completes the channels and releases of one layer; empty means of any.
func CompleteOf(cmd *cobra.Command, name string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return complete(cmd, func(l *catalog.Layer) []string {
		if name != "" && l.Name != name {
			return nil
		}
		return ats(l)
	})
}

func ats(l *catalog.Layer) []string {
	var all []string
	for _, c := range l.Channels {
		all = append(all, c.Name)
	}
	for _, r := range slices.Backward(l.Releases) {
		all = append(all, r.Name)
	}
	return all
}

func complete(cmd *cobra.Command, of func(*catalog.Layer) []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	path, err := cmd.Flags().GetString("catalog")
	if err != nil {
		return nil, directive
	}
	c, err := catalog.Load(path)
	if err != nil {
		return nil, directive
	}
	var all []cobra.Completion
	for _, l := range c.Layers {
		for _, text := range of(l) {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
	}
	return all, directive
}

// CompleteFlag lets shells complete a flag that the command has.
func CompleteFlag(cmd *cobra.Command, flag string, by cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, by) // fails for flags that are not there or registered twice only
}
