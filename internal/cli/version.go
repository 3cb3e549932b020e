package cli

import (
	"cmp"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/report"
)

// build is what this program was made from, as the go command noted it: the release tag
// or a pseudo-version of the module, and the commit where there was a repository.
type build struct {
	FormatVersion string `json:"format_version"`
	Version       string `json:"version"`
	Commit        string `json:"commit,omitempty"`
	Date          string `json:"date,omitempty"` // of the commit, as RFC 3339
	Modified      bool   `json:"modified"`       // the commit and changes besides
	Go            string `json:"go"`
	Platform      string `json:"platform"`
}

func (b build) String() string {
	about := []string{b.Go, b.Platform}
	if b.Commit != "" {
		commit := "commit " + b.Commit[:min(12, len(b.Commit))]
		if b.Modified {
			commit += " with changes"
		}
		about = append([]string{commit, b.Date}, about...)
	}
	return "layerfleet " + b.Version + " (" + strings.Join(about, ", ") + ")"
}

func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return read(info)
}

// pseudo is a version without a tag: …DATE-COMMIT. `go install …@COMMIT` has no more to tell.
var pseudo = regexp.MustCompile(`[.-](\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)-([0-9a-f]{12})(?:\+|$)`)

// read understands build information; nil is that of a program built without modules.
func read(info *debug.BuildInfo) build {
	b := build{FormatVersion: report.FormatVersion, Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	if m := pseudo.FindStringSubmatch(b.Version); m != nil {
		b.Date, b.Commit = fmt.Sprintf("%s-%s-%sT%s:%s:%sZ", m[1], m[2], m[3], m[4], m[5], m[6]), m[7]
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(s.Value, b.Commit)
		case "vcs.time":
			b.Date = cmp.Or(s.Value, b.Date)
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func newVersion(f *command.Factory, b build) *cobra.Command {
	var format command.Format
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "print the version of this build",
		Example: "  layerfleet version\n  layerfleet version -o json",
		Args:    command.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return f.Show(format, b, func() error {
				_, err := fmt.Fprintln(f.Terminal.Out(), b)
				return err
			})
		},
	}
	command.FormatFlag(cmd, &format)
	return cmd
}
