package catalogcmd

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/catalog/live"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

// shown is the JSON value of show.
type shown struct {
	FormatVersion string `json:"format_version"`
	Layer         string `json:"layer"`
	releaseValue
	Files []file `json:"files,omitempty"`
}

type file struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes, unzipped
}

func newShow(f *command.Factory) *cobra.Command {
	var path string
	var files bool
	var format command.Format
	cmd := &cobra.Command{
		Use:   "show LAYER@RELEASE|LAYER@CHANNEL|ARN",
		Short: "show a release: what it is, where it is, and which files are in it",
		Example: `  layerfleet catalog show common-deps@stable
  layerfleet catalog show common-deps@2.3.1 --files
  layerfleet catalog show arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:30 -o json`,
		Args: command.ExactArgs("a release, as LAYER@RELEASE, LAYER@CHANNEL or ARN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := command.LoadCatalog(path)
			if err != nil {
				return err
			}
			l, r, err := pick(c, args[0])
			if err != nil {
				return command.FlagError(err, cmd)
			}
			out := shown{FormatVersion: report.FormatVersion, Layer: l.Name, releaseValue: releaseOf(l, r)}
			if files {
				a, err := f.Access(cmd.Context())
				if err != nil {
					return err
				}
				opened, err := live.Open(cmd.Context(), a, r)
				if err != nil {
					return err
				}
				for _, e := range opened.Entries {
					out.Files = append(out.Files, file{e.Name, e.Size})
				}
			}
			return f.Show(format, out, func() error { return writeShown(f.Terminal, out) })
		},
	}
	cmd.ValidArgsFunction = command.CompleteReleases
	cmd.Flags().BoolVar(&files, "files", false, "download the archive and list its files")
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

// pick finds a release by reference or by the ARN of one of its versions.
func pick(c *catalog.Catalog, text string) (*catalog.Layer, *catalog.Release, error) {
	if strings.HasPrefix(text, "arn:") {
		v, err := layer.ParseVersionARN(text)
		if err != nil {
			return nil, nil, err
		}
		if l, r := c.Find(v); r != nil {
			return l, r, nil
		}
		return nil, nil, fmt.Errorf("the catalog does not know %s", v)
	}
	ref, err := catalog.ParseRef(text)
	if err != nil {
		return nil, nil, err
	}
	return c.Resolve(ref)
}

func writeShown(t *term.Terminal, s shown) error {
	facts := term.NewTable("LAYER", s.Layer).Prose(1)
	facts.Row("RELEASE", s.Release+inBrackets(s.Channels))
	facts.Row("SHA256", s.SHA256)
	facts.Row("SIZE", fmt.Sprintf("%d bytes zipped, %d unzipped", s.Zipped, s.Unzipped))
	for _, fact := range [][2]string{
		{"RUNTIMES", strings.Join(s.Runtimes, ", ")},
		{"ARCHITECTURES", strings.Join(s.Architectures, ", ")},
		{"LICENSE", s.License},
		{"DESCRIPTION", s.Description},
		{"SHARED WITH", strings.Join(s.Grants, ", ")},
		{"MISSING IN", strings.Join(s.Missing, ", ")},
	} {
		if fact[1] != "" {
			facts.Row(fact[0], fact[1])
		}
	}
	for _, region := range slices.Sorted(maps.Keys(s.Regions)) {
		facts.Row(region, s.Regions[region])
	}
	if err := facts.Write(t); err != nil || len(s.Files) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(t.Out()); err != nil {
		return err
	}
	files := term.NewTable("BYTES", "FILE").Right(0)
	for _, e := range s.Files {
		files.Row(strconv.FormatInt(e.Size, 10), e.Name)
	}
	return files.Write(t)
}

// difference is the JSON value of diff.
type difference struct {
	FormatVersion string        `json:"format_version"`
	Before        shown         `json:"before"`
	After         shown         `json:"after"`
	Files         []live.Change `json:"files"`
}

func newDiff(f *command.Factory) *cobra.Command {
	var path string
	var format command.Format
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "show which files differ between two releases",
		Long: `diff downloads the archives of two releases and lists the files that differ. The
releases are written as LAYER@RELEASE, LAYER@CHANNEL or the ARN of a layer version.`,
		Example: `  layerfleet catalog diff common-deps@2.3.0 common-deps@2.3.1
  layerfleet catalog diff common-deps@stable common-deps@canary -o json`,
		Args: command.ExactArgs("the release before", "the release after"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := command.LoadCatalog(path)
			if err != nil {
				return err
			}
			l1, before, err := pick(c, args[0])
			if err != nil {
				return command.FlagError(err, cmd)
			}
			l2, after, err := pick(c, args[1])
			if err != nil {
				return command.FlagError(err, cmd)
			}
			ctx := cmd.Context()
			a, err := f.Access(ctx)
			if err != nil {
				return err
			}
			old, err := live.Open(ctx, a, before)
			if err != nil {
				return err
			}
			now, err := live.Open(ctx, a, after)
			if err != nil {
				return err
			}
			out := difference{report.FormatVersion, shown{report.FormatVersion, l1.Name, releaseOf(l1, before), nil}, shown{report.FormatVersion, l2.Name, releaseOf(l2, after), nil}, live.Compare(old, now)}
			return f.Show(format, out, func() error { return writeDiff(f.Terminal, out.Files) })
		},
	}
	cmd.ValidArgsFunction = command.CompleteReleases
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

func writeDiff(t *term.Terminal, changes []live.Change) error {
	if len(changes) == 0 {
		t.Say("the files are the same")
		return nil
	}
	table := term.NewTable("CHANGE", "BYTES BEFORE", "BYTES AFTER", "FILE").Right(1, 2)
	size := func(n int64) string {
		if n < 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	for _, c := range changes {
		what := "changed"
		switch {
		case c.Before < 0:
			what = "added"
		case c.After < 0:
			what = "removed"
		}
		table.Row(what, size(c.Before), size(c.After), c.Name)
	}
	return table.Write(t)
}
