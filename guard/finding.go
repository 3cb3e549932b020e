package guard

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Finding is one reason for the failure of a rule. It prints on one line, see
// [Finding.String].
type Finding struct {
	Rule string `json:"rule"`
	// Clause is the clause that failed, on one line, without its message; Pos and
	// Span say where it is in the rule file.
	Clause string      `json:"clause"`
	Pos    Position    `json:"location"`
	Span   syntax.Span `json:"-"`
	// Message is the text that the clause has between << and >>, or else the call
	// around it, without the space around.
	Message string `json:"message,omitempty"`
	// Path is the JSON pointer of the value that is wrong, or of the last that was
	// found on the way to one that is missing; Data is its place in the document.
	Path string   `json:"path"`
	Data Position `json:"data,omitzero"`
	// Expected says what should be there: "at most 60", "one of [1, 2]". Found is
	// the value that is there, empty if there is none.
	Expected string `json:"expected"`
	Found    string `json:"found,omitempty"`
	// Reason says what Expected and Found do not: why there is no value, or why it
	// cannot be compared.
	Reason string `json:"reason,omitempty"`
	// Missing is the rest of the query that led nowhere, Nearest the name of
	// a property that is there and spelled nearly like the one that is not.
	Missing string `json:"missing,omitempty"`
	Nearest string `json:"nearest,omitempty"`
}

// String is the finding on one line:
//
//	FILE:LINE:COLUMN: rule NAME: MESSAGE: PATH: expected …, found …: REASON
//
// The place is that of the value in the document. What is not known is left out.
func (f Finding) String() string {
	var parts []string
	if f.Data != (Position{}) {
		parts = append(parts, f.Data.String())
	}
	parts = append(parts, "rule "+f.Rule)
	for _, part := range []string{oneLine(f.Message), f.Path, f.difference(), f.Reason} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	line := strings.Join(parts, ": ")
	if f.Nearest != "" {
		line += "; did you mean " + f.Nearest + "?"
	}
	return printable(line)
}

func (f Finding) difference() string {
	if f.Found == "" {
		return "expected " + f.Expected
	}
	return "expected " + f.Expected + ", found " + f.Found
}

// printable escapes what would not print: names in a document may be anything.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
