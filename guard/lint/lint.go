// Package lint finds constructs in Guard rules whose verdict is not what they
// read like, or that the engine of a dialect refuses.
//
// A rule can be accepted, deployed and wrong: a negation that is ignored, a
// comparison that compares sets, a condition that silently skips. None of this
// shows in a verdict. Each such construct has a code; [Entries] describes all of
// them, with a document on which the construct misjudges and a rule that judges
// right. The tests evaluate these documents with the engine, and with the real
// ones where they are at hand.
//
// The linter reads the syntax tree only. Where the document decides whether a
// construct is harmful, it reports what is harmful on documents that are to be
// expected, and is silent if the rule itself shows that the case was thought of
// (with an "exists" next to a comparison, for instance).
package lint

import (
	"cmp"
	"errors"
	"slices"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Options say how to read a policy.
type Options struct {
	// Name of the file, for messages.
	Name string
	// Dialect the policy is meant for; the zero value is AWS Config.
	Dialect syntax.Dialect
}

// Finding is one construct that was found.
type Finding struct {
	// Code names the kind, see [Entries].
	Code string
	// Rule is the name of the rule around, "" at file level.
	Rule string
	// Message says what the construct does here.
	Message string
	// Span is the construct in the source; Start and End are its ends.
	Span       syntax.Span
	Start, End syntax.Position
	// Text is the source of the span.
	Text string
	// Rewrite is what to write instead of RewriteSpan; it is empty if what is
	// meant cannot be told from the rule.
	Rewrite     string
	RewriteSpan syntax.Span
}

// String is the finding on one line: FILE:LINE:COLUMN: CODE: MESSAGE.
func (f Finding) String() string { return f.Start.String() + ": " + f.Code + ": " + f.Message }

// Source lints a policy. A text that is not Guard in any dialect is an error, a
// [syntax.Diagnostics]. One that only the dialect of the options refuses is
// linted, and what is refused is among the findings, if the linter can name it.
func Source(src []byte, o Options) ([]Finding, error) {
	var refused syntax.Diagnostics
	rules, err := guard.Compile(src, guard.Options{Dialect: o.Dialect, Name: o.Name})
	switch {
	case err == nil:
		return check(rules.File(), o.Dialect), nil
	case o.Dialect != syntax.DialectConfig || !errors.As(err, &refused):
		return nil, err
	}
	f, later := syntax.Parse(string(src), syntax.Options{Name: o.Name, Dialect: syntax.DialectV3})
	if later != nil {
		return nil, err
	}
	found := check(f, o.Dialect)
	if !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == ConfigFunction || f.Code == ConfigOperator }) {
		return nil, err
	}
	return found, nil
}

// File lints a syntax tree for the dialect that it was read in.
func File(f *syntax.File) []Finding { return check(f, f.Dialect) }

// check runs all checks; the file may have been read in a wider dialect than
// the one it is meant for.
func check(f *syntax.File, d syntax.Dialect) []Finding {
	l := newLinter(f, d)
	l.walk(l.clauses)
	l.walk(l.queries)
	l.walk(l.names)
	l.walk(l.refused)
	l.recursion()
	l.tooLong()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Code, b.Code))
	})
	return slices.CompactFunc(l.found, func(a, b Finding) bool { return a.Code == b.Code && a.Span == b.Span })
}

// add reports a finding; the rewrite goes in the place of the span.
func (l *linter) add(code string, s *scope, at syntax.Span, message, rewrite string) {
	l.found = append(l.found, Finding{
		Code: code, Rule: s.ruleName(), Message: message, Span: at, Text: l.file.Text(at),
		Start: l.file.Position(at.Start), End: l.file.Position(at.End),
		Rewrite: rewrite, RewriteSpan: at,
	})
}
