package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Position is a place in a file. Line and Column count from 1, and columns count
// characters; both are 0 if only the file is known.
type Position struct {
	// File is its name, empty if the text has none.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String is FILE:LINE:COLUMN, without what is not known; "-" if nothing is.
func (p Position) String() string {
	at := p.File
	if p.Line > 0 {
		if at != "" {
			at += ":"
		}
		at += strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	}
	if at == "" {
		return "-"
	}
	return at
}

// Position is the place of a byte offset in the source.
func (f *File) Position(offset int) Position { return locate(f.Name, f.Source, offset) }

func locate(name, src string, offset int) Position {
	offset = min(max(offset, 0), len(src))
	line := strings.Count(src[:offset], "\n")
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	return Position{File: name, Line: line + 1, Column: utf8.RuneCountInString(src[start:offset]) + 1}
}

// Text is the source of a span.
func (f *File) Text(s Span) string {
	if s.Start < 0 || s.End > len(f.Source) || s.Start > s.End {
		return ""
	}
	return f.Source[s.Start:s.End]
}
