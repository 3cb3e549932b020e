package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/term"
)

// FlagError is an error in how a command was called. Where it carries no advice of its
// own it points to the help.
func FlagError(err error, cmd *cobra.Command) error {
	if err == nil || len(hint.Of(err)) > 0 {
		return err
	}
	return hint.With(err, "see `"+cmd.CommandPath()+" --help`")
}

// NoArgs refuses arguments with a sentence.
func NoArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return FlagError(fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), args[0]), cmd)
	}
	return nil
}

// ExactArgs asks for as many arguments as there are names.
func ExactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return FlagError(fmt.Errorf("%s needs %s", cmd.CommandPath(), names[len(args)]), cmd)
		case len(args) > len(names):
			return FlagError(fmt.Errorf("%s does not take %q", cmd.CommandPath(), args[len(names)]), cmd)
		}
		return nil
	}
}

// Group makes a command that only holds others: alone it prints its help, and an
// unknown verb is an error with the nearest known one.
func Group(cmd *cobra.Command, verbs ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(verbs...)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return Unknown(cmd, args[0])
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// Unknown is the error for a verb that a command does not have.
func Unknown(cmd *cobra.Command, verb string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	err := fmt.Errorf("%s has no command %q", cmd.CommandPath(), verb)
	if advice := hint.DidYouMean(verb, names); advice != "" {
		return hint.With(err, advice)
	}
	return FlagError(err, cmd)
}

// Report prints an error and its hints on standard error. What has been shown
// already, an Outcome, is left alone. Of an interrupt, what the calls under way said
// is of no use: only the hints are, which say what continues and how.
func Report(t *term.Terminal, code ExitCode, err error) {
	if _, ok := errors.AsType[Outcome](err); ok && code != Interrupted {
		return
	}
	t.Status()
	if code == Interrupted {
		t.Say("interrupted")
	} else {
		t.Say("%s %s", t.PaintErr(term.Red, "error:"), access.Text(err))
	}
	for _, advice := range hint.Of(err) {
		t.Say("%s %s", t.PaintErr(term.Cyan, "hint:"), advice)
	}
}
