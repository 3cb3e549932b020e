package catalogcmd

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

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
