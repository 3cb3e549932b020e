package yamldoc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// Value is a place in a file. The zero Value is one that is not there: it reads as
// empty, and nothing is wrong with it.
type Value struct {
	doc  *Doc
	node *yaml.Node
	path string
}

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   string
	Value Value
	key   Value
}

// Fail notes that something is wrong with the key.
func (e Entry) Fail(advice, format string, args ...any) { e.key.Fail(advice, format, args...) }

// Exists reports whether the file has the value.
func (v Value) Exists() bool { return v.node != nil }

// Fail notes that something is wrong here. The advice may be empty.
func (v Value) Fail(advice, format string, args ...any) {
	if v.doc == nil {
		return
	}
	v.doc.problems = append(v.doc.problems, &Problem{
		File: v.doc.name, Line: v.node.Line, Column: v.node.Column, Path: v.path, Text: fmt.Sprintf(format, args...), Advice: advice,
	})
}

// Need notes a problem unless the named field is there; v is the mapping.
func (v Value) Need(fields map[string]Value, names ...string) {
	for _, name := range names {
		if !fields[name].Exists() {
			v.Fail("", "%s is missing", name)
		}
	}
}

// target is the node that v means, aliases followed.
func (v Value) target() *yaml.Node {
	if v.node != nil && v.node.Kind == yaml.AliasNode {
		return v.node.Alias
	}
	return v.node
}

// is notes a problem unless v is of the kind.
func (v Value) is(kind yaml.Kind, what string) bool {
	n := v.target()
	if n == nil {
		return false
	}
	if n.Kind != kind || kind == yaml.ScalarNode && n.Tag == "!!null" {
		v.Fail("", "must be %s, not %s", what, describe(n))
		return false
	}
	return true
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// Entries are the keys of a mapping, in the file's order. A key that is there twice is
// a problem. Merge keys (<<) are refused.
func (v Value) Entries() []Entry {
	if !v.is(yaml.MappingNode, "a mapping") {
		return nil
	}
	n := v.target()
	seen := map[string]bool{}
	entries := make([]Entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := Value{v.doc, key, v.path}
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
			at.Fail("", "a key must be text, not %s", describe(key))
			continue
		case key.Tag == "!!merge":
			at.Fail("write the fields out", "merge keys (<<) are not supported")
			continue
		case seen[key.Value]:
			at.Fail("", "%s appears twice", key.Value)
			continue
		}
		seen[key.Value] = true
		path := key.Value
		if v.path != "" {
			path = v.path + "." + key.Value
		}
		entries = append(entries, Entry{Key: key.Value, Value: Value{v.doc, n.Content[i+1], path}, key: at})
	}
	return entries
}

// Fields are the known fields of a mapping that are there. Every other one is a
// problem, with the nearest known name as advice.
func (v Value) Fields(known ...string) map[string]Value {
	fields := map[string]Value{}
	for _, e := range v.Entries() {
		if slices.Contains(known, e.Key) {
			fields[e.Key] = e.Value
			continue
		}
		advice := hint.DidYouMean(e.Key, known)
		if advice == "" {
			advice = "known fields are " + strings.Join(known, ", ")
		}
		e.Fail(advice, "%s is not a known field", e.Key)
	}
	return fields
}

// List are the elements of a list.
func (v Value) List() []Value {
	if !v.is(yaml.SequenceNode, "a list") {
		return nil
	}
	var out []Value
	for i, n := range v.target().Content {
		out = append(out, Value{v.doc, n, v.path + "[" + strconv.Itoa(i) + "]"})
	}
	return out
}

// Text is a scalar as written.
func (v Value) Text() string {
	if !v.is(yaml.ScalarNode, "text") {
		return ""
	}
	return v.target().Value
}

// Is reports whether v is the scalar of a text.
func (v Value) Is(text string) bool {
	n := v.target()
	return n != nil && n.Kind == yaml.ScalarNode && n.Value == text
}

// Texts are the scalars of a list. Nothing may be in it twice.
func (v Value) Texts() []string {
	var out []string
	for _, e := range v.List() {
		text := e.Text()
		if text != "" && slices.Contains(out, text) {
			e.Fail("", "%s appears twice", text)
			continue
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// Bool is true or false.
func (v Value) Bool() bool {
	if !v.Exists() {
		return false
	}
	n := v.target()
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		v.Fail("", "must be true or false, not %s", describe(n))
		return false
	}
	return n.Value == "true"
}

// Int is a whole number that is not below zero.
func (v Value) Int() int64 {
	if !v.is(yaml.ScalarNode, "a number") {
		return 0
	}
	n, err := strconv.ParseInt(v.target().Value, 10, 64)
	if err != nil || n < 0 {
		v.Fail("", "must be a whole number, not %s", describe(v.target()))
		return 0
	}
	return n
}
