package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
)

// ExitCode is what the process ends with. The first that applies is taken, in the
// order of the table.
type ExitCode int

// The exit codes of every command.
const (
	Done        ExitCode = 0
	Failure     ExitCode = 1
	Findings    ExitCode = 2
	Partial     ExitCode = 3
	Denied      ExitCode = 4
	NotFinished ExitCode = 5
	Interrupted ExitCode = 130
)

// ExitTable is the part of every help text that explains the codes.
const ExitTable = `  130  interrupted
    4  not authenticated, or denied at the start
    1  failure
    2  stopped by health
    5  not finished: the same command continues
    3  partial: nothing more will come, but something was not covered or failed
    2  findings, or pending changes
    0  done, or nothing to do
`

// Outcome ends a command that has shown its result with a code other than Done.
// Nothing more is printed for it.
type Outcome ExitCode

func (o Outcome) Error() string { return fmt.Sprintf("exit code %d", int(o)) }

// Ending is what a command that looked at a fleet found out about it.
type Ending struct {
	Open     bool // something is still to come, and the same command continues
	Partial  bool // something was not covered, or failed
	Findings bool
}

// Conclude is the end of a command: the first that applies, or nil.
func (e Ending) Conclude() error {
	switch {
	case e.Open:
		return Outcome(NotFinished)
	case e.Partial:
		return Outcome(Partial)
	case e.Findings:
		return Outcome(Findings)
	}
	return nil
}

// Conclude is the end of a command that looked at a fleet and waits for nothing.
func Conclude(complete, findings bool) error {
	return Ending{Partial: !complete, Findings: findings}.Conclude()
}

// CodeOf is the exit code for what a command returned; ctx is the one that an
// interrupt cancels. A command that ended well in spite of an interrupt, as a server
// does, is Done.
func CodeOf(ctx context.Context, err error) ExitCode {
	var outcome Outcome
	switch {
	case err == nil:
		return Done
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &outcome):
		return ExitCode(outcome)
	case errors.Is(err, access.ErrDenied):
		return Denied
	}
	return Failure
}
