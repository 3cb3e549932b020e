package guard

import (
	"context"
	"errors"

	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Ruleset is a compiled rule file. It is immutable: any number of goroutines
// may evaluate it at once.
type Ruleset struct {
	program *eval.Program
	limits  eval.Limits
}

// Dialect selects whose grammar and verdicts apply.
type Dialect = syntax.Dialect

// The dialects.
const (
	// DialectConfig is Guard as AWS Config runs it: runtime guard-2.x.x, taken to
	// be cfn-guard 2.1.3. It is the zero value.
	DialectConfig = syntax.DialectConfig
	// DialectV3 is cfn-guard 3.1.1.
	DialectV3 = syntax.DialectV3
)

// Options say how to compile and evaluate a rule file. The zero value is fine for
// a policy of AWS Config.
type Options struct {
	// Dialect of the rules.
	Dialect Dialect
	// Name of the file, for messages.
	Name string
	// MaxBytes limits the length of the source; 0 means 1 MiB.
	MaxBytes int
	// MaxDepth limits nesting in the source; 0 means 200.
	MaxDepth int
	// Limits bound each evaluation.
	Limits Limits
}

// Limits bound an evaluation; one that reaches them ends with [ErrLimit].
type Limits struct {
	// MaxSteps counts values looked at and clauses evaluated; 0 means 200
	// million.
	MaxSteps int
	// MaxDepth counts nested blocks, filters, rules and variables; 0 means
	// 1,000.
	MaxDepth int
}

// Diagnostics are the errors of a rule file, see [syntax.Diagnostics].
type Diagnostics = syntax.Diagnostics

// Position is a place in a rule file or document. It prints as
// FILE:LINE:COLUMN, see [syntax.Position].
type Position = syntax.Position

// ErrTooLong means that a rule file is longer than [Options] allow.
var ErrTooLong = errors.New("rule file is too long")

// What ends an evaluation without a verdict; for errors.Is.
var (
	// ErrLimit means that it ran too long or too deep, which is also how
	// rules and variables that refer to themselves end.
	ErrLimit = eval.ErrLimit
	// ErrUndefined means that a variable or rule is not there, or cannot be
	// seen from where it is used.
	ErrUndefined = eval.ErrUndefined
	// ErrUnsupported means that the rules ask what the engines give up on,
	// such as whether a number is empty.
	ErrUnsupported = eval.ErrUnsupported
)

// Compile reads a rule file. If it is not what the engine of the dialect
// accepts, the error is a [Diagnostics] with everything that was found.
func Compile(src []byte, o Options) (*Ruleset, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if len(src) > o.MaxBytes {
		return nil, ErrTooLong
	}
	f, err := syntax.Parse(string(src), syntax.Options{Name: o.Name, Dialect: o.Dialect, MaxDepth: o.MaxDepth})
	if err != nil {
		return nil, err
	}
	return &Ruleset{program: eval.Compile(f), limits: eval.Limits(o.Limits)}, nil
}

// File is the syntax tree of the rules.
func (r *Ruleset) File() *syntax.File { return r.program.File }

// Rules are the names of the rules in the order of evaluation. Clauses outside
// any rule are the rule "default", which comes first. A name may repeat.
func (r *Ruleset) Rules() []string {
	names := make([]string, r.program.Size())
	for i := range names {
		names[i] = r.program.Name(i)
	}
	return names
}

// Status gives the verdict of the file: StatusFail if some rule fails, else
// StatusPass if some rule passes, else StatusSkip. An error means that there is no
// verdict: the rules refer to something that is not defined, ask something the
// engine gives up on, or ran into a limit.
func (r *Ruleset) Status(ctx context.Context, d *Document) (Status, error) {
	s, err := r.program.Status(ctx, d.Root(), r.limits)
	return Status(s), err
}

// Statuses gives the verdict of every rule, in the order of [Ruleset.Rules]. The
// error is as in [Ruleset.Status].
func (r *Ruleset) Statuses(ctx context.Context, d *Document) ([]Status, error) {
	found, err := r.program.Statuses(ctx, d.Root(), r.limits)
	if err != nil {
		return nil, err
	}
	out := make([]Status, len(found))
	for i, s := range found {
		out[i] = Status(s)
	}
	return out, nil
}
