package catalogcmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
	"github.com/layerfleet/layerfleet/internal/versions"
)

func newVerify(f *command.Factory) *cobra.Command {
	var path string
	var format command.Format
	cmd := &cobra.Command{
		Use:   "verify [LAYER…]",
		Short: "check that AWS still has what the catalog says, with the same bytes and grants",
		Long: `verify asks AWS for every layer version of the catalog, in every Region: whether it
exists, whether it has the bytes that the catalog names, and, in the publisher's account,
whether it is shared as the catalog says.`,
		Example: `  layerfleet catalog verify
  layerfleet catalog verify common-deps -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load(path, args)
			if err != nil {
				return err
			}
			a, err := f.Access(cmd.Context())
			if err != nil {
				return err
			}
			v, err := live.Verify(cmd.Context(), a, c, args, live.Progress(f.Terminal.Jobs()))
			f.Terminal.Status()
			if err != nil {
				return err
			}
			err = f.Show(format, v, func() error {
				if len(v.Differences) == 0 {
					return nil
				}
				t := term.NewTable("LAYER", "RELEASE", "REGION", "PROBLEM", "DETAIL").Prose(4)
				for _, d := range v.Differences {
					t.Row(d.Layer, d.Release, d.Region, string(d.Problem), d.Detail)
				}
				return t.Write(f.Terminal)
			})
			if err != nil {
				return err
			}
			f.Terminal.Say("%s checked, %s", count.Of(v.Checked, "layer version"), count.Of(len(v.Differences), "difference"))
			return command.Conclude(v.Readable(), len(v.Differences) > 0)
		},
	}
	cmd.ValidArgsFunction = command.CompleteLayers
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

// load reads the catalog, and refuses layers that it does not have.
func load(path string, layers []string) (*catalog.Catalog, error) {
	c, err := command.LoadCatalog(path)
	if err != nil {
		return nil, err
	}
	for _, name := range layers {
		if _, err := c.Need(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

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

// parameters is the JSON value of export --to ssm.
type parameters struct {
	FormatVersion string           `json:"format_version"`
	Parameters    []live.Parameter `json:"parameters"`
}

// destination is where export writes to.
type destination string

const (
	toJSON destination = "json"
	toSSM  destination = "ssm"
)

func newExport(f *command.Factory) *cobra.Command {
	var path string
	var to destination
	var consent command.Consent
	var format command.Format
	cmd := &cobra.Command{
		Use:   "export [LAYER…] [--to json|ssm]",
		Short: "write the catalog as JSON, or channels to Parameter Store",
		Long: `export prints the catalog as JSON. With --to ssm it writes each channel to Systems
Manager Parameter Store, as /layerfleet/LAYER/CHANNEL with the Region's layer version
ARN, in every Region of the publisher's account.

Those parameters can be read with ssm:GetParameter in the publisher's account only:
standard parameters are not shared with other accounts. Pipelines that deploy from
there can use them ({{resolve:ssm:/layerfleet/common-deps/stable}}); teams in their own
accounts read the catalog.`,
		Example: `  layerfleet catalog export > catalog.json
  layerfleet catalog export common-deps --to ssm
  layerfleet catalog export --to ssm --yes -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := load(path, args)
			if err != nil {
				return err
			}
			if to == toSSM {
				return exportSSM(cmd, f, c, args, consent, format)
			}
			return report.JSON(f.Terminal.Out(), only(exported(c), args))
		},
	}
	cmd.ValidArgsFunction = command.CompleteLayers
	command.Choice(cmd, &to, "to", "", "where to: JSON on standard output, or Parameter Store", toJSON, toSSM)
	command.CatalogFlag(cmd, &path)
	consent.Flag(cmd)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func exportSSM(cmd *cobra.Command, f *command.Factory, c *catalog.Catalog, layers []string, consent command.Consent, format command.Format) error {
	ctx := cmd.Context()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	jobs := live.Progress(f.Terminal.Jobs())
	list, err := live.Parameters(ctx, a, c, layers, jobs)
	f.Terminal.Status()
	if err != nil {
		return err
	}
	changes := 0
	for _, p := range list {
		switch p.Change {
		case "create", "update":
			changes++
			f.Terminal.Say("%s: %s %s = %s", p.Region, p.Change, p.Name, p.Value)
		case "stale":
			f.Terminal.Say("note: %s: %s stays %s: the channel's release is not in this Region", p.Region, p.Name, p.Before)
		}
	}
	if changes > 0 {
		if err := consent.Ask(f.Terminal, "write the parameters?"); err != nil {
			return err
		}
		err := live.Write(ctx, a, list, jobs)
		f.Terminal.Status()
		if err != nil {
			return hint.With(err, "the same command writes the rest")
		}
	}
	return f.Show(format, parameters{report.FormatVersion, list}, func() error {
		t := term.NewTable("REGION", "PARAMETER", "VALUE", "CHANGE")
		for _, p := range list {
			t.Row(p.Region, p.Name, p.Value, p.Change)
		}
		return t.Write(f.Terminal)
	})
}

// only keeps the layers named; none keeps all.
func only(v value, names []string) value {
	if len(names) == 0 {
		return v
	}
	kept := []layerValue{}
	for _, l := range v.Layers {
		for _, name := range names {
			if l.Name == name {
				kept = append(kept, l)
			}
		}
	}
	v.Layers = kept
	return v
}
