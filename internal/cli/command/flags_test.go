package command_test

import (
	"slices"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/hint"
)

type source string

// scratch is a command with a flag of each kind.
func scratch() *cobra.Command {
	cmd := &cobra.Command{Use: "do", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error { return nil }}
	cmd.SetFlagErrorFunc(command.BadFlag)
	var (
		list   command.List
		format command.Format
		from   source
		wait   time.Duration
	)
	cmd.Flags().Var(&list, "regions", "")
	cmd.Flags().Int("count", 0, "")
	cmd.Flags().Uint64("seed", 0, "")
	cmd.Flags().Float64("rate", 0, "")
	cmd.Flags().Bool("all", false, "")
	cmd.Flags().DurationVar(&wait, "wait", 0, "")
	command.FormatFlag(cmd, &format)
	command.Choice(cmd, &from, "source", "", "", source("aggregator"), "scan", "file")
	return cmd
}

func TestBadFlags(t *testing.T) {
	const help = "see `do --help`"
	tests := []struct{ name, arg, want, hint string }{
		{name: "near miss", arg: "--region", want: "do has no flag --region", hint: "did you mean --regions?"},
		{name: "nothing near", arg: "--frobnicate", want: "do has no flag --frobnicate", hint: help},
		{name: "no letter", arg: "-x", want: "do has no flag -x", hint: help},
		{name: "empty value", arg: "--regions=a,,b", want: `--regions "a,,b" has an empty value`, hint: help},
		{name: "int", arg: "--count=many", want: `--count "many" is not a whole number`, hint: help},
		{name: "uint", arg: "--seed=-1", want: `--seed "-1" is not a whole number of 0 or more`, hint: help},
		{name: "float", arg: "--rate=fast", want: `--rate "fast" is not a number`, hint: help},
		{name: "bool", arg: "--all=yes", want: `--all "yes" is neither true nor false`, hint: help},
		{name: "duration", arg: "--wait=2", want: `--wait "2" is not a time such as 90m or 2h`, hint: help},
		{name: "two words", arg: "--output=yaml", want: `--output "yaml" is neither text nor json`, hint: help},
		{name: "near word", arg: "--output=jsn", want: `--output "jsn" is neither text nor json`, hint: "did you mean json?"},
		{name: "three words", arg: "--source=x", want: `--source "x" is not one of aggregator, scan, file`, hint: help},
		{name: "no value", arg: "--regions", want: "flag needs an argument: --regions", hint: help},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := scratch()
			cmd.SetArgs([]string{tt.arg})
			err := cmd.Execute()
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if got := hint.Of(err); !slices.Equal(got, []string{tt.hint}) {
				t.Errorf("hints are %q, want %q", got, tt.hint)
			}
		})
	}
}

func TestRateIsARange(t *testing.T) {
	f := command.NewFactory(command.Streams{}, func(string) string { return "" }, "v1")
	for _, rate := range []string{"0", "-1", "15.5"} {
		cmd := scratch()
		cmd.Flags().Lookup("rate").Hidden = true
		sub := &cobra.Command{Use: "sub", RunE: func(*cobra.Command, []string) error { return nil }}
		f.AccessFlags(sub, access.ReadRole)
		cmd.AddCommand(sub)
		cmd.SetArgs([]string{"sub", "--rate=" + rate})
		if err, want := cmd.Execute(), "--rate must be above 0 and at most 15 calls a second, not "+rate; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	root := command.Group(&cobra.Command{Use: "root", SilenceErrors: true, SilenceUsage: true}, scratch())
	for verb, want := range map[string]string{"doo": "did you mean do?", "elsewhere": "see `root --help`"} {
		root.SetArgs([]string{verb})
		err := root.Execute()
		if got := hint.Of(err); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, hints %q, want %q", verb, err, got, want)
		}
	}
}
