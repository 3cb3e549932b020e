package syntax

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Diagnostic is one thing that is wrong with a rule file.
type Diagnostic struct {
	Pos Position
	// Message says what is wrong.
	Message string
	// Expected lists what could have stood at Pos.
	Expected []string
	// Hint says what to write instead, if that is known.
	Hint string
	// Line is the text of the line at Pos.
	Line string
}

// Diagnostics are the errors of one file, in the order of their place.
type Diagnostics []Diagnostic

// Error renders the diagnostic with the line at fault and a caret under it.
func (d Diagnostic) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", d.Pos, d.Message)
	if len(d.Expected) > 0 {
		b.WriteString(", expected " + orList(d.Expected))
	}
	if d.Line != "" {
		fmt.Fprintf(&b, "\n  %s\n  %s^", expandTabs(d.Line), caretPad(d.Line, d.Pos.Column))
	}
	if d.Hint != "" {
		b.WriteString("\n  hint: " + d.Hint)
	}
	return b.String()
}

// Error joins the diagnostics, one after the other.
func (ds Diagnostics) Error() string {
	parts := make([]string, len(ds))
	for i, d := range ds {
		parts[i] = d.Error()
	}
	return strings.Join(parts, "\n")
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

const tab = "    "

func expandTabs(s string) string { return strings.ReplaceAll(s, "\t", tab) }

// caretPad gives the blanks before the caret of a column.
func caretPad(line string, column int) string {
	runes := []rune(line)
	runes = runes[:min(column-1, len(runes))]
	return strings.Repeat(" ", utf8.RuneCountInString(expandTabs(string(runes))))
}

func lineAt(src string, off int) string {
	off = min(off, len(src))
	start := strings.LastIndexByte(src[:off], '\n') + 1
	end := strings.IndexByte(src[off:], '\n')
	if end < 0 {
		end = len(src) - off
	}
	line := strings.TrimRight(src[start:off+end], "\r")
	const most = 160
	if len(line) > most {
		return ""
	}
	return line
}

func newDiagnostic(file, src string, off int, message string) Diagnostic {
	return Diagnostic{Pos: locate(file, src, off), Message: message, Line: lineAt(src, off)}
}

// expected sorts what the parser noted, text in quotes.
func expected(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; !strings.HasPrefix(w, "a ") && !strings.HasPrefix(w, "an ") {
			out[i] = "'" + w + "'"
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
