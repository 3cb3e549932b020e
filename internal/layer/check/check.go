// Package check looks for what would fail when a function loads a layer, and for what
// must not be in one that others can read. It needs no credentials.
//
// What cannot work is refused; what might not is noted. There is one finding for each
// kind of problem, with all the paths that have it.
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
)

// Options say what a layer is declared to be.
type Options struct {
	Runtimes      []string
	Architectures []string
	Allow         []Allow
	// Now is the day that runtimes are judged at; zero is today.
	Now time.Time
}

// Allow lets paths pass that would be refused.
type Allow struct {
	Path   string `json:"path"` // a pattern, as a line of .layerignore
	Reason string `json:"reason"`
}

// Level says what a finding means for the layer.
type Level string

// The levels.
const (
	Refused Level = "refused" // it cannot work, or must not leave
	Note    Level = "note"    // it may not work, or takes room
)

// Finding is one kind of problem, with everything that has it.
type Finding struct {
	Code  Code   `json:"code"`
	Level Level  `json:"level"`
	Text  string `json:"text"` // a sentence part that follows the paths
	// Paths are all that have it, in order; empty where the layer as a whole is meant.
	Paths  []string `json:"paths"`
	Advice string   `json:"advice,omitempty"`
	// Lines are where it is in a file, by path, where that is known.
	Lines map[string]int `json:"lines,omitempty"`
	// Allowed is the reason why what would be refused passes.
	Allowed string `json:"allowed,omitempty"`

	noun string
}

// Line is the finding in one line, with the first paths.
func (f *Finding) Line() string {
	const most = 3
	text := visible(f.Text)
	paths := make([]string, min(most, len(f.Paths)))
	for i := range paths {
		paths[i] = visible(f.Paths[i])
		if n := f.Lines[f.Paths[i]]; n > 0 {
			paths[i] += ":" + strconv.Itoa(n)
		}
	}
	switch n := len(f.Paths); {
	case n == 1:
		text = paths[0] + " " + text
	case n > most:
		text = fmt.Sprintf("%s %s: %s and %d more", count.Of(n, f.noun), text, strings.Join(paths, ", "), n-most)
	case n > 1:
		text = fmt.Sprintf("%s %s: %s", count.Of(n, f.noun), text, strings.Join(paths, ", "))
	}
	if f.Allowed != "" {
		text += " (allowed: " + f.Allowed + ")"
	}
	return text
}

// visible is a text from an archive with its control characters made visible.
func visible(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) || !utf8.ValidString(s) {
		return strconv.QuoteToASCII(s)
	}
	return s
}

// Report is what was found in a layer.
type Report struct {
	FormatVersion string   `json:"format_version"`
	Source        string   `json:"source"`
	Runtimes      []string `json:"runtimes"`
	Architectures []string `json:"architectures"`
	// Content is the hash of the content, see [archive.Tree.Content].
	Content string `json:"content,omitempty"`
	Files   int    `json:"files"`
	// Unzipped is the size of all files, in bytes.
	Unzipped int64 `json:"unzipped"`
	// Ignored is what .layerignore kept out.
	Ignored  int        `json:"ignored"`
	Folders  []Folder   `json:"folders"`
	Findings []*Finding `json:"findings"` // refused ones first
}

// Of are the findings of a level.
func (r *Report) Of(l Level) []*Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f *Finding) bool { return f.Level != l })
}

// Clean reports whether nothing is refused.
func (r *Report) Clean() bool { return len(r.Of(Refused)) == 0 }

// Source opens a directory or a zip and looks into all of it. What a zip may do to
// whoever unpacks it is a finding, too, and then there is no tree. The tree must be
// closed.
func Source(ctx context.Context, path string, o Options) (*archive.Tree, *Report, error) {
	r := &Report{
		FormatVersion: "1", Source: path, Runtimes: append([]string{}, o.Runtimes...), Architectures: append([]string{}, o.Architectures...),
		Folders: []Folder{}, Findings: []*Finding{},
	}
	t, err := archive.Open(ctx, path)
	if err == nil {
		err = Tree(ctx, t, o, r)
	}
	if bad, ok := errors.AsType[*archive.EntryError](err); ok {
		r.Findings = []*Finding{{Code: UnsafeArchive, Level: Refused, Text: bad.Problem, Paths: []string{bad.Entry}, Advice: bad.Advice, noun: "entry"}}
		err = nil
		if t != nil {
			err, t = t.Close(), nil
		}
	}
	if err != nil && t != nil {
		return nil, nil, errors.Join(err, t.Close())
	}
	if err != nil {
		return nil, nil, err
	}
	return t, r, nil
}

// Tree looks into all of a tree that is open, and reads it on the way.
func Tree(ctx context.Context, t *archive.Tree, o Options, r *Report) error {
	c, err := newCollector(o)
	if err != nil {
		return err
	}
	if err := t.Read(ctx, c.visit); err != nil {
		return err
	}
	c.tree = t
	for _, look := range []func(){c.modes, c.natives, c.python, c.node, c.java, c.ruby, c.layout, c.junk, c.secret, c.retired} {
		look()
	}
	r.Content, r.Files, r.Unzipped, r.Ignored = t.Content, len(t.Entries), t.Unzipped, t.Ignored
	r.Folders = folders(t.Entries)
	r.Findings = c.findings()
	return nil
}

// retired says what AWS thinks of the declared runtimes.
func (c *collector) retired() {
	now := c.options.Now
	if now.IsZero() {
		now = time.Now()
	}
	for _, id := range c.options.Runtimes {
		known := runtimes.Find(id)
		switch standing, near := runtimes.Judge(id, now); standing {
		case runtimes.NearMiss:
			c.whole(RuntimeUnknown, Refused, "did you mean "+near+"?", "%s is no runtime of Lambda", id)
		case runtimes.Refused:
			c.whole(RuntimeRefused, Refused, "declare runtimes that AWS supports", "PublishLayerVersion does not accept %s any more", id)
		case runtimes.Unknown:
			c.whole(RuntimeUnknown, Note, "", "%s is not among the runtimes that were known on %s: what is in the layer is not compared with it", id, runtimes.Known.Format(time.DateOnly))
		case runtimes.Retired:
			c.whole(RuntimeRetired, Note, "", "AWS ended the support of %s on %s, and blocks new functions by its schedule from %s",
				id, known.Deprecated.Format(time.DateOnly), known.Blocked.Format(time.DateOnly))
		case runtimes.Current:
		}
	}
}

// Folder is a folder of the layer's first two levels, with what is below it.
type Folder struct {
	Name  string `json:"name"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"` // unzipped
}

// folders adds up what is where, the largest first.
func folders(entries []archive.Entry) []Folder {
	sums := map[string]*Folder{}
	for _, e := range entries {
		parts := strings.SplitN(e.Name, "/", 3)
		name := strings.Join(parts[:len(parts)-1], "/") + "/"
		if len(parts) == 1 {
			name = "."
		}
		if sums[name] == nil {
			sums[name] = &Folder{Name: name}
		}
		sums[name].Files++
		sums[name].Bytes += e.Size
	}
	list := []Folder{}
	for _, f := range sums {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Folder) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name)) })
	return list
}
