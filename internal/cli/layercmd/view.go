package layercmd

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/report"
)

// form is the form of the result: those of every command, and SARIF.
type form string

const (
	text  form = "text"
	json  form = "json"
	sarif form = "sarif"
)

// String, Set and Type make a form a flag's value.
func (f *form) String() string { return string(*f) }

// Set takes one of the forms.
func (f *form) Set(s string) error {
	if !slices.Contains([]form{text, json, sarif}, form(s)) {
		return errors.New("must be text, json or sarif")
	}
	*f = form(s)
	return nil
}

// Type is the placeholder in help texts.
func (f *form) Type() string { return "text|json|sarif" }

func (f *form) flag(cmd *cobra.Command) {
	*f = text
	cmd.Flags().VarP(f, "output", "o", "form of the result")
	// The names are fixed, so registering cannot fail.
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json", "sarif"}, cobra.ShellCompDirectiveNoFileComp))
}

// showCheck prints a line for each finding; what to do about it is on standard error.
func showCheck(f *command.Factory, r *check.Report) error {
	for _, one := range r.Findings {
		if _, err := fmt.Fprintf(f.Terminal.Out(), "%-7s  %s\n", one.Level, one.Line()); err != nil {
			return err
		}
	}
	var told []string
	for _, one := range r.Of(check.Refused) {
		if one.Advice != "" && !slices.Contains(told, one.Advice) {
			f.Terminal.Say("hint: %s", one.Advice)
			told = append(told, one.Advice)
		}
	}
	refused, noted := len(r.Of(check.Refused)), len(r.Of(check.Note))
	_, err := fmt.Fprintf(f.Terminal.Out(), "%s, %d bytes: %d refused, %d noted\n", count.Of(r.Files, "file"), r.Unzipped, refused, noted)
	return err
}

// sarifOf turns the findings into results: one for each kind, at its first paths, as
// services that show SARIF limit the number of results.
func sarifOf(r *check.Report) []report.Result {
	const most = 100 // places of a result
	list := make([]report.Result, 0, len(r.Findings))
	for _, f := range r.Findings {
		level := report.SARIFNote
		if f.Level == check.Refused {
			level = report.SARIFError
		}
		one := report.Result{Rule: string(f.Code), Title: check.Titles[f.Code], Level: level, Text: f.Line(), Help: f.Advice, Suppressed: f.Allowed}
		for _, p := range f.Paths[:min(most, len(f.Paths))] {
			one.Places = append(one.Places, report.Place{Path: r.Source + "/" + p, Line: f.Lines[p]})
		}
		if len(f.Paths) == 0 {
			one.Places = []report.Place{{Path: r.Source}}
		}
		list = append(list, one)
	}
	return list
}
