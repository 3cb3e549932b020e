package cfn

import (
	"encoding/json"
	"strings"
)

// Kind is the kind of a [Value].
type Kind int

// The kinds of values.
const (
	Scalar Kind = iota
	List
	Object
)

// Value is a value as the template writes it, before its functions are evaluated. Short forms (!Ref x) are read as
// their long forms ({Ref: x}).
type Value struct {
	Kind   Kind
	Line   int
	Column int

	scalar any // string, bool or json.Number; nil for null
	items  []*Value
	fields []field
}

type field struct {
	key   string
	value *Value
}

// get is a field of an object, or nil.
func (v *Value) get(key string) *Value {
	if v == nil || v.Kind != Object {
		return nil
	}
	for _, f := range v.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// text is a scalar's text.
func (v *Value) text() (string, bool) {
	if v == nil || v.Kind != Scalar {
		return "", false
	}
	return textOf(v.scalar)
}

// literal is a string scalar.
func (v *Value) literal() (string, bool) {
	if v == nil || v.Kind != Scalar {
		return "", false
	}
	s, ok := v.scalar.(string)
	return s, ok
}

// textOf writes an evaluated scalar as CloudFormation does where a string is needed.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	default:
		return "", false
	}
}

// function reads a function call: an object with one field, whose key is a function's name.
func (v *Value) function() (name string, arg *Value, ok bool) {
	if v == nil || v.Kind != Object || len(v.fields) != 1 {
		return "", nil, false
	}
	f := v.fields[0]
	if f.key == "Ref" || strings.HasPrefix(f.key, "Fn::") {
		return f.key, f.value, true
	}
	return "", nil, false
}

// JSON is the value with its functions unevaluated, as GetTemplateSummary shows metadata.
func (v *Value) JSON() string {
	data, err := json.Marshal(v.plain())
	if err != nil {
		return "" // plain makes only what JSON has
	}
	return string(data)
}

func (v *Value) plain() any {
	switch v.Kind {
	case List:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			out[i] = item.plain()
		}
		return out
	case Object:
		out := make(map[string]any, len(v.fields))
		for _, f := range v.fields {
			out[f.key] = f.value.plain()
		}
		return out
	default:
		return v.scalar
	}
}

// list is a list of values at the place of another.
func list(at *Value, items ...*Value) *Value {
	return &Value{Kind: List, Line: at.Line, Column: at.Column, items: items}
}

func scalar(at *Value, s any) *Value {
	return &Value{Line: at.Line, Column: at.Column, scalar: s}
}
