package iampolicy

import (
	"encoding/json"
	"strings"
)

// condition is one operator on one key with its values.
type condition struct {
	key      string // lower case
	set      setOperator
	ifExists bool
	null     bool // the Null operator; want says whether the key must be absent
	want     bool
	negated  bool
	patterns []pattern
	match    func(pattern *pattern, value string, r *Request) bool
}

type setOperator int

const (
	single setOperator = iota
	forAllValues
	forAnyValue
)

// parseConditions reads {operator: {key: values}}.
func parseConditions(raw json.RawMessage, variables bool) ([]condition, error) {
	operators, err := object(raw)
	if err != nil {
		return nil, malformed("Syntax errors in policy.")
	}
	var out []condition
	for _, op := range operators {
		keys, err := object(op.value)
		if err != nil {
			return nil, malformed("Syntax errors in policy.")
		}
		for _, k := range keys {
			values, err := scalarList(k.value)
			if err != nil {
				return nil, malformed("Syntax errors in policy.")
			}
			c, err := compileCondition(op.name, k.name, values, variables)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func compileCondition(operator, key string, values []string, variables bool) (condition, error) {
	c := condition{key: strings.ToLower(key)}
	if !strings.Contains(key, ":") {
		return c, malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
	}
	name := operator
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, c.set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, c.set = rest, forAnyValue
	}
	if name == "Null" {
		if len(values) != 1 || values[0] != "true" && values[0] != "false" {
			return c, malformed("Syntax errors in policy.")
		}
		c.null, c.want = true, values[0] == "true"
		return c, nil
	}
	if rest, ok := strings.CutSuffix(name, "IfExists"); ok {
		name, c.ifExists = rest, true
	}
	op, ok := operatorOf(name)
	switch {
	case name == "BinaryEquals":
		return c, unsupported("the condition operator %s", operator)
	case !ok:
		// UNCONFIRMED: this is S3's text for bucket policies; IAM's own is not published.
		return c, malformed("Invalid Condition type : %s", operator)
	}
	c.negated, c.match = op.negated, op.match
	for _, v := range values {
		p, err := compilePattern(v, variables && op.text, op.wild)
		if err != nil {
			return c, err
		}
		if p.parts == nil && op.valid != nil && !op.valid(p.text) {
			return c, malformed("The policy failed legacy parsing")
		}
		c.patterns = append(c.patterns, p)
	}
	return c, nil
}

// holds says whether the condition is true (IAM User Guide, "Conditions with multiple context keys or values" and
// "Set operators").
func (c *condition) holds(r *Request) bool {
	values, ok := r.Value(c.key)
	if len(values) == 0 && c.set == forAllValues {
		ok = false
	}
	switch {
	case c.null:
		return ok != c.want
	case !ok && c.set == forAllValues, !ok && c.ifExists:
		return true
	case !ok && c.set == forAnyValue:
		return false
	case !ok:
		return c.negated
	}
	for _, v := range values {
		met := c.meets(v, r)
		switch c.set {
		case forAllValues:
			if !met {
				return false
			}
		case forAnyValue:
			if met {
				return true
			}
		case single:
			// The operators without a set prefix are for keys with one value. Of several values, one that matches is enough.
			if met != c.negated {
				return !c.negated
			}
		}
	}
	switch c.set {
	case forAllValues:
		return true
	case forAnyValue:
		return false
	}
	return c.negated
}

// meets says whether one value of the request meets the operator: it matches one of the policy's values or, for a negated
// operator, none of them.
func (c *condition) meets(value string, r *Request) bool {
	for i := range c.patterns {
		if c.match(&c.patterns[i], value, r) {
			return !c.negated
		}
	}
	return c.negated
}
