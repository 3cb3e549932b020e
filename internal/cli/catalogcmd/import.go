package catalogcmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/term"
	"github.com/layerfleet/layerfleet/internal/versions"
)

func newImport(f *command.Factory) *cobra.Command {
	var path string
	var regions, releases command.List
	var skip bool
	var format command.Format
	cmd := &cobra.Command{
		Use:   "import LAYER|ARN…",
		Short: "add layers that exist to the catalog",
		Long: `import reads layers that were published before, by any means, and adds them to the
catalog: a layer of your own account by its name, with all versions in every Region, or
single versions by ARN, such as those of other publishers, which only they may list.

Versions with the same content are one release, whatever their numbers. The release is
taken from --release, or from a description that begins with one ("2.3.1: …"), or it
becomes 0.0.N after the version number in the home Region.`,
		Example: `  layerfleet catalog import common-deps
  layerfleet catalog import common-deps --release arn:aws:lambda:us-east-1:111122223333:layer:common-deps:7=2.3.1
  layerfleet catalog import arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.FlagError(fmt.Errorf("%s needs the name of a layer, or layer version ARNs", cmd.CommandPath()), cmd)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			i := live.Import{Regions: regions, Download: !skip, Releases: map[layer.VersionARN]string{}}
			if err := targets(&i, args, releases); err != nil {
				return command.FlagError(err, cmd)
			}
			return runImport(cmd, f, i, path, format)
		},
	}
	flags := cmd.Flags()
	flags.Var(&regions, "regions", "Regions to read (default: those that the account has enabled)")
	flags.Var(&releases, "release", "name the release of a version, and of all with its content: ARN=2.3.1")
	flags.BoolVar(&skip, "no-download", false, "do not download archives, and leave their unzipped sizes out")
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

// targets reads the arguments of import.
func targets(i *live.Import, args, releases []string) error {
	for _, text := range args {
		switch {
		case strings.HasPrefix(text, "arn:"):
			v, err := layer.ParseVersionARN(text)
			if err != nil {
				return err
			}
			i.ARNs = append(i.ARNs, v)
		case layer.ValidName(text):
			i.Layers = append(i.Layers, text)
		default:
			return fmt.Errorf("%q is neither the name of a layer nor an ARN", text)
		}
	}
	for _, text := range releases {
		arn, name, _ := strings.Cut(text, "=")
		v, err := layer.ParseVersionARN(arn)
		if err != nil {
			return fmt.Errorf("--release: %w", err)
		}
		if !catalog.ValidRelease(name) {
			return hint.With(fmt.Errorf("--release %s: %q is not a semantic version", text, name), "write ARN=2.3.1")
		}
		i.Releases[v] = name
	}
	return nil
}

func runImport(cmd *cobra.Command, f *command.Factory, i live.Import, path string, format command.Format) error {
	ctx := cmd.Context()
	c, err := catalog.LoadOrNew(path)
	if err != nil {
		return err
	}
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	if len(i.Layers) > 0 {
		if i.Regions, err = versions.Regions(ctx, a, i.Regions); err != nil {
			return err
		}
	}
	found, err := i.Look(ctx, a, c, live.Progress(f.Terminal.Jobs()))
	f.Terminal.Status()
	if err != nil {
		return err
	}
	if err := catalog.Update(path, found.Into); err != nil {
		return err
	}
	for _, note := range found.Notes {
		f.Terminal.Say("note: %s", note)
	}
	return f.Show(format, found, func() error {
		t := term.NewTable("LAYER", "VERSIONS", "RELEASES").Right(1).Prose(2)
		for _, l := range found.Layers {
			t.Row(l.Name, fmt.Sprint(l.Versions), strings.Join(l.Releases, ", "))
		}
		return t.Write(f.Terminal)
	})
}
