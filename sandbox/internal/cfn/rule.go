package cfn

import (
	"maps"
	"slices"
)

// rule is one entry of Rules: assertions about parameter values.
type rule struct {
	name       string
	condition  *Value // nil: always
	assertions []assertion
}

type assertion struct {
	assert      *Value
	description string
}

func (t *Template) readRule(name string, v *Value) error {
	r := &rule{name: name, condition: v.get("RuleCondition")}
	for _, f := range v.fields {
		if f.key != "RuleCondition" && f.key != "Assertions" {
			return fail(f.value, "Invalid template rule property '%s'", f.key) // UNCONFIRMED: the text
		}
	}
	assertions := v.get("Assertions")
	if assertions == nil || assertions.Kind != List || len(assertions.items) == 0 {
		return malformed(v, "Rule %s must contain a list of Assertions.", name) // UNCONFIRMED: the text
	}
	for _, item := range assertions.items {
		a := assertion{assert: item.get("Assert")}
		if d := item.get("AssertDescription"); d != nil {
			a.description, _ = d.literal()
		}
		for _, f := range item.fields {
			if f.key != "Assert" && f.key != "AssertDescription" {
				return fail(f.value, "Invalid template rule property '%s'", f.key) // UNCONFIRMED: the text
			}
		}
		if a.assert == nil {
			return malformed(item, "Rule %s has an assertion without Assert.", name) // UNCONFIRMED: the text
		}
		r.assertions = append(r.assertions, a)
	}
	t.rules = append(t.rules, r)
	return nil
}

// each visits the rule's values.
func (r *rule) each(visit func(*Value) error) error {
	if err := visit(r.condition); err != nil {
		return err
	}
	for _, a := range r.assertions {
		if err := visit(a.assert); err != nil {
			return err
		}
	}
	return nil
}

// assert evaluates the rule; the error has the descriptions of the assertions that are false.
func (r *rule) assert(e *evaluator) error {
	if r.condition != nil {
		if holds, err := e.truth(r.condition); err != nil || !holds {
			return err
		}
	}
	for _, a := range r.assertions {
		holds, err := e.truth(a.assert)
		if err != nil {
			return err
		}
		if !holds {
			// UNCONFIRMED: the text around the description.
			return fail(a.assert, "Template error: rule %s failed: %s", r.name, a.description)
		}
	}
	return nil
}

// truth evaluates a condition function. Shapes were checked before.
func (e *evaluator) truth(v *Value) (bool, error) {
	name, arg, call := v.function()
	if c := v.get("Condition"); !call && c != nil && len(v.fields) == 1 {
		s, _ := c.literal()
		return e.condition(s)
	}
	switch name {
	case "Fn::And", "Fn::Or":
		result := name == "Fn::And"
		for _, item := range arg.items {
			b, err := e.truth(item)
			if err != nil {
				return false, err
			}
			if name == "Fn::And" {
				result = result && b
			} else {
				result = result || b
			}
		}
		return result, nil
	case "Fn::Not":
		b, err := e.truth(arg.items[0])
		return !b, err
	case "Fn::Equals":
		a, b, err := e.two(arg, functions[name].rule, e.string)
		return a == b, err
	case "Fn::Contains", "Fn::EachMemberEquals":
		l, err := e.strings(arg.items[0], functions[name].rule)
		if err != nil {
			return false, err
		}
		s, err := e.string(arg.items[1], functions[name].rule)
		if err != nil {
			return false, err
		}
		if name == "Fn::Contains" {
			return slices.Contains(l, s), nil
		}
		return !slices.ContainsFunc(l, func(m string) bool { return m != s }), nil
	case "Fn::EachMemberIn":
		l, err := e.strings(arg.items[0], functions[name].rule)
		if err != nil {
			return false, err
		}
		set, err := e.strings(arg.items[1], functions[name].rule)
		return !slices.ContainsFunc(l, func(m string) bool { return !slices.Contains(set, m) }), err
	}
	if b, ok := v.scalar.(bool); ok && v.Kind == Scalar {
		return b, nil
	}
	return false, malformed(v, "Conditions can only be boolean operations on parameters and other conditions")
}

func (e *evaluator) two(arg *Value, rule string, read func(*Value, string) (string, error)) (a, b string, err error) {
	if a, err = read(arg.items[0], rule); err != nil {
		return "", "", err
	}
	b, err = read(arg.items[1], rule)
	return a, b, err
}

// conditionCycle finds a condition that depends on itself.
func (t *Template) conditionCycle() error {
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(name string) error
	var walk func(v *Value) error
	walk = func(v *Value) error {
		if c := v.get("Condition"); c != nil && len(v.fields) == 1 {
			s, _ := c.literal()
			return visit(s)
		}
		for _, item := range v.items {
			if err := walk(item); err != nil {
				return err
			}
		}
		for _, f := range v.fields {
			if err := walk(f.value); err != nil {
				return err
			}
		}
		return nil
	}
	visit = func(name string) error {
		switch state[name] {
		case open:
			return malformed(t.conditions[name], "Circular dependency in the condition %s", name) // UNCONFIRMED: the text
		case done:
			return nil
		}
		state[name] = open
		if err := walk(t.conditions[name]); err != nil {
			return err
		}
		state[name] = done
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(t.conditions)) {
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}
