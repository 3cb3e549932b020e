package guard

import (
	"fmt"

	"github.com/layerfleet/layerfleet/guard/internal/eval"
)

// Status is the verdict of a file, a rule or a clause.
type Status uint8

// The verdicts.
const (
	// StatusSkip means that nothing was decided: the condition of a rule did not
	// hold, or there was nothing to look at. It is the zero value.
	StatusSkip Status = iota
	// StatusPass means that the document is as the rule wants it.
	StatusPass
	// StatusFail means that it is not.
	StatusFail
)

// The evaluator counts in the same order.
var _ = [1]struct{}{}[StatusPass-Status(eval.StatusPass)|StatusFail-Status(eval.StatusFail)]

// String is the verdict in the words of Guard: SKIP, PASS or FAIL.
func (s Status) String() string { return eval.Status(s).String() }

// MarshalText is [Status.String].
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads SKIP, PASS or FAIL.
func (s *Status) UnmarshalText(text []byte) error {
	for _, known := range []Status{StatusSkip, StatusPass, StatusFail} {
		if string(text) == known.String() {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("a verdict is PASS, FAIL or SKIP, not %q", text)
}
