package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// BadFlag words the errors of flags: which flag, what was given, what it accepts, and
// the nearest known name or word.
func BadFlag(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return FlagError(unknownFlag(cmd, unknown), cmd)
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		what := map[string]string{
			"int": "is not a whole number", "uint64": "is not a whole number of 0 or more", "float64": "is not a number",
			"duration": "is not a time such as 90m or 2h", "bool": "is neither true nor false",
		}[bad.GetFlag().Value.Type()]
		cause := bad.Unwrap()
		if what != "" {
			cause = errors.New(what)
		}
		return FlagError(fmt.Errorf("--%s %q %w", bad.GetFlag().Name, bad.GetValue(), cause), cmd)
	}
	return FlagError(err, cmd)
}

func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	typed := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("%s has no flag -%s", cmd.CommandPath(), typed)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	err := fmt.Errorf("%s has no flag --%s", cmd.CommandPath(), typed)
	if near := hint.Nearest(typed, names); near != "" {
		return hint.With(err, "did you mean --"+near+"?")
	}
	return err
}

// Choice gives a command a flag that takes one of a few words; shells complete them.
func Choice[T ~string](cmd *cobra.Command, p *T, name, shorthand, usage string, byDefault T, others ...T) {
	*p = byDefault
	words := append([]T{byDefault}, others...)
	cmd.Flags().VarP(&choice[T]{p, words}, name, shorthand, usage)
	completions := make([]string, len(words))
	for i, w := range words {
		completions[i] = string(w)
	}
	// The flag was made a line above: registering cannot fail.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(completions, cobra.ShellCompDirectiveNoFileComp))
}

type choice[T ~string] struct {
	p     *T
	words []T
}

func (c *choice[T]) String() string { return string(*c.p) }

// Set accepts one of the words.
func (c *choice[T]) Set(s string) error {
	if slices.Contains(c.words, T(s)) {
		*c.p = T(s)
		return nil
	}
	err := fmt.Errorf("is not one of %s", strings.Join(c.names(), ", "))
	if len(c.words) == 2 {
		err = fmt.Errorf("is neither %s nor %s", c.words[0], c.words[1])
	}
	if advice := hint.DidYouMean(s, c.names()); advice != "" {
		err = hint.With(err, advice)
	}
	return err
}

// Type is the placeholder in help texts.
func (c *choice[T]) Type() string { return strings.Join(c.names(), "|") }

func (c *choice[T]) names() []string {
	out := make([]string, len(c.words))
	for i, w := range c.words {
		out[i] = string(w)
	}
	return out
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
			return errors.New("has an empty value")
		}
		if !slices.Contains(*l, part) {
			*l = append(*l, part)
		}
	}
	return nil
}

// Type is the placeholder in help texts.
func (l *List) Type() string { return "a,b" }
