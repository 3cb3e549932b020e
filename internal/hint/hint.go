// Package hint attaches advice to errors: what a person can do about a failure,
// kept apart from the sentence that says what failed. The command line prints
// each hint on its own line after the error.
package hint

import (
	"errors"
	"slices"
)

// With returns an error that reads like err and carries advice. A nil err stays nil.
func With(err error, advice string) error {
	if err == nil {
		return nil
	}
	return &hinted{err: err, advice: advice}
}

// Of collects the advice in the whole tree of err, outermost first, each once.
func Of(err error) []string {
	var found []string
	add := func(advice string) {
		if advice != "" && !slices.Contains(found, advice) {
			found = append(found, advice)
		}
	}
	for err != nil {
		if h, ok := err.(interface{ Hint() string }); ok {
			add(h.Hint())
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				for _, advice := range Of(e) {
					add(advice)
				}
			}
			return found
		}
		err = errors.Unwrap(err)
	}
	return found
}

type hinted struct {
	err    error
	advice string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }
func (h *hinted) Hint() string  { return h.advice }
