// Package optional makes members of outputs that are left out where they have no value.
package optional

import "time"

// Text is a text, or nil for the empty one.
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Time is a time, or nil for the zero time.
func Time(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
