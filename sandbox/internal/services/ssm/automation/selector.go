package automation

import (
	"fmt"
	"strconv"
	"strings"
)

// Selector is a JSONPath as outputs and PropertySelector accept it: $, followed by .child, ['child'], [index] and the deep
// scan ..name, which makes the result a list. Filters, slices and wildcards
// are not documented for Automation and are refused.
type Selector struct {
	steps []selectorStep
}

type selectorStep struct {
	name  string
	index int // -1: by name
	deep  bool
}

// ParseSelector reads a selector.
func ParseSelector(s string) (Selector, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return Selector{}, fmt.Errorf("the selector %q does not start with $", s)
	}
	var sel Selector
	for rest != "" {
		var st selectorStep
		var err error
		if st, rest, err = selectorPart(rest); err != nil {
			return Selector{}, fmt.Errorf("the selector %q: %w", s, err)
		}
		sel.steps = append(sel.steps, st)
	}
	return sel, nil
}

func selectorPart(s string) (selectorStep, string, error) {
	st := selectorStep{index: -1}
	if inside, ok := strings.CutPrefix(s, "["); ok {
		inside, rest, ok := strings.Cut(inside, "]")
		if !ok {
			return st, "", fmt.Errorf("a [ is not closed")
		}
		if n := len(inside); n > 2 && (inside[0] == '\'' || inside[0] == '"') && inside[n-1] == inside[0] {
			st.name = inside[1 : n-1]
			return st, rest, nil
		}
		i, err := strconv.Atoi(inside)
		if err != nil || i < 0 {
			return st, "", fmt.Errorf("[%s] is not the index of an element", inside)
		}
		st.index = i
		return st, rest, nil
	}
	name, ok := strings.CutPrefix(s, ".")
	if !ok {
		return st, "", fmt.Errorf("there is no . or [ before %q", s)
	}
	name, st.deep = strings.CutPrefix(name, ".")
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	st.name = name[:end]
	if st.name == "" || strings.ContainsAny(st.name, "*?@()]'\"") {
		return st, "", fmt.Errorf("%q is not a name", st.name)
	}
	return st, name[end:], nil
}

// Select is what the selector finds in a value, and whether it finds anything. A deep scan always finds a list, which may
// be empty.
func (s Selector) Select(v any) (any, bool) {
	found, list := []any{v}, false
	for _, st := range s.steps {
		var next []any
		for _, f := range found {
			if st.deep {
				next = scan(next, st.name, f)
			} else if c, ok := st.child(f); ok {
				next = append(next, c)
			}
		}
		found, list = next, list || st.deep
	}
	switch {
	case list && found == nil:
		return []any{}, true
	case list:
		return found, true
	case len(found) == 0:
		return nil, false
	}
	return found[0], true
}

func (st selectorStep) child(v any) (any, bool) {
	if st.index >= 0 {
		l, ok := v.([]any)
		if !ok || st.index >= len(l) {
			return nil, false
		}
		return l[st.index], true
	}
	m, _ := v.(map[string]any)
	c, ok := m[st.name]
	return c, ok
}

// scan adds every value under that name, outer ones first.
func scan(found []any, name string, v any) []any {
	switch t := v.(type) {
	case map[string]any:
		if c, ok := t[name]; ok {
			found = append(found, c)
		}
		for _, k := range sortedKeys(t) {
			found = scan(found, name, t[k])
		}
	case []any:
		for _, e := range t {
			found = scan(found, name, e)
		}
	}
	return found
}
