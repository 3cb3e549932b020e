package catalogcmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/term"
)

func newVerify(f *command.Factory) *cobra.Command {
	var path string
	var repair bool
	var format command.Format
	cmd := &cobra.Command{
		Use:   "verify [LAYER…]",
		Short: "check that AWS still has what the catalog says, with the same bytes and grants",
		Long: `verify asks AWS for every layer version of the catalog, in every Region: whether it
exists, whether it has the bytes that the catalog names, and, in the publisher's account,
whether it is shared as the catalog says.

--repair takes out of the catalog what AWS does not have any more. Nothing else is
changed: other bytes, or other grants, are for a person to look at.`,
		Example: `  layerfleet catalog verify
  layerfleet catalog verify --repair
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
			if err == nil && repair {
				err = v.Repair(path)
			}
			if err != nil {
				return err
			}
			if err := f.Show(format, v, func() error { return showVerified(f.Terminal, v) }); err != nil {
				return err
			}
			f.Terminal.Say("%s checked, %s", count.Of(v.Checked, "layer version"), count.Of(len(v.Differences), "difference"))
			return command.Conclude(v.Readable(), v.Open())
		},
	}
	cmd.ValidArgsFunction = command.CompleteLayers
	cmd.Flags().BoolVar(&repair, "repair", false, "take out of the catalog what AWS does not have any more")
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func showVerified(to *term.Terminal, v *live.Verification) error {
	if len(v.Differences) == 0 {
		return nil
	}
	t := term.NewTable("LAYER", "RELEASE", "REGION", "PROBLEM", "DETAIL").Prose(4)
	for _, d := range v.Differences {
		detail := d.Detail
		if d.Repaired {
			detail += ": taken out of the catalog"
		}
		t.Row(d.Layer, d.Release, d.Region, string(d.Problem), detail)
	}
	return t.Write(to)
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
