// Package command is what the commands of layerfleet are built from: a factory of
// what they need, exit codes, output formats, consent and the shape of errors.
package command

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/term"
)

// Streams are the process's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Factory gives commands what they need when they need it: making it touches
// neither files nor network, so that help never fails.
type Factory struct {
	// Terminal is the streams as a person sees them.
	Terminal *term.Terminal
	// Env reads an environment variable.
	Env func(string) string
	// Version is this build's, as `layerfleet version` prints it.
	Version string

	settings access.Settings
	open     func() (*access.Access, error)
}

// NewFactory makes the factory of one run.
func NewFactory(s Streams, env func(string) string, version string) *Factory {
	return &Factory{Terminal: term.New(s.In, s.Out, s.Err, env), Env: env, Version: version}
}

// AccessFlags gives a command that talks to AWS the flags that say how. The role is
// the one assumed in other accounts by default. A PreRunE of the command's own must
// be there before.
func (f *Factory) AccessFlags(cmd *cobra.Command, role string) {
	if given := f.Env("LAYERFLEET_ROLE"); given != "" {
		role = given
	}
	var s access.Settings
	flags := cmd.Flags()
	flags.StringVar(&s.Profile, "profile", "", "profile of the AWS configuration files")
	flags.StringVar(&s.Region, "region", "", "home Region, where the aggregator is (default: the AWS chain's)")
	flags.StringVar(&s.Role, "role", role, "role to assume in other accounts (env LAYERFLEET_ROLE)")
	flags.Float64Var(&s.Rate, "rate", access.DefaultRate, "Lambda calls a second in each account and Region; AWS allows 15")
	own := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if s.Rate <= 0 || s.Rate > 15 {
			return FlagError(fmt.Errorf("--rate must be above 0 and at most 15 calls a second, not %v", s.Rate), cmd)
		}
		f.settings = s
		if own != nil {
			return own(cmd, args)
		}
		return nil
	}
}

// Access opens the way to AWS once, with the settings of flags and environment.
// Its errors are those of access.Open.
func (f *Factory) Access(ctx context.Context) (*access.Access, error) {
	if f.open == nil {
		f.open = sync.OnceValues(func() (*access.Access, error) {
			s := f.settings
			s.Version = f.Version
			if url := f.Env("LAYERFLEET_CLOCK"); url != "" {
				clock, err := access.ClockAt(ctx, url)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if err != nil {
					return nil, hint.With(fmt.Errorf("the clock of the sandbox (LAYERFLEET_CLOCK): %w", err),
						"unset LAYERFLEET_CLOCK if no sandbox is meant; start the sandbox and read its environment again if one is")
				}
				s.Time = clock
			}
			return access.Open(ctx, s)
		})
	}
	return f.open()
}
