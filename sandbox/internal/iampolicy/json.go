package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
)

type member struct {
	name  string
	value json.RawMessage
}

var errShape = errors.New("not of the wanted shape")

// object reads a JSON object in order. Names are case-sensitive and must not repeat, unlike in encoding/json.
func object(raw json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	t, err := dec.Token()
	if err != nil || t != json.Delim('{') {
		return nil, errShape
	}
	var out []member
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok || seen[name] {
			return nil, errShape
		}
		seen[name] = true
		m := member{name: name}
		if err := dec.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// list is the elements of an array, or the one value without an array.
func list(raw json.RawMessage) ([]json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '[' {
		return []json.RawMessage{raw}, nil
	}
	var out []json.RawMessage
	err := json.Unmarshal(raw, &out)
	return out, err
}

// stringList is a string or a list of strings.
func stringList(raw json.RawMessage) ([]string, error) {
	items, err := list(raw)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(items))
	for i, x := range items {
		if len(x) == 0 || x[0] != '"' {
			return nil, errShape
		}
		if err := json.Unmarshal(x, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// scalarList is like stringList, but accepts numbers and booleans as their text.
func scalarList(raw json.RawMessage) ([]string, error) {
	items, err := list(raw)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(items))
	for i, x := range items {
		switch {
		case len(x) == 0, x[0] == '{', x[0] == '[', x[0] == 'n':
			return nil, errShape
		case x[0] == '"':
			if err := json.Unmarshal(x, &out[i]); err != nil {
				return nil, err
			}
		default:
			out[i] = string(x)
		}
	}
	return out, nil
}
