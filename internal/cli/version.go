package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/report"
)

// version is this build's: the module's version, which the go command stamps from
// the release tag or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

type versionInfo struct {
	FormatVersion string `json:"format_version"`
	Version       string `json:"version"`
	Go            string `json:"go"`
	Platform      string `json:"platform"`
}

func newVersion(f *command.Factory) *cobra.Command {
	var format command.Format
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "print the version of this build",
		Example: "  layerfleet version\n  layerfleet version -o json",
		Args:    command.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := versionInfo{report.FormatVersion, f.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			return f.Show(format, info, func() error {
				_, err := fmt.Fprintf(f.Terminal.Out(), "layerfleet %s (%s, %s)\n", info.Version, info.Go, info.Platform)
				return err
			})
		},
	}
	command.FormatFlag(cmd, &format)
	return cmd
}
