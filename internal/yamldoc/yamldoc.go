// Package yamldoc reads the YAML files that people write for layerfleet. It keeps the
// line of everything, collects all that is wrong instead of the first thing, and takes
// scalars as they are written: 1.10 stays "1.10".
package yamldoc

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Doc is one file with what was found to be wrong in it.
type Doc struct {
	name     string
	root     *yaml.Node
	problems []*Problem
}

// Problem is one thing wrong in a file. Its text begins with FILE:LINE:COLUMN.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 where the file as a whole is meant
	Path         string // such as layers[0].release; empty for the whole
	Text         string
	Advice       string // may be empty
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Hint is the advice, for the command line.
func (p *Problem) Hint() string { return p.Advice }

// parserPlace is where the YAML library says that it stopped.
var parserPlace = regexp.MustCompile(`(?s)^.*?line (\d+)(?:, column (\d+))?: ?(.*)$`)

// Parse reads the one document of a file; name stands in its problems.
func Parse(name string, data []byte) (*Doc, error) {
	d := &Doc{name: name}
	loader := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := loader.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, &Problem{File: name, Text: "the file is empty"}
	case err != nil:
		p := &Problem{File: name, Text: err.Error(), Advice: "the file is not valid YAML there"}
		if m := parserPlace.FindStringSubmatch(err.Error()); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Column = 1
			if m[2] != "" {
				p.Column, _ = strconv.Atoi(m[2])
			}
			p.Text = m[3]
		}
		return nil, p
	}
	if err := loader.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, &Problem{File: name, Line: max(second.Line, 1), Column: 1, Text: "a second document begins here", Advice: "keep everything in one document, without a line of ---"}
	}
	d.root = &first
	if first.Kind == yaml.DocumentNode && len(first.Content) > 0 {
		d.root = first.Content[0]
	}
	return d, nil
}

// Root is the value of the whole file.
func (d *Doc) Root() Value { return Value{doc: d, node: d.root} }

// Err joins the problems found so far, in the order of their lines; nil without any.
func (d *Doc) Err() error {
	slices.SortStableFunc(d.problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(d.problems))
	for i, p := range d.problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}
