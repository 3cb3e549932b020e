package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/term"
)

// FlagError is an error in how a command was called; it points to the help.
func FlagError(err error, cmd *cobra.Command) error {
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
// unknown verb is an error with the nearest known ones.
func Group(cmd *cobra.Command, verbs ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(verbs...)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		err := FlagError(fmt.Errorf("%s has no command %q", cmd.CommandPath(), args[0]), cmd)
		cmd.SuggestionsMinimumDistance = 2
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			err = hint.With(err, "did you mean "+strings.Join(near, " or ")+"?")
		}
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// Report prints an error and its hints on standard error. What has been shown
// already, an Outcome, is left alone.
func Report(t *term.Terminal, err error) {
	if _, ok := errors.AsType[Outcome](err); ok {
		return
	}
	t.Status()
	t.Say("%s %s", t.PaintErr(term.Red, "error:"), access.Text(err))
	for _, advice := range hint.Of(err) {
		t.Say("%s %s", t.PaintErr(term.Cyan, "hint:"), advice)
	}
}
