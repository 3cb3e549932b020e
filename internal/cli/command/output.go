package command

import (
	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/report"
)

// Format is the form of a command's result on standard output.
type Format string

// The formats that every command has. One value is behind all forms of a result.
const (
	Text Format = "text"
	JSON Format = "json"
)

// SARIF is for findings in files, which code hosts and editors show at their lines.
const SARIF Format = "sarif"

// FormatFlag gives a command -o/--output, text unless told otherwise. Others are the
// formats that this command has besides text and JSON, and prints itself.
func FormatFlag(cmd *cobra.Command, f *Format, others ...Format) {
	Choice(cmd, f, "output", "o", "form of the result", Text, append([]Format{JSON}, others...)...)
}

// Show prints a result: as JSON, or as text prints it.
func (f *Factory) Show(format Format, value any, text func() error) error {
	if format == JSON {
		return report.JSON(f.Terminal.Out(), value)
	}
	return text()
}
