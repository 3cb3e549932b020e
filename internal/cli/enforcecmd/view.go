package enforcecmd

import (
	"fmt"
	"strconv"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/term"
	"github.com/layerfleet/layerfleet/internal/watch"
)

// showStatus prints the table of pairs, and the functions that are not simply right.
func showStatus(t *term.Terminal, s *enforce.Status) error {
	for _, line := range enforce.Lines(s.Moves) {
		t.Say("%s", line)
	}
	table := term.NewTable("ACCOUNT", "REGION", "STATUS", "RIGHT", "OPEN", "FAILED", "EXCEPTED", "LEFT", "EXEMPT", "OTHER", "NOT USING", "REASON").Right(3, 4, 5, 6, 7, 8, 9, 10)
	for _, p := range s.Pairs {
		row := []string{p.AccountID, p.Region, p.Status}
		for _, n := range []int{p.Right, p.Open, p.Failed, p.Excepted, p.Left + p.Findings, p.Exempt, p.OtherVersion, p.NotUsing} {
			text := strconv.Itoa(n)
			if p.Code != "" && p.Using() == 0 {
				text = "?"
			}
			row = append(row, text)
		}
		reason := ""
		if p.Code != "" {
			reason = enforce.Why(p.Reason)
		}
		table.Row(append(row, reason)...)
	}
	if err := table.Write(t); err != nil {
		return err
	}
	return showFunctions(t, s)
}

// showFunctions prints the functions that are not simply right, and what the totals mean.
func showFunctions(t *term.Terminal, s *enforce.Status) error {
	if s.Operation != "" {
		t.Say("operation %s is still running", s.Operation)
	}
	functions := term.NewTable("ACCOUNT", "REGION", "FUNCTION", "STATE", "EXCEPTION", "WHY")
	rows := 0
	for _, f := range s.Functions {
		if f.State == watch.OtherVersion {
			continue
		}
		rows++
		why := ""
		if f.Code != "" && f.Code != fleet.Exempt {
			why = enforce.Why(f.Reason)
		}
		functions.Row(f.AccountID, f.Region, f.Name, string(f.State), yesNo(f.Exception), why)
	}
	if rows > 0 {
		if _, err := fmt.Fprintln(t.Out()); err != nil {
			return err
		}
		if err := functions.Write(t); err != nil {
			return err
		}
	}
	if n := s.Total.Open; n > 0 {
		t.Say("%s open: AWS continues by itself; the same deployment asks for what is missing", count.Of(n, "function"))
	}
	if n := s.Unreached(); n > 0 {
		t.Say("hint: deploy again to reach the %s without an instance", count.Of(n, "pair"))
	}
	if n := len(s.Needless()); n > 0 {
		t.Say("hint: AWS Config holds exceptions for %s that are right: `layerfleet enforce retry` clears them", count.Of(n, "function"))
	}
	if !s.Automatic {
		t.Say("detection only: this set moves no function")
	}
	t.Say("counts are of %s", s.Scope)
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
