package guard

import (
	"context"
	"errors"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Dialect selects whose grammar and verdicts apply.
type Dialect = syntax.Dialect

// The dialects.
const (
	// DialectConfig is Guard as AWS Config runs it: runtime guard-2.x.x, taken to be
	// cfn-guard 2.1.3. It is the zero value.
	DialectConfig = syntax.DialectConfig
	// DialectV3 is cfn-guard 3.1.1.
	DialectV3 = syntax.DialectV3
)

// Status is a verdict; its zero value is StatusSkip.
type Status = eval.Status

// The verdicts.
const (
	StatusSkip = eval.StatusSkip
	StatusPass = eval.StatusPass
	StatusFail = eval.StatusFail
)

// Diagnostics are the errors of a rule file, see [syntax.Diagnostics].
type Diagnostics = syntax.Diagnostics

// Document is what rules are evaluated against, see [doc.Document].
type Document = doc.Document

// Loader says how the scalars of a text are read, see [doc.Loader].
type Loader = doc.Loader

// The loaders.
const (
	// Value reads JSON as it is, and YAML by its core schema.
	LoadValues = doc.LoadValues
	// LoadCLI2 reads as the command line of 2.1.3.
	LoadCLI2 = doc.LoadCLI2
	// LoadCLI3 reads as the command line of 3.1.1.
	LoadCLI3 = doc.LoadCLI3
	// LoadTest reads as "cfn-guard test" 3.1.1.
	LoadTest = doc.LoadTest
)

// Limits bound an evaluation, see [eval.Limits].
type Limits = eval.Limits

// Options say how to compile.
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

// Ruleset is a compiled rule file. It is immutable: any number of goroutines
// may evaluate it at once.
type Ruleset struct {
	program *eval.Program
	limits  Limits
}

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

// ErrTooLong means that a rule file is longer than [Options] allow.
var ErrTooLong = errors.New("rule file is too long")

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
	return &Ruleset{program: eval.Compile(f), limits: o.Limits}, nil
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

// Status gives the verdict of the file: Fail if some rule fails, else Pass if
// some rule passes, else Skip. An error means that there is no verdict: the
// rules refer to something that is not defined, ask something the engine gives
// up on, or ran into a limit.
func (r *Ruleset) Status(ctx context.Context, d *Document) (Status, error) {
	return r.program.Status(ctx, d.Root(), r.limits)
}

// Statuses gives the verdict of every rule, in the order of [Ruleset.Rules].
func (r *Ruleset) Statuses(ctx context.Context, d *Document) ([]Status, error) {
	return r.program.Statuses(ctx, d.Root(), r.limits)
}

// FromValue makes a document of a Go value: map[string]any, []any, string,
// bool, int, int64, float64, json.Number and nil.
func FromValue(v any) (*Document, error) { return doc.FromValue(v) }

// ParseJSON makes a document of a JSON text.
func ParseJSON(text []byte) (*Document, error) { return doc.ParseJSON(text) }

// Load makes a document of a JSON or YAML text.
func Load(name string, text []byte, l Loader) (*Document, error) { return doc.Load(name, text, l) }

// Trace is a node of the account of an evaluation.
type Trace = eval.Trace

// Comparison is one value that a clause asked about.
type Comparison = eval.Comparison

// The kinds of nodes of a [Trace].
const (
	TraceRule       = eval.TraceRule
	TraceConditions = eval.TraceConditions
	TraceOr         = eval.TraceOr
	TraceCheck      = eval.TraceCheck
	TraceRuleRef    = eval.TraceRuleRef
	TraceType       = eval.TraceType
)
