package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/report"
)

// Format is the form of a command's result on standard output.
type Format string

// The formats. One value is behind both.
const (
	Text Format = "text"
	JSON Format = "json"
)

// String, Set and Type make a Format a flag's value.
func (f *Format) String() string { return string(*f) }

// Set takes one of the formats.
func (f *Format) Set(s string) error {
	if !slices.Contains([]Format{Text, JSON}, Format(s)) {
		return fmt.Errorf("must be text or json")
	}
	*f = Format(s)
	return nil
}

// Type is the placeholder in help texts.
func (f *Format) Type() string { return "text|json" }

// FormatFlag gives a command -o/--output, text unless told otherwise.
func FormatFlag(cmd *cobra.Command, f *Format) {
	*f = Text
	cmd.Flags().VarP(f, "output", "o", "form of the result")
	// The names are fixed, so that registering cannot fail.
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// Show prints a result: as JSON, or as text prints it.
func (f *Factory) Show(format Format, value any, text func() error) error {
	if format == JSON {
		return report.JSON(f.Terminal.Out(), value)
	}
	return text()
}

// List is the value of a flag that takes several, as --x a,b or --x a --x b,
// without empty ones.
type List []string

// String, Set and Type make a List a flag's value.
func (l *List) String() string { return strings.Join(*l, ",") }

// Set adds values.
func (l *List) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			return fmt.Errorf("has an empty value")
		}
		if !slices.Contains(*l, part) {
			*l = append(*l, part)
		}
	}
	return nil
}

// Type is the placeholder in help texts.
func (l *List) Type() string { return "a,b" }
