// Package publish has the command that brings layers to Lambda.
package publishcmd

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
)

type options struct {
	file, catalog string
	layers        command.List
	verify, dry   bool
	consent       command.Consent
	format        command.Format
}

// New is `layerfleet publish`.
func New(f *command.Factory) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "publish [--layer NAME]",
		Short: "publish the layers of layerfleet.yaml in every Region, share them and write the catalog",
		Long: `publish reads layers: of the fleet policy, packs each (the same bytes from the same
files, everywhere), publishes it in every Region that does not have these bytes yet,
shares it, reads the grants back, and writes what is where to the catalog.

Before anything is written, it looks for what would fail at run time and for what must
not leave: "layerfleet layer check --help" says what. What is refused can pass by path,
with a reason, under allow:. A file .layerignore in the source, in gitignore's syntax,
says what stays out.

It works by content: a Region that has the bytes is left alone. After a failure the
catalog says which Regions are missing, and the same command completes them.

  # layerfleet.yaml
  defaults:
    regions: [us-east-1, eu-west-1]
    share: organization                # or {accounts: [...], units: [...], organization: true}
    bucket: artifacts-{region}         # for archives over 50 MB only
  layers:
    - name: common-deps
      source: layers/common-deps       # a directory, or a zip
      release: 2.3.1
      description: libraries that every team uses
      license: Apache-2.0
      runtimes: [python3.12, python3.13]
      architectures: [x86_64, arm64]
      allow:                           # what may leave although it would be refused
        - {path: python/app/ca.key, reason: a key that is public}

A directory's entries become /opt/… of a function: python/ for Python, nodejs/node_modules/
for Node.js, and so on. Keep the catalog in git, next to the fleet policy.`,
		Example: `  layerfleet publish
  layerfleet publish --layer common-deps --verify
  layerfleet publish --file platform/layerfleet.yaml --yes -o json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.file, "file", policy.FileName, "the fleet policy")
	flags.Var(&o.layers, "layer", "only these layers of it")
	flags.BoolVar(&o.dry, "dry-run", false, "show what would be published, and publish nothing; exit code 2 when there is something")
	flags.BoolVar(&o.verify, "verify", false, "read every version as a member account, too")
	command.CatalogFlag(cmd, &o.catalog)
	o.consent.Flag(cmd)
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func run(cmd *cobra.Command, f *command.Factory, o options) error {
	layers, err := choose(o.file, o.layers)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	jobs := f.Terminal.Jobs()
	plan, err := publish.Prepare(ctx, a, publish.Options{Layers: layers, Catalog: o.catalog, Verify: o.verify}, jobs)
	f.Terminal.Status()
	if refused, ok := errors.AsType[*publish.Refusal](err); ok && o.dry && o.format == command.JSON {
		return errors.Join(f.Show(o.format, plan, nil), refused)
	}
	if err != nil {
		return err
	}
	show(f.Terminal, plan)
	if o.dry {
		if err := f.Show(o.format, plan, func() error { return nil }); err != nil {
			return err
		}
		return command.Conclude(plan.Pending())
	}
	if !plan.Nothing() {
		if err := o.consent.Ask(f.Terminal, "publish?"); err != nil {
			return err
		}
	}
	result, err := plan.Apply(ctx, a, jobs)
	f.Terminal.Status()
	if err != nil {
		return hint.With(err, "the catalog says which Regions are missing; the same command completes them")
	}
	if err := f.Show(o.format, result, func() error { return table(f.Terminal, result) }); err != nil {
		return err
	}
	for _, l := range result.Layers {
		if n := len(l.Verified); n > 0 {
			f.Terminal.Say("layer %s: a member account read it in %s", l.Name, count.Of(n, "Region"))
		}
		if len(l.Failed) > 0 {
			f.Terminal.Say("hint: `%s` completes %s", again(o, l.Name), regions(l.Failed))
		}
	}
	return command.Conclude(result.Complete(), false)
}

// again is the command that completes a layer.
func again(o options, name string) string {
	text := "layerfleet publish --layer " + name
	if o.file != policy.FileName {
		text += " --file " + o.file
	}
	if o.catalog != catalog.FileName {
		text += " --catalog " + o.catalog
	}
	return text
}

func regions(failed []publish.Failure) string {
	names := make([]string, len(failed))
	for i, x := range failed {
		names[i] = x.Region
	}
	return strings.Join(names, ", ")
}

// choose reads the fleet policy and keeps the layers asked for.
func choose(file string, names []string) ([]policy.Layer, error) {
	p, err := policy.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint.With(err, "--file names the fleet policy; `layerfleet publish --help` shows one")
	}
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return p.Layers, nil
	}
	var chosen []policy.Layer
	var all []string
	for _, l := range p.Layers {
		all = append(all, l.Name)
		if slices.Contains(names, l.Name) {
			chosen = append(chosen, l)
		}
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, hint.With(fmt.Errorf("%s has no layer %q", file, name), "it has "+strings.Join(all, ", "))
		}
	}
	return chosen, nil
}
