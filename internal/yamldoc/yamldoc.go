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
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/count"
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

// Limits of what is read. A catalog of 100 layers with 50 releases in 30 Regions has
// 15 MB; reading takes some forty times a file's size in memory.
const (
	MaxSize     = 24 << 20 // bytes
	maxDepth    = 64       // of mappings and lists in each other
	maxProblems = 100      // that are told of one file
)

// ReadFile reads a file that may be parsed. What is no file, as a device or a pipe that
// may never end, is an error, and so is a file that is too large.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &Problem{File: path, Text: "is not a file, but " + kind(info.Mode())}
	case info.Size() > MaxSize:
		return nil, tooLarge(path, info.Size())
	}
	return os.ReadFile(path) //nolint:gosec // the user names it
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

func tooLarge(name string, size int64) error {
	return &Problem{File: name, Text: fmt.Sprintf("has %d bytes, more than the %d that are read", size, MaxSize)}
}

// deep finds a node that lies deeper than maxDepth; nil without one. Aliases are not
// followed: what they stand for is looked at where it is.
func deep(n *yaml.Node, level int) *yaml.Node {
	if level > maxDepth {
		return n
	}
	for _, c := range n.Content {
		if found := deep(c, level+1); found != nil {
			return found
		}
	}
	return nil
}

// Parse reads the one document of a file; name stands in its problems.
func Parse(name string, data []byte) (*Doc, error) {
	if len(data) > MaxSize {
		return nil, tooLarge(name, int64(len(data)))
	}
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
	if n := deep(&first, 0); n != nil {
		return nil, &Problem{File: name, Line: n.Line, Column: n.Column, Text: fmt.Sprintf("is nested more than %d levels deep", maxDepth)}
	}
	d.root = &first
	if first.Kind == yaml.DocumentNode && len(first.Content) > 0 {
		d.root = first.Content[0]
	}
	return d, nil
}

// Root is the value of the whole file.
func (d *Doc) Root() Value { return Value{doc: d, node: d.root} }

// Err joins the problems found so far, in the order of their lines; nil without any. Of
// very many it tells the first, and how many more there are.
func (d *Doc) Err() error {
	slices.SortStableFunc(d.problems, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	shown := d.problems[:min(len(d.problems), maxProblems)]
	errs := make([]error, len(shown))
	for i, p := range shown {
		errs[i] = p
	}
	if more := len(d.problems) - len(shown); more > 0 {
		errs = append(errs, &Problem{File: d.name, Text: "and " + count.Of(more, "more problem")})
	}
	return errors.Join(errs...)
}
