package layercmd

import (
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/report"
)

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
