package command

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/term"
)

// Consent is asked for before anything is written.
type Consent struct{ Yes bool }

// ErrRefused is the answer no: nothing was changed.
var ErrRefused = errors.New("not confirmed, nothing was changed")

// Flag gives a command --yes.
func (c *Consent) Flag(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&c.Yes, "yes", "y", false, "do not ask")
}

// Ask returns nil when the person, or --yes, agrees to the question.
func (c Consent) Ask(t *term.Terminal, question string) error {
	if c.Yes {
		return nil
	}
	agreed, err := t.Confirm(question)
	switch {
	case errors.Is(err, term.ErrNotAsked):
		return hint.With(err, "give --yes to continue without being asked")
	case err != nil:
		return err
	case !agreed:
		return ErrRefused
	}
	return nil
}
