package findcmd

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/report"
)

type usageOptions struct {
	scopeFlags
	ownerTag, catalog string
	format            command.Format
}

// usageOutput is the JSON value of usage.
type usageOutput struct {
	FormatVersion string `json:"format_version"`
	Layer         string `json:"layer"`
	*inventory.Usage
}

// NewUsage is `layerfleet usage`.
func NewUsage(f *command.Factory) *cobra.Command {
	var o usageOptions
	cmd := &cobra.Command{
		Use:   "usage LAYER",
		Short: "show who uses which release of a layer, by account, owner and Region",
		Long: `usage counts who uses which release of a layer, by account, Region and owner, with
$LATEST and published versions separately: a published version keeps the layers it was
published with, and an alias may point at it.

The layer is a name (any account's), a layer ARN, a layer version ARN, or a release of
the catalog: NAME@RELEASE or NAME@CHANNEL. Releases are those of the catalog; what it
does not know is shown by its number, which means something within one account and
Region only.

Lambda itself is asked in every pair (one account in one Region), through the role of
--role. --source aggregator asks AWS Config, which knows $LATEST only. The owner is the
value of a tag of the function, read from the aggregator in both cases.`,
		Example: `  layerfleet usage common-deps
  layerfleet usage common-deps@1.0.0 --owner-tag team
  layerfleet usage common-deps --source aggregator -o json`,
		Args: command.ExactArgs("the name of a layer"),
		RunE: func(cmd *cobra.Command, args []string) error { return runUsage(cmd, f, o, args[0]) },
	}
	// Published versions are what is asked for here, and the aggregator knows none.
	o.scopeFlags.add(cmd, f, inventory.Scan)
	cmd.Flags().StringVar(&o.ownerTag, "owner-tag", "owner", "key of the tag whose value is a function's owner")
	command.CatalogFlag(cmd, &o.catalog)
	cmd.ValidArgsFunction = command.CompleteAny
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func runUsage(cmd *cobra.Command, f *command.Factory, o usageOptions, name string) error {
	sel, err := selection{layer: name, catalog: o.catalog}.selector()
	if err != nil {
		return command.FlagError(err, cmd)
	}
	c, err := command.LoadCatalog(o.catalog)
	if errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("catalog") {
		c, err = &catalog.Catalog{}, nil
		f.Terminal.Say("note: there is no catalog %s here: releases are not known", o.catalog)
	}
	if err != nil {
		return err
	}
	request := o.request(f)
	request.Layers = sel
	a, err := f.Access(cmd.Context())
	if err != nil {
		return err
	}
	used, err := inventory.Uses(cmd.Context(), a, request, c, o.ownerTag)
	f.Terminal.Status()
	if err != nil {
		return err
	}
	err = f.Show(o.format, usageOutput{report.FormatVersion, name, used}, func() error { return report.Usage(f.Terminal, sel, used) })
	if err != nil {
		return err
	}
	sayNotes(f, used.Notes)
	if len(used.Rows) == 0 {
		didYouMean(f, sel, used.Names)
	}
	return command.Conclude(used.Coverage.Complete(), false)
}
