// Package prune has the commands that delete layer versions which nothing uses, and
// that publish them again.
package prunecmd

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/internal/term"
	"github.com/layerfleet/layerfleet/internal/versions"
)

type options struct {
	layers, regions  command.List
	notCovered       command.List
	outside          command.List
	age              prune.Age
	keep             int
	catalog, archive string
	dry              bool
	consent          command.Consent
	format           command.Format
}

// New is `layerfleet prune`.
func New(f *command.Factory) *cobra.Command {
	o := options{age: prune.Age(90 * 24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "prune [--layer NAME] [--older-than 90d] [--keep N]",
		Short: "delete layer versions that nothing in the organization uses",
		Long: `prune looks at all layers of the publisher's account, and deletes the versions that
  - no function uses: not $LATEST, not a published version, and so no alias, in any
    account of the organization,
  - no channel of the catalog names, and no enforcement set of the home Region,
  - are older than --older-than and not among the --keep newest of their Region.

It shows what it would delete and why not the rest, and asks. After the answer it looks
again, and keeps what something has come to use or name meanwhile. A version leaves the
catalog before it is deleted; versions of the catalog that AWS does not have any more
leave it, too.

Nothing is deleted while a pair of account and Region is not covered: a function there
may use anything. --accept-not-covered names the pairs that may stay unseen. Where it
cannot be read who may use a version, the version stays, and the exit code is 3.
A version that accounts outside the organization may use stays, as nobody can see
whether they do, unless --accept-outside names it or its layer.

Functions go on running without a layer version that is deleted, but cannot be updated
as long as they list it. With --archive DIR the bytes and grants are kept first, and
"layerfleet catalog restore" publishes them again, under a new number.

Without --yes and a terminal to ask on, -o json shows the plan and deletes nothing, as
--dry-run does.`,
		Example: `  layerfleet prune --dry-run
  layerfleet prune --layer common-deps --older-than 180d --keep 5 --archive attic
  layerfleet prune --accept-not-covered 100000000005 --yes -o json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, f, o) },
	}
	flags := cmd.Flags()
	flags.Var(&o.layers, "layer", "only these layers, by name (default: all of the account)")
	flags.Var(&o.regions, "regions", "only these Regions (default: those that the account has enabled)")
	flags.Var(&o.age, "older-than", "only versions that are at least this old; 0d takes any age")
	flags.IntVar(&o.keep, "keep", 3, "how many of the newest versions of a layer stay in each Region")
	flags.Var(&o.notCovered, "accept-not-covered", "pairs, as ACCOUNT/REGION or ACCOUNT, whose functions may stay unseen")
	flags.Var(&o.outside, "accept-outside", "layers, by name or ARN, or layer version ARNs to delete although accounts outside the organization may use them")
	flags.StringVar(&o.archive, "archive", "", "folder to keep archives and grants in, before anything is deleted")
	flags.BoolVar(&o.dry, "dry-run", false, "show, delete nothing; exit code 2 when there is something to delete")
	command.CatalogFlag(cmd, &o.catalog)
	o.consent.Flag(cmd)
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func run(cmd *cobra.Command, f *command.Factory, o options) error {
	if err := checkCatalog(cmd, f, o.catalog); err != nil {
		return err
	}
	ctx := cmd.Context()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	regions, err := versions.Regions(ctx, a, o.regions)
	if err != nil {
		return err
	}
	named := func(ctx context.Context) (map[layer.VersionARN]string, error) {
		m, err := enforce.Named(ctx, a, regions)
		return m, hint.With(err, "what enforcement names must not be deleted, so stack sets have to be readable")
	}
	plan, err := prune.Prepare(ctx, a, prune.Options{
		Layers: o.layers, Regions: regions, OlderThan: time.Duration(o.age), Keep: o.keep, Catalog: o.catalog, Protected: named,
		AcceptNotCovered: o.notCovered, AcceptOutside: o.outside, Progress: f.Terminal.Jobs(),
	})
	f.Terminal.Status()
	if err != nil {
		return err
	}
	if o.format == command.Text {
		if err := show(f.Terminal, plan); err != nil {
			return err
		}
	}
	remark(f.Terminal, plan)
	switch {
	case o.dry:
		return conclude(f, o, plan)
	case len(plan.Delete)+len(plan.Gone) == 0:
		return conclude(f, o, prune.NewResult(plan))
	}
	return apply(cmd, f, o, plan)
}

// apply asks, archives and deletes.
func apply(cmd *cobra.Command, f *command.Factory, o options, plan *prune.Plan) error {
	if o.format == command.JSON && !o.consent.Yes {
		for _, v := range plan.Delete {
			f.Terminal.Say("to be deleted: %s", v.ARN)
		}
	}
	err := o.consent.Ask(f.Terminal, question(plan))
	if errors.Is(err, term.ErrNotAsked) && o.format == command.JSON {
		f.Terminal.Say("note: nothing was deleted: there is nobody to ask, and --yes was not given")
		return conclude(f, o, plan)
	}
	if err != nil {
		return err
	}
	ctx, jobs := cmd.Context(), f.Terminal.Jobs()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	if o.archive != "" {
		err := plan.Archive(ctx, a, o.archive, jobs)
		f.Terminal.Status()
		if err != nil {
			return hint.With(err, "nothing was deleted")
		}
	}
	result, failed := plan.Apply(ctx, a, jobs)
	f.Terminal.Status()
	err = f.Show(o.format, result, func() error { return showResult(f.Terminal, result, o.archive) })
	if err := errors.Join(failed, err); err != nil {
		return err
	}
	return command.Conclude(result.Complete(), false)
}

func question(p *prune.Plan) string {
	if len(p.Delete) == 0 {
		return "take " + count.Of(len(p.Gone), "version") + " out of the catalog?"
	}
	return "delete " + count.Of(len(p.Delete), "layer version") + "?"
}

// conclude ends a command that deletes nothing. As text the plan has been shown.
func conclude(f *command.Factory, o options, value interface{ Pending() (covered, some bool) }) error {
	if err := f.Show(o.format, value, func() error { return nil }); err != nil {
		return err
	}
	return command.Conclude(value.Pending())
}

// checkCatalog makes sure that channels are not left out by a slip: a catalog that is
// named has to be there.
func checkCatalog(cmd *cobra.Command, f *command.Factory, path string) error {
	_, err := command.LoadCatalog(path)
	if errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("catalog") {
		f.Terminal.Say("note: there is no catalog %s here: releases are not known, and no channel keeps a version", path)
		return nil
	}
	return err
}
