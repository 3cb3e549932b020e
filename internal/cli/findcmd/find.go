// Package findcmd has the commands that read a fleet and change nothing: find,
// coverage, query and usage.
package findcmd

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/report"
)

type findOptions struct {
	scopeFlags
	layer     string
	olderThan string
	catalog   string
	format    command.Format
}

// findOutput is the JSON value of find.
type findOutput struct {
	FormatVersion string `json:"format_version"`
	*inventory.Findings
}

// New is `layerfleet find`.
func New(f *command.Factory) *cobra.Command {
	var o findOptions
	cmd := &cobra.Command{
		Use:   "find [--layer NAME|ARN|NAME@RELEASE] [--older-than N|RELEASE|CHANNEL]",
		Short: "list the functions that use a layer, and what could not be seen",
		Long: `find lists the functions that use a layer, in every account and Region of the
organization, with their layers in order and which of them were asked for. Coverage says
which pairs (one account in one Region) could not be seen, and why.

The layer is a name (any account's), a layer ARN (any version), a layer version ARN, or
a release of the catalog: NAME@RELEASE or NAME@CHANNEL. Without one, every function that
has layers is listed. --older-than compares releases of the catalog, or version numbers,
which Lambda counts separately in every Region: a number may be other content in another
Region. Versions that the catalog does not know are compared by number, within a Region
that has the release.

The aggregator knows $LATEST of the functions that AWS Config recorded. With --source
scan, Lambda itself is asked in every pair, through the role of --role.`,
		Example: `  layerfleet find --layer common-deps
  layerfleet find --layer common-deps --older-than stable
  layerfleet find --layer common-deps@2.3.0
  layerfleet find --layer common-deps --older-than 7 --regions eu-west-1
  layerfleet find --layer arn:aws:lambda:eu-west-1:100000000000:layer:common-deps:3 -o json
  layerfleet find --layer common-deps --source scan --accounts 100000000001,100000000002`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runFind(cmd, f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.layer, "layer", "", "layer name, layer ARN, layer version ARN, or NAME@RELEASE or NAME@CHANNEL of the catalog")
	flags.StringVar(&o.olderThan, "older-than", "", "only versions below this number, or older than this release or channel")
	command.CatalogFlag(cmd, &o.catalog)
	command.CompleteFlag(cmd, "layer", command.CompleteAny)
	command.CompleteFlag(cmd, "older-than", func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return command.CompleteOf(cmd, o.layer)
	})
	o.scopeFlags.add(cmd, f, inventory.Aggregator)
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func runFind(cmd *cobra.Command, f *command.Factory, o findOptions) error {
	sel, err := selection{layer: o.layer, olderThan: o.olderThan, limited: cmd.Flags().Changed("older-than"), catalog: o.catalog}.selector()
	if err != nil {
		return command.FlagError(err, cmd)
	}
	request := o.request(f)
	request.Layers = sel
	a, err := f.Access(cmd.Context())
	if err != nil {
		return err
	}
	found, err := inventory.Find(cmd.Context(), a, request)
	f.Terminal.Status()
	if err != nil {
		return err
	}
	err = f.Show(o.format, findOutput{report.FormatVersion, found}, func() error { return report.Findings(f.Terminal, sel, found) })
	if err != nil {
		return err
	}
	remark(f, sel, found)
	return command.Conclude(found.Coverage.Complete(), len(found.Functions) > 0)
}

// remark says what the result alone may hide.
func remark(f *command.Factory, sel layer.Selector, found *inventory.Findings) {
	sayNotes(f, found.Notes)
	if sel.OlderThan > 0 && sel.ARN == nil {
		regions := map[string]bool{}
		for _, m := range found.Functions {
			regions[m.Region] = true
		}
		if len(regions) > 1 {
			f.Terminal.Say("note: versions of %s were compared within each of %d Regions; the same number may be another release elsewhere", sel.Name, len(regions))
		}
	}
	if len(found.Functions) == 0 {
		didYouMean(f, sel, found.Names)
	}
}

// didYouMean says that no function uses a layer of the name, and which name is near. Of an
// ARN it cannot be said: the aggregator was asked for nothing but that.
func didYouMean(f *command.Factory, sel layer.Selector, names []string) {
	if sel.Name == "" || sel.ARN != nil || slices.Contains(names, sel.Name) {
		return
	}
	f.Terminal.Say("note: no function that could be seen uses any version of %s", sel.Name)
	if advice := hint.DidYouMean(sel.Name, names); advice != "" {
		f.Terminal.Say("hint: %s", advice)
	}
}
