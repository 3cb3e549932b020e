package prunecmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/prune"
)

type restoreOptions struct {
	bucket  string
	catalog string
	consent command.Consent
	format  command.Format
}

// NewRestore is `layerfleet catalog restore`.
func NewRestore(f *command.Factory) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE.json…",
		Short: "publish layer versions again that prune archived",
		Long: `restore publishes layer versions again from what "layerfleet prune --archive" kept, lets
those use them who might before, and notes them in the catalog, if they have a release.

A version gets a new number: Lambda never gives one twice. Functions that still list the
old number have to be moved to the new one. A Region that has the content already is left
as it is, but for grants that are missing; a repeat completes what failed.`,
		Example: `  layerfleet catalog restore attic/common-deps/us-east-1-3.json
  layerfleet catalog restore attic/common-deps/*.json --yes -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.FlagError(fmt.Errorf("%s needs FILE.json", cmd.CommandPath()), cmd)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runRestore(cmd, f, o, args) },
	}
	cmd.Flags().StringVar(&o.bucket, "bucket", "", "S3 bucket of the Region, with {region} and {account} filled in, for archives over 50 MB")
	command.CatalogFlag(cmd, &o.catalog)
	o.consent.Flag(cmd)
	command.FormatFlag(cmd, &o.format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func runRestore(cmd *cobra.Command, f *command.Factory, o restoreOptions, files []string) error {
	c, err := catalog.LoadOrNew(o.catalog)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	a, err := f.Access(ctx)
	if err != nil {
		return err
	}
	check := func(file string) (*prune.Archived, error) {
		r, err := prune.ReadArchived(file)
		if err != nil {
			return nil, err
		}
		return r, r.Check(a, c, o.bucket)
	}
	for _, file := range files { // all are looked at before anything is published
		r, err := check(file)
		if err != nil {
			return hint.With(err, "nothing was published")
		}
		f.Terminal.Say("%s: %s", file, r.Summary())
	}
	if err := o.consent.Ask(f.Terminal, "publish again?"); err != nil {
		return err
	}
	out := newRestoreOutput()
	jobs := f.Terminal.Jobs()
	for i, file := range files {
		jobs("publishing", i, len(files))
		r, err := check(file) // again, so that the bytes of all need not be held
		if err == nil {
			var done *prune.Restored
			if done, err = r.Restore(ctx, a, o.catalog, o.bucket); done != nil {
				out.Restored = append(out.Restored, done)
			}
		}
		if err != nil {
			out.Failed = append(out.Failed, restoreFailure{file, access.Message(err)})
		}
		if ctx.Err() != nil {
			break
		}
	}
	f.Terminal.Status()
	err = f.Show(o.format, out, func() error { return out.show(f.Terminal) })
	if err := errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	return command.Conclude(len(out.Failed) == 0, false)
}
