package term

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// measure counts columns the same in every locale: ambiguous characters take one, and
// escape sequences none.
var measure = displaywidth.Options{ControlSequences: true}

const ellipsis = "…"

// Width is the number of columns that s takes, escape sequences not counted.
func Width(s string) int { return measure.String(s) }

// Cut shortens s to at most width columns, with an ellipsis for the end.
func Cut(s string, width int) string { return measure.TruncateString(s, width, ellipsis) }

// CutMiddle shortens s to at most width columns, with an ellipsis for the middle: names
// begin alike, and versions stand at the end.
func CutMiddle(s string, width int) string {
	total := Width(s)
	if total <= width {
		return s
	}
	head := Cut(s, width/2+1) // with the ellipsis
	rest, skip := total-(width-Width(head)), 0
	parts := measure.StringGraphemes(s)
	var tail strings.Builder
	for parts.Next() {
		if skip >= rest {
			tail.WriteString(parts.Value())
		}
		skip += parts.Width()
	}
	return head + tail.String()
}

// wrap breaks s into lines of at most width columns, between words where it can. A word
// that is longer than a line is cut in its middle.
func wrap(s string, width int) []string {
	if Width(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		word = CutMiddle(word, width)
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
