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
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/publish"
	"github.com/layerfleet/layerfleet/internal/term"
)

type options struct {
	file, catalog string
	layers        command.List
	verify        bool
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

A directory's entries become /opt/… of a function: python/ for Python, nodejs/node_modules/
for Node.js, and so on. Keep the catalog in git, beside the fleet policy.`,
		Example: `  layerfleet publish
  layerfleet publish --layer common-deps --verify
  layerfleet publish --file platform/layerfleet.yaml --yes -o json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd, f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.file, "file", policy.FileName, "the fleet policy")
	flags.Var(&o.layers, "layer", "only these layers of it")
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
	if err != nil {
		return err
	}
	show(f.Terminal, plan)
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

// show says what will be done, on standard error: it is talk before the question.
func show(t *term.Terminal, p *publish.Plan) {
	for _, l := range p.Layers {
		t.Say("layer %s, release %s: %s zipped, %s unzipped, sha256 %s", l.Name, l.Release, size(l.Zipped), size(l.Unzipped), l.SHA256)
		for _, note := range l.Notes {
			t.Say("note: %s", note)
		}
		for _, r := range l.Regions {
			switch {
			case r.Err != nil:
				t.Say("  %s: cannot be looked at: %s", r.Region, access.Message(r.Err))
			case r.Have == nil:
				t.Say("  %s: will be published%s", r.Region, shared(l.Grants))
			case len(r.Share) > 0:
				t.Say("  %s: version %d is there, and will be%s", r.Region, r.Have.VersionARN.Version, shared(r.Share)[len(" and"):])
			default:
				t.Say("  %s: version %d is there", r.Region, r.Have.VersionARN.Version)
			}
		}
	}
	if p.Nothing() {
		t.Say("everything is there: nothing is published")
	}
}

func shared(grants []string) string {
	const most = 4
	switch n := len(grants); {
	case n == 0:
		return ", shared with nobody"
	case n > most:
		return fmt.Sprintf(" and shared with %s and %d more", strings.Join(grants[:most], ", "), n-most)
	}
	return " and shared with " + strings.Join(grants, ", ")
}

func table(t *term.Terminal, r *publish.Result) error {
	rows := term.NewTable("LAYER", "RELEASE", "REGION", "RESULT", "LAYER VERSION")
	for _, l := range r.Layers {
		for what, regions := range map[string][]string{"published": l.Published, "shared": l.Shared, "unchanged": l.Unchanged} {
			for _, region := range regions {
				rows.Row(l.Name, l.Release, region, what, l.Regions[region])
			}
		}
		for _, x := range l.Failed {
			rows.Row(l.Name, l.Release, x.Region, "failed", x.Reason)
		}
	}
	return rows.Sort().Write(t)
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}
