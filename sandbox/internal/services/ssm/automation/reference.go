package automation

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Reference is the content of {{ and }}. One of Parameter, Step with Output, and Scope with Name is set.
type Reference struct {
	Text         string // as written, without braces and outer blanks
	Parameter    string
	Step, Output string
	Scope, Name  string // global, automation, variable or ssm
}

// systemNames are the system variables of every execution.
var systemNames = []string{
	"automation:EXECUTION_ID", "global:ACCOUNT_ID", "global:AWS_PARTITION", "global:DATE", "global:DATE_TIME", "global:REGION",
}

// referenceForm accepts output names with blanks, as a public sample has them.
// UNCONFIRMED: whether AWS accepts {{ step.name with blanks }}.
var referenceForm = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_][A-Za-z0-9_.:/ -]*?)\s*\}\}`)

func references(s string) []Reference {
	if !strings.Contains(s, "{{") {
		return nil
	}
	var refs []Reference
	for _, m := range referenceForm.FindAllStringSubmatch(s, -1) {
		refs = append(refs, newReference(m[1]))
	}
	return refs
}

// wholeReference says whether the text is one reference and nothing else.
func wholeReference(s string) (Reference, bool) {
	m := referenceForm.FindStringSubmatchIndex(s)
	if m == nil || strings.TrimSpace(s[:m[0]]) != "" || strings.TrimSpace(s[m[1]:]) != "" {
		return Reference{}, false
	}
	return newReference(s[m[2]:m[3]]), true
}

func newReference(text string) Reference {
	r := Reference{Text: text}
	if scope, name, ok := strings.Cut(text, ":"); ok {
		r.Scope, r.Name = scope, name
	} else if step, output, ok := strings.Cut(text, "."); ok {
		r.Step, r.Output = step, output
	} else {
		r.Parameter = text
	}
	return r
}

// Interpolate replaces the references in all strings of a value, once: references in the values that it puts in stay as
// they are. A string that is one reference becomes the value itself, of any type. In a longer string, lists and mappings
// become JSON.
func Interpolate(v any, lookup func(Reference) (any, error)) (any, error) {
	switch t := v.(type) {
	case string:
		if ref, whole := wholeReference(t); whole {
			return lookup(ref)
		}
		text, err := interpolateText(t, lookup)
		if err != nil {
			return nil, err
		}
		return text, nil
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			r, err := Interpolate(e, lookup)
			if err != nil {
				return nil, err
			}
			out[k] = r
		}
		return out, nil
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			r, err := Interpolate(e, lookup)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	}
	return v, nil
}

func interpolateText(s string, lookup func(Reference) (any, error)) (string, error) {
	var out strings.Builder
	from := 0
	for _, m := range referenceForm.FindAllStringSubmatchIndex(s, -1) {
		v, err := lookup(newReference(s[m[2]:m[3]]))
		if err != nil {
			return "", err
		}
		out.WriteString(s[from:m[0]])
		out.WriteString(Text(v))
		from = m[1]
	}
	out.WriteString(s[from:])
	return out.String(), nil
}

// Text is a value as part of a string.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
