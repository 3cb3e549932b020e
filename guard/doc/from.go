package doc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// FromValue makes a document of a Go value: map[string]any, []any, string,
// bool, int, int64, float64, json.Number and nil. The members of maps are put in
// the order of their names. Anything else is an error that names its type.
func FromValue(v any) (*Document, error) {
	b := newBuilder("", Limits{}, 0)
	root, err := b.from(v)
	if err != nil {
		return nil, err
	}
	return b.document(root), nil
}

func (b *builder) from(v any) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case string:
		return Value{kind: String, str: v}, nil
	case bool:
		return *NewBool(v), nil
	case int:
		return *NewInt(int64(v)), nil
	case int64:
		return *NewInt(v), nil
	case float64:
		return *NewFloat(v), nil
	case json.Number:
		return number(v.String())
	case []any:
		mark, err := b.open(0, 0)
		if err != nil {
			return Value{}, err
		}
		for _, e := range v {
			if err := b.fromChild(e, ""); err != nil {
				return Value{}, err
			}
		}
		return b.end(List, mark, 0, 0), nil
	case map[string]any:
		return b.fromMap(v)
	}
	return Value{}, fmt.Errorf("a document cannot hold a %T", v)
}

func (b *builder) fromMap(m map[string]any) (Value, error) {
	mark, err := b.open(0, 0)
	if err != nil {
		return Value{}, err
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := b.fromChild(m[k], k); err != nil {
			return Value{}, err
		}
	}
	return b.end(Map, mark, 0, 0), nil
}

func (b *builder) fromChild(v any, key string) error {
	child, err := b.from(v)
	if err != nil {
		return err
	}
	child.key = key
	return b.push(child)
}

// number reads a JSON number as the engines do: a whole number that fits 64
// bits is an integer (from 2^63 on it wraps around, as in the engines), any
// other a float.
func number(s string) (Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Value{kind: Int, num: uint64(n)}, nil //nolint:gosec // the bits of an int64
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return Value{kind: Int, num: n}, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return Value{}, fmt.Errorf("%q is not a number", s)
	}
	if math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("number %s is out of range", s)
	}
	return Value{kind: Float, num: math.Float64bits(f)}, nil
}
