package catalogcmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

func newList(f *command.Factory) *cobra.Command {
	var path string
	var format command.Format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "list the layers with their releases and channels",
		Example: "  layerfleet catalog list\n  layerfleet catalog list -o json",
		Args:    command.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := command.LoadCatalog(path)
			if err != nil {
				return err
			}
			return f.Show(format, exported(c), func() error {
				t := term.NewTable("LAYER", "RELEASE", "CHANNELS", "REGIONS", "MISSING", "ZIPPED", "PUBLISHED").Right(3, 4, 5).Drop(5, 6)
				for _, l := range c.Layers {
					for _, r := range slices.Backward(l.Releases) {
						t.Row(l.Name, r.Name, strings.Join(l.ChannelsOf(r.Name), ", "), strconv.Itoa(len(r.Regions)), strconv.Itoa(len(r.Missing)), strconv.FormatInt(r.Zipped, 10), day(r.Published))
					}
				}
				return t.Write(f.Terminal)
			})
		},
	}
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	return cmd
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// whatis is the JSON value of whatis.
type whatis struct {
	FormatVersion string   `json:"format_version"`
	Layer         string   `json:"layer"`
	Release       string   `json:"release"`
	SHA256        string   `json:"sha256"`
	Region        string   `json:"region"`
	Channels      []string `json:"channels"`
}

func newWhatis(f *command.Factory) *cobra.Command {
	var path string
	var format command.Format
	cmd := &cobra.Command{
		Use:   "whatis ARN",
		Short: "say which release a layer version is",
		Example: `  layerfleet catalog whatis arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:30
  layerfleet catalog whatis arn:aws:lambda:eu-west-1:111122223333:layer:common-deps:30 -o json`,
		Args: command.ExactArgs("a layer version ARN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := layer.ParseVersionARN(args[0])
			if err != nil {
				return command.FlagError(err, cmd)
			}
			c, err := command.LoadCatalog(path)
			if err != nil {
				return err
			}
			l, r := c.Find(v)
			if r == nil {
				return hint.With(fmt.Errorf("the catalog does not know %s", v), "`layerfleet catalog import "+v.String()+"` adds it, if it can be read")
			}
			out := whatis{report.FormatVersion, l.Name, r.Name, r.SHA256, v.Region, l.ChannelsOf(r.Name)}
			return f.Show(format, out, func() error {
				_, err := fmt.Fprintf(f.Terminal.Out(), "%s %s%s\n", out.Layer, out.Release, inBrackets(out.Channels))
				return err
			})
		},
	}
	command.CatalogFlag(cmd, &path)
	command.FormatFlag(cmd, &format)
	return cmd
}

func inBrackets(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

func newPromote(f *command.Factory) *cobra.Command {
	var path, channel string
	var without command.List
	cmd := &cobra.Command{
		Use:   "promote LAYER RELEASE --to CHANNEL",
		Short: "point a channel at a release",
		Long: `promote points a channel of the catalog at a release; what it pointed at before stays in
its history. A release that is missing in a Region is refused: one whose publication is
not complete, or that is not where the channel's present release is.

Nothing changes in AWS: "enforce deploy --new LAYER@CHANNEL" moves functions, and
"catalog export --to ssm" tells Parameter Store.`,
		Example: `  layerfleet catalog promote common-deps 2.3.1 --to canary
  layerfleet catalog promote common-deps 2.3.1 --to stable
  layerfleet catalog promote common-deps 2.3.1 --to stable --without me-south-1`,
		Args: command.ExactArgs("the name of a layer", "a release"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if channel == "" {
				return command.FlagError(fmt.Errorf("--to must name a channel"), cmd)
			}
			if _, err := command.LoadCatalog(path); err != nil {
				return err
			}
			var before string
			err := catalog.Update(path, func(c *catalog.Catalog) error {
				l, err := c.Need(args[0])
				if err != nil {
					return err
				}
				before, err = l.Promote(args[1], channel, time.Now(), without)
				return err
			})
			if err != nil {
				return err
			}
			switch before {
			case args[1]:
				f.Terminal.Say("channel %s of %s already points at %s", channel, args[0], args[1])
			case "":
				f.Terminal.Say("channel %s of %s now points at %s", channel, args[0], args[1])
			default:
				f.Terminal.Say("channel %s of %s now points at %s; it was %s", channel, args[0], args[1], before)
			}
			return nil
		},
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return command.CompleteLayers(cmd, args, typed)
		case 1:
			return command.CompleteOf(cmd, args[0])
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cmd.Flags().StringVar(&channel, "to", "", "the channel")
	command.CompleteFlag(cmd, "to", func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return command.CompleteOf(cmd, strings.Join(args[:min(1, len(args))], ""))
	})
	cmd.Flags().Var(&without, "without", "Regions that the channel gives up")
	command.CatalogFlag(cmd, &path)
	return cmd
}
