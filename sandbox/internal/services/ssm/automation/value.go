package automation

import (
	"fmt"
	"strconv"
)

// Type is the type of an output, and of a parameter without an AWS resource type.
type Type string

// The types of values. They are static: nothing is converted.
const (
	String     Type = "String"
	StringList Type = "StringList"
	Integer    Type = "Integer"
	Boolean    Type = "Boolean"
	MapList    Type = "MapList"
	StringMap  Type = "StringMap"
)

// Valid says whether the type exists.
func (t Type) Valid() bool {
	switch t {
	case String, StringList, Integer, Boolean, MapList, StringMap:
		return true
	}
	return false
}

// Check is nil if the value has the type.
func (t Type) Check(v any) error {
	ok := false
	switch t {
	case String:
		_, ok = v.(string)
	case Integer:
		_, ok = v.(int64)
	case Boolean:
		_, ok = v.(bool)
	case StringMap:
		_, ok = v.(map[string]any)
	case StringList, MapList:
		var l []any
		l, ok = v.([]any)
		for _, e := range l {
			_, text := e.(string)
			_, mapping := e.(map[string]any)
			ok = ok && (text && t == StringList || mapping && t == MapList)
		}
	}
	if !ok {
		return fmt.Errorf("%s is not of type %s", abridged(v), t)
	}
	return nil
}

// abridged is a value for a message.
func abridged(v any) string {
	const most = 100
	s := Text(v)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

// Texts is a value as the API has it: a list of strings, one for each element of a list.
func Texts(v any) []string {
	l, ok := v.([]any)
	if !ok {
		return []string{Text(v)}
	}
	out := make([]string, len(l))
	for i, e := range l {
		out[i] = Text(e)
	}
	return out
}

// FromTexts is the value of the type that the API has as a list of strings.
func (t Type) FromTexts(texts []string) (any, error) {
	if t == StringList || t == MapList {
		out := make([]any, len(texts))
		for i, s := range texts {
			if out[i] = s; t == MapList {
				m, err := mapping(s)
				if err != nil {
					return nil, err
				}
				out[i] = m
			}
		}
		return out, nil
	}
	if len(texts) != 1 {
		return nil, fmt.Errorf("it has %d values, a %s has one", len(texts), t)
	}
	s := texts[0]
	switch t {
	case Integer:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not an Integer", s)
		}
		return n, nil
	case Boolean:
		switch s {
		case "true", "True":
			return true, nil
		case "false", "False":
			return false, nil
		}
		return nil, fmt.Errorf("%q is not a Boolean", s)
	case StringMap:
		return mapping(s)
	}
	return s, nil
}

func mapping(s string) (any, error) {
	v, err := DecodeJSON([]byte(s))
	if _, ok := v.(map[string]any); err != nil || !ok {
		return nil, fmt.Errorf("%q is not a mapping in JSON", s)
	}
	return v, nil
}
