package configsql

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a query and where.
type Error struct {
	Line, Column int    // from 1; columns count characters
	Message      string // what is wrong, naming the thing
	Hint         string // what to write instead, or empty
	text         string // the line it is in
}

// Error is one line: "syntax error at line 1, column 51: …". AWS answers the part before the colon.
func (e *Error) Error() string {
	return fmt.Sprintf("syntax error at line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Detail is the error for a terminal: the message, the line of the query, a caret below the place, and the hint.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	b.WriteString("\n  " + strings.ReplaceAll(e.text, "\t", " ") + "\n  " + strings.Repeat(" ", e.Column-1) + "^")
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

// errorAt makes an error for a byte offset of the source.
func errorAt(src string, offset int, hint, format string, args ...any) *Error {
	offset = min(offset, len(src))
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	line, _, _ := strings.Cut(src[start:], "\n")
	return &Error{
		Line:    strings.Count(src[:start], "\n") + 1,
		Column:  utf8.RuneCountInString(src[start:offset]) + 1,
		Message: fmt.Sprintf(format, args...),
		Hint:    hint,
		text:    strings.TrimSuffix(line, "\r"),
	}
}
