package automation

import (
	"fmt"
	"maps"
	"slices"
)

// fields reads the properties of one mapping of a document, and keeps the first error. A property that is left at the end
// is unknown.
type fields struct {
	path string
	left map[string]any
	err  error
}

func newFields(path string, v any) *fields {
	m, ok := v.(map[string]any)
	f := &fields{path: path, left: maps.Clone(m)}
	if !ok {
		f.fail("", "it is not a mapping")
	}
	return f
}

func (f *fields) at(name string) string {
	if f.path == "" || name == "" {
		return f.path + name
	}
	return f.path + "." + name
}

func (f *fields) fail(name, format string, args ...any) {
	if f.err == nil {
		f.err = invalid(f.at(name), format, args...)
	}
}

// take removes a property and returns its value.
func (f *fields) take(name string) (any, bool) {
	v, ok := f.left[name]
	delete(f.left, name)
	return v, ok
}

func (f *fields) text(name string) string {
	v, ok := f.take(name)
	if !ok {
		return ""
	}
	s, isText := v.(string)
	if !isText {
		f.fail(name, "it is not a string")
	}
	return s
}

func (f *fields) need(name string) string {
	if v, ok := f.left[name]; !ok || v == "" {
		f.fail(name, "it is missing")
	}
	return f.text(name)
}

func (f *fields) flag(name string, missing bool) bool {
	v, ok := f.take(name)
	if !ok {
		return missing
	}
	switch v {
	case true, "true":
		return true
	case false, "false":
		return false
	}
	f.fail(name, "it is not a Boolean")
	return missing
}

// count is a number from 1, or 0 if the property is missing.
func (f *fields) count(name string) int64 {
	v, ok := f.take(name)
	if !ok {
		return 0
	}
	n, isInt := v.(int64)
	if s, isText := v.(string); isText {
		if _, err := fmt.Sscanf(s, "%d", &n); err == nil && fmt.Sprint(n) == s {
			isInt = true
		}
	}
	if !isInt || n < 1 {
		f.fail(name, "it is not a number from 1")
		return 0
	}
	return n
}

func (f *fields) list(name string) []any {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	l, isList := v.([]any)
	if !isList {
		f.fail(name, "it is not a list")
	}
	return l
}

// refuse fails on properties that AWS has and the sandbox does not have.
func (f *fields) refuse(names ...string) {
	for _, n := range names {
		if _, ok := f.take(n); ok && f.err == nil {
			f.err = unsupported("the property %s of an Automation document", f.at(n))
		}
	}
}

// done is the first error.
func (f *fields) done() error {
	if f.err == nil && len(f.left) > 0 {
		f.fail(slices.Min(slices.Collect(maps.Keys(f.left))), "there is no such property here")
	}
	return f.err
}
