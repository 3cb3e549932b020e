package automation

import (
	"fmt"
	"strconv"
	"strings"
)

// Choice is one entry of aws:branch: a rule, and the next step if the rule is true.
type Choice struct {
	NextStep string
	Rule     Rule
}

// Rule is a comparison, or And, Or, Not of rules.
type Rule struct {
	Combine  string // And, Or, Not, or empty for a comparison
	Rules    []Rule
	Variable any
	Operator string
	Want     any
}

// operators are the comparisons of aws:branch.
func operator(name string) func(have, want any) (bool, error) {
	switch name {
	case "StringEquals":
		return texts(func(a, b string) bool { return a == b })
	case "EqualsIgnoreCase":
		return texts(strings.EqualFold)
	case "StartsWith":
		return texts(strings.HasPrefix)
	case "EndsWith":
		return texts(strings.HasSuffix)
	case "Contains":
		return texts(strings.Contains)
	case "NumericEquals":
		return numbers(func(a, b float64) bool { return a == b })
	case "NumericGreater":
		return numbers(func(a, b float64) bool { return a > b })
	case "NumericLesser":
		return numbers(func(a, b float64) bool { return a < b })
	case "NumericGreaterOrEquals":
		return numbers(func(a, b float64) bool { return a >= b })
	case "NumericLesserOrEquals":
		return numbers(func(a, b float64) bool { return a <= b })
	case "BooleanEquals":
		return booleans
	}
	return nil
}

func texts(f func(a, b string) bool) func(have, want any) (bool, error) {
	return func(have, want any) (bool, error) {
		a, ok := have.(string)
		b, ok2 := want.(string)
		if !ok || !ok2 {
			return false, fmt.Errorf("%s and %s are not both strings", abridged(have), abridged(want))
		}
		return f(a, b), nil
	}
}

func numbers(f func(a, b float64) bool) func(have, want any) (bool, error) {
	return func(have, want any) (bool, error) {
		a, ok := number(have)
		b, ok2 := number(want)
		if !ok || !ok2 {
			return false, fmt.Errorf("%s and %s are not both numbers", abridged(have), abridged(want))
		}
		return f(a, b), nil
	}
}

func number(v any) (float64, bool) {
	switch t := v.(type) {
	case int64:
		return float64(t), true
	case float64:
		return t, true
	case string: // a String parameter with a number
		f, err := strconv.ParseFloat(t, 64)
		return f, err == nil
	}
	return 0, false
}

func booleans(have, want any) (bool, error) {
	a, err := Boolean.FromTexts([]string{Text(have)})
	if err != nil {
		return false, err
	}
	b, err := Boolean.FromTexts([]string{Text(want)})
	return a == b, err
}

func parseChoices(path string, list []any) ([]Choice, error) {
	var out []Choice
	for i, v := range list {
		f := newFields(fmt.Sprintf("%s[%d]", path, i), v)
		c := Choice{NextStep: f.need("NextStep")}
		var err error
		if c.Rule, err = parseRule(f, 0); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// maxRuleDepth is how deep And, Or and Not can be nested.
const maxRuleDepth = 10

func parseRule(f *fields, depth int) (Rule, error) {
	if depth > maxRuleDepth {
		f.fail("", "the rules are nested too deeply")
		return Rule{}, f.err
	}
	for _, combine := range []string{"And", "Or", "Not"} {
		v, ok := f.take(combine)
		if !ok {
			continue
		}
		if err := f.done(); err != nil {
			return Rule{}, err
		}
		parts, isList := v.([]any)
		if combine == "Not" && !isList {
			parts = []any{v}
		}
		if len(parts) == 0 || combine == "Not" && len(parts) != 1 {
			f.fail(combine, "it is not made of rules")
			return Rule{}, f.err
		}
		r := Rule{Combine: combine}
		for i, p := range parts {
			sub, err := parseRule(newFields(fmt.Sprintf("%s[%d]", f.at(combine), i), p), depth+1)
			if err != nil {
				return Rule{}, err
			}
			r.Rules = append(r.Rules, sub)
		}
		return r, nil
	}
	r := Rule{}
	var ok bool
	if r.Variable, ok = f.take("Variable"); !ok {
		f.fail("Variable", "it is missing")
	}
	for _, name := range sortedKeys(f.left) {
		if operator(name) != nil && r.Operator == "" {
			r.Operator = name
			r.Want, _ = f.take(name)
		}
	}
	if r.Operator == "" && f.err == nil && len(f.left) == 0 {
		f.fail("", "the rule compares nothing")
	}
	return r, f.done()
}

// values are all parts of a rule that may have references.
func (c Choice) values() any { return c.Rule.values() }

func (r Rule) values() any {
	if r.Combine == "" {
		return []any{r.Variable, r.Want}
	}
	var all []any
	for _, s := range r.Rules {
		all = append(all, s.values())
	}
	return all
}

// Holds says whether the rule is true.
func (r Rule) Holds(lookup func(Reference) (any, error)) (bool, error) {
	switch r.Combine {
	case "And", "Or":
		for _, s := range r.Rules {
			ok, err := s.Holds(lookup)
			if err != nil {
				return false, err
			}
			if ok == (r.Combine == "Or") {
				return ok, nil
			}
		}
		return r.Combine == "And", nil
	case "Not":
		ok, err := r.Rules[0].Holds(lookup)
		return !ok, err
	}
	have, err := Interpolate(r.Variable, lookup)
	if err != nil {
		return false, err
	}
	want, err := Interpolate(r.Want, lookup)
	if err != nil {
		return false, err
	}
	return operator(r.Operator)(have, want)
}
