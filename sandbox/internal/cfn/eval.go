package cfn

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Resolver has the values of the resources that were provisioned.
type Resolver interface {
	// Ref is the value of Ref of a resource, its physical id for most types.
	Ref(logicalID string) (string, error)
	// Attribute is the value of Fn::GetAtt.
	Attribute(logicalID, name string) (any, error)
}

// noValue is the value of AWS::NoValue, which removes its field or element.
type noValue struct{}

// evaluator evaluates values. Shapes and names were checked by the checker.
type evaluator struct {
	t          *Template
	params     map[string]any // string or []any
	pseudo     map[string]any
	conditions map[string]bool
	resolver   Resolver // nil in conditions and rules
}

func (e *evaluator) condition(name string) (bool, error) {
	if b, ok := e.conditions[name]; ok {
		return b, nil
	}
	b, err := e.truth(e.t.conditions[name])
	if err != nil {
		return false, err
	}
	e.conditions[name] = b
	return b, nil
}

// value evaluates v to string, bool, json.Number, []any, map[string]any or noValue.
func (e *evaluator) value(v *Value) (any, error) {
	if name, arg, ok := v.function(); ok {
		return e.call(name, arg)
	}
	switch v.Kind {
	case List:
		out := make([]any, 0, len(v.items))
		for _, item := range v.items {
			x, err := e.value(item)
			if err != nil {
				return nil, err
			}
			if x != (noValue{}) {
				out = append(out, x)
			}
		}
		return out, nil
	case Object:
		out := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			x, err := e.value(f.value)
			if err != nil {
				return nil, err
			}
			if _, gone := x.(noValue); !gone {
				out[f.key] = x
			}
		}
		return out, nil
	default:
		return v.scalar, nil
	}
}

func (e *evaluator) call(name string, arg *Value) (any, error) {
	rule := functions[name].rule
	switch name {
	case "Ref":
		s, _ := arg.literal()
		return e.ref(s)
	case "Fn::GetAtt":
		id, attr, _ := attributeOf(arg)
		return e.resolver.Attribute(id, attr)
	case "Fn::Sub":
		return e.sub(arg)
	case "Fn::Join":
		delim, _ := arg.items[0].literal()
		l, err := e.strings(arg.items[1], rule)
		if err != nil {
			return nil, err
		}
		return written(arg, strings.Join(l, delim))
	case "Fn::Split":
		delim, _ := arg.items[0].literal()
		s, err := e.string(arg.items[1], rule)
		if err != nil {
			return nil, err
		}
		return anyList(strings.Split(s, delim)), nil
	case "Fn::Select":
		return e.selectOne(arg, rule)
	case "Fn::If":
		c, _ := arg.items[0].literal()
		b, err := e.condition(c)
		if err != nil {
			return nil, err
		}
		if b {
			return e.value(arg.items[1])
		}
		return e.value(arg.items[2])
	case "Fn::FindInMap":
		return e.findInMap(arg, rule)
	case "Fn::Base64":
		s, err := e.string(arg, rule)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	}
	return nil, refuse(arg, "%s here", name) // the checker accepts no other name
}

func (e *evaluator) ref(name string) (any, error) {
	if x, ok := e.params[name]; ok {
		return x, nil
	}
	if x, ok := e.pseudo[name]; ok {
		return x, nil
	}
	return e.resolver.Ref(name)
}

// string evaluates v to a string; rule is the error if it is none.
func (e *evaluator) string(v *Value, rule string) (string, error) {
	x, err := e.value(v)
	if err != nil {
		return "", err
	}
	s, ok := textOf(x)
	if !ok {
		return "", fail(v, "%s", rule)
	}
	return s, nil
}

// strings evaluates v to a list of strings.
func (e *evaluator) strings(v *Value, rule string) ([]string, error) {
	x, err := e.value(v)
	if err != nil {
		return nil, err
	}
	l, ok := x.([]any)
	if !ok {
		return nil, fail(v, "%s", rule)
	}
	out := make([]string, len(l))
	for i, item := range l {
		if out[i], ok = textOf(item); !ok {
			return nil, fail(v, "%s", rule)
		}
	}
	return out, nil
}

func (e *evaluator) selectOne(arg *Value, rule string) (any, error) {
	s, err := e.string(arg.items[0], rule)
	if err != nil {
		return nil, err
	}
	i, err := strconv.Atoi(s)
	if err != nil {
		return nil, fail(arg, "%s", rule)
	}
	x, err := e.value(arg.items[1])
	if err != nil {
		return nil, err
	}
	l, ok := x.([]any)
	if !ok {
		return nil, fail(arg, "%s", rule)
	}
	if i < 0 || i >= len(l) {
		return nil, fail(arg, "Template error: Fn::Select  cannot select nonexistent value at index %d", i)
	}
	return l[i], nil
}

func (e *evaluator) findInMap(arg *Value, rule string) (any, error) {
	var keys [3]string
	for i, item := range arg.items {
		var err error
		if keys[i], err = e.string(item, rule); err != nil {
			return nil, err
		}
	}
	m, ok := e.t.mappings[keys[0]]
	if !ok {
		return nil, fail(arg, "Template error: Mapping named '%s' is not present in the 'Mappings' section of template.", keys[0])
	}
	x, ok := m[keys[1]][keys[2]]
	if !ok {
		return nil, fail(arg, "Template error: Unable to get mapping for %s::%s::%s", keys[0], keys[1], keys[2])
	}
	return x, nil
}

func (e *evaluator) sub(arg *Value) (any, error) {
	at, text, locals := sub(arg)
	parts, _ := subParts(text)
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		x, err := e.variable(p.name, locals)
		if err != nil {
			return nil, err
		}
		s, ok := textOf(x)
		if !ok {
			return nil, fail(at, "Template error: variable %s in Fn::Sub expression does not resolve to a string", p.name)
		}
		b.WriteString(s)
	}
	return written(at, b.String())
}

func (e *evaluator) variable(name string, locals *Value) (any, error) {
	if v := locals.get(name); v != nil {
		return e.value(v)
	}
	if id, attr, dotted := strings.Cut(name, "."); dotted {
		return e.resolver.Attribute(id, attr)
	}
	return e.ref(name)
}

// written is a string that was put together, unless that makes it a dynamic reference.
func written(at *Value, s string) (any, error) {
	if err := refuseDynamic(at, s); err != nil {
		return nil, err
	}
	return s, nil
}

// object evaluates an object, nil to an empty one.
func (e *evaluator) object(v *Value) (map[string]any, error) {
	if v == nil {
		return map[string]any{}, nil
	}
	x, err := e.value(v)
	if err != nil {
		return nil, err
	}
	m, ok := x.(map[string]any)
	if !ok {
		return nil, malformed(v, "Properties must be an object") // the value of a function
	}
	return m, nil
}

// jsonText writes an evaluated value as JSON.
func jsonText(x any) (string, error) {
	data, err := json.Marshal(x)
	if err != nil {
		return "", fmt.Errorf("write metadata: %w", err)
	}
	return string(data), nil
}
