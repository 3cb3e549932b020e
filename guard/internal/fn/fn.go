// Package fn holds the built-in functions of Guard 3.1.1.
//
// A function maps over the values of its first argument: every value of the
// wrong type, and every one that was not found, is dropped: a result
// may be empty. What cannot be converted ends the evaluation instead.
package fn

import (
	"errors"
	"fmt"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Arg is one argument: the values that it resolved to, where nil stands for
// one that was not found.
type Arg []*doc.Value

// ErrUnknown means that there is no function of that name.
var ErrUnknown = errors.New("unknown function")

// ErrArguments means that a function got another number of arguments, or an
// argument of another kind, than it wants.
var ErrArguments = errors.New("wrong arguments")

// Call evaluates a function.
func Call(name string, args []Arg) ([]*doc.Value, error) {
	want, known := syntax.Functions()[name]
	if !known {
		return nil, fmt.Errorf("%w %s", ErrUnknown, name)
	}
	if len(args) != want {
		return nil, fmt.Errorf("%s: %w: %d instead of %d", name, ErrArguments, len(args), want)
	}
	switch name {
	case "count":
		return count(args[0]), nil
	case "join":
		return join(args[0], args[1])
	case "substring":
		return substring(args[0], args[1], args[2])
	case "regex_replace":
		return regexReplace(args[0], args[1], args[2])
	}
	return each(args[0], mapper(name))
}

// mapper gives the functions that turn one value into one; nil without an
// error drops the value.
func mapper(name string) func(*doc.Value) (*doc.Value, error) {
	switch name {
	case "json_parse":
		return jsonParse
	case "to_lower":
		return toLower
	case "to_upper":
		return toUpper
	case "url_decode":
		return urlDecode
	case "parse_int":
		return parseInt
	case "parse_float":
		return parseFloat
	case "parse_boolean":
		return parseBoolean
	case "parse_string":
		return parseString
	}
	return parseChar
}

func each(values Arg, f func(*doc.Value) (*doc.Value, error)) ([]*doc.Value, error) {
	var out []*doc.Value
	for _, v := range values {
		if v == nil {
			continue
		}
		made, err := f(v)
		if err != nil {
			return nil, fmt.Errorf("%w (at %q)", err, v.Path())
		}
		if made != nil {
			out = append(out, made.WithPlaceOf(v))
		}
	}
	return out, nil
}

// count counts the values that were found, not the elements of lists.
func count(values Arg) []*doc.Value {
	n := 0
	var first *doc.Value
	for _, v := range values {
		if v == nil {
			continue
		}
		if n++; first == nil {
			first = v
		}
	}
	made := doc.NewInt(int64(n))
	if first != nil {
		made.WithPlaceOf(first)
	}
	return []*doc.Value{made}
}

// one gives the text of an argument that must be a single string.
func one(name string, a Arg) (string, error) {
	if len(a) == 0 || a[0] == nil || a[0].Kind() != doc.String {
		return "", fmt.Errorf("%s: %w: not a string", name, ErrArguments)
	}
	return a[0].Text(), nil
}
