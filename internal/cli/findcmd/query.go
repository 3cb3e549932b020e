package findcmd

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/report"
)

// queryOutput is the JSON value of query.
type queryOutput struct {
	FormatVersion string `json:"format_version"`
	*inventory.Rows
}

// NewQuery is `layerfleet query`.
func NewQuery(f *command.Factory) *cobra.Command {
	var aggregator, file string
	var format command.Format
	cmd := &cobra.Command{
		Use:   "query 'SELECT …'",
		Short: "run an AWS Config advanced query over the aggregator, all pages",
		Long: `query runs an advanced query of AWS Config over the organization's aggregator and
prints all pages of the answer. Accounts and Regions are selected like everything
else: as accountId and awsRegion. "layerfleet coverage" says what the aggregator
cannot know.`,
		Example: `  layerfleet query "SELECT accountId, awsRegion, resourceId, configuration.layers.arn WHERE resourceType = 'AWS::Lambda::Function'"
  layerfleet query "SELECT configuration.runtime, COUNT(*) WHERE resourceType = 'AWS::Lambda::Function' GROUP BY configuration.runtime"
  layerfleet query --file outdated.sql -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case file != "" && len(args) > 0:
				return command.FlagError(fmt.Errorf("a query and --file were both given"), cmd)
			case file != "":
				return nil
			}
			return command.ExactArgs("a query in quotes")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := queryText(args, file)
			if err != nil {
				return err
			}
			a, err := f.Access(cmd.Context())
			if err != nil {
				return err
			}
			rows, err := inventory.Query(cmd.Context(), a, aggregator, text, func(read int) {
				f.Terminal.Status(count.Of(read, "row"))
			})
			f.Terminal.Status()
			if err != nil {
				return err
			}
			return f.Show(format, queryOutput{report.FormatVersion, rows}, func() error { return report.Rows(f.Terminal, rows) })
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "file with the query")
	addAggregator(cmd, f, &aggregator)
	command.FormatFlag(cmd, &format)
	f.AccessFlags(cmd, access.ReadRole)
	return cmd
}

// queryText is the query on one line, without the semicolon that people are used to.
func queryText(args []string, file string) (string, error) {
	text := strings.Join(args, " ")
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		text = string(b)
	}
	return strings.TrimSuffix(strings.TrimSpace(text), ";"), nil
}
