// Package report writes results: as JSON for programs and as text for people, both
// from the same values, which live where they are made.
package report

import (
	"encoding/json"
	"io"
)

// FormatVersion is part of every JSON value. It grows when a field changes its
// meaning or goes away; new fields may come at any time without that.
const FormatVersion = "1"

// JSON writes one indented value. Text is not escaped for HTML: ARNs and queries
// stay as they are.
func JSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
