package automation

import (
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add(rotation)
	f.Add(`{"schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]}`)
	f.Add("schemaVersion: 0.3\nmainSteps:\n- name: a\n  action: aws:branch\n  inputs: {Choices: [{NextStep: a, Not: {Variable: '{{ a.b }}', Contains: x}}]}\n")
	f.Add("a: &a [*a]")
	f.Add("a: &a {b: *a}")
	f.Fuzz(func(t *testing.T, content string) {
		for _, format := range []Format{YAML, JSON} {
			d, err := Parse(content, format)
			if err != nil {
				continue
			}
			// What is accepted in one format is accepted in the other.
			other := JSON
			if format == JSON {
				other = YAML
			}
			converted, err := Convert(content, format, other)
			if err != nil {
				t.Fatalf("convert: %v", err)
			}
			again, err := Parse(converted, other)
			if err != nil {
				t.Fatalf("%v after conversion from %s:\n%s", err, format, converted)
			}
			if len(again.Steps) != len(d.Steps) {
				t.Errorf("%d steps become %d", len(d.Steps), len(again.Steps))
			}
		}
	})
}

func FuzzInterpolate(f *testing.F) {
	f.Add("a {{ b }} c {{d.e}}", "{{ x }}")
	f.Add("{{ global:DATE }}", "")
	f.Fuzz(func(t *testing.T, text, value string) {
		seen := 0
		got, err := Interpolate(text, func(Reference) (any, error) { seen++; return value, nil })
		if err != nil {
			t.Fatal(err)
		}
		if n := len(references(text)); n != seen {
			t.Errorf("%d references, %d looked up", n, seen)
		}
		if seen == 0 && got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzSelector(f *testing.F) {
	for _, s := range []string{"$.a.b[0]", "$..c", "$['a']", "$"} {
		f.Add(s)
	}
	v, err := DecodeJSON([]byte(`{"a": {"b": [1, {"c": "x"}]}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		if sel, err := ParseSelector(s); err == nil {
			sel.Select(v)
		}
	})
}
