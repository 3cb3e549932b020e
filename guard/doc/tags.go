package doc

import (
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/guard/internal/rust"
)

// longForm gives the name that CloudFormation's short tag stands for, for
// scalars and for sequences.
func longForm(tag string) (name string, scalar, sequence bool) {
	switch tag {
	case "Ref", "Condition":
		return tag, true, false
	case "Base64", "GetAZs", "ImportValue", "RefAll":
		return "Fn::" + tag, true, false
	case "GetAtt", "Sub":
		return "Fn::" + tag, true, true
	case "Select", "Split", "Join", "FindInMap", "And", "Equals", "Contains", "EachMemberIn",
		"EachMemberEquals", "ValueOf", "If", "Not", "Or":
		return "Fn::" + tag, false, true
	}
	return "", false, false
}

// tagged reads a scalar with a tag of its own.
func (y *yamlReader) tagged(n *yaml.Node, text Value, quoted bool) (Value, error) {
	if core, ok := strings.CutPrefix(n.Tag, "!!"); ok {
		switch y.loader {
		case LoadCLI2:
			return text, nil
		case LoadCLI3:
			return typedCLI3(core, n.Value)
		}
		return typedCore(core, n.Value)
	}
	short := strings.TrimPrefix(n.Tag, "!")
	name, scalar, sequence := longForm(short)
	if y.cli() {
		if scalar {
			return y.wrap(name, text, n)
		}
		return text, nil
	}
	inner := text
	if !quoted {
		var err error
		if inner, err = plainCore(n.Value); err != nil {
			return Value{}, err
		}
	}
	if scalar || sequence {
		return y.wrap(name, inner, n)
	}
	return inner, nil
}

// wrapped reads a container, and puts it under the long form of its tag.
func (y *yamlReader) wrapped(n *yaml.Node, read func(*yaml.Node) (Value, error)) (Value, error) {
	v, err := read(n)
	if err != nil || n.Style&yaml.TaggedStyle == 0 || strings.HasPrefix(n.Tag, "!!") {
		return v, err
	}
	name, scalar, sequence := longForm(strings.TrimPrefix(n.Tag, "!"))
	if sequence || scalar && !y.cli() {
		return y.wrap(name, v, n)
	}
	return v, nil
}

// wrap makes a map of one member.
func (y *yamlReader) wrap(name string, v Value, n *yaml.Node) (Value, error) {
	mark, err := y.open(n.Line, n.Column)
	if err != nil {
		return Value{}, err
	}
	v.key = name
	v.line, v.col = int32(n.Line), int32(n.Column) //nolint:gosec // texts are limited
	if err := y.push(v); err != nil {
		return Value{}, err
	}
	return y.end(Map, mark, n.Line, n.Column), nil
}

// typedCLI3 reads a scalar with a core tag as "validate" 3.1.1 does.
func typedCLI3(core, s string) (Value, error) {
	switch core {
	case "bool":
		if s == "true" || s == "false" {
			return *NewBool(s == "true"), nil
		}
	case "int":
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Value{}, errors.New(strconv.Quote(s) + " is not an int")
		}
		return *NewInt(n), nil
	case "float":
		f, ok := rust.ParseFloat(s)
		if !ok {
			return Value{}, errors.New(strconv.Quote(s) + " is not a float")
		}
		return *NewFloat(f), nil
	case "null":
		return Value{}, nil
	}
	return Value{kind: String, str: s}, nil
}

// typedCore reads a scalar with a core tag as serde_yaml does.
func typedCore(core, s string) (Value, error) {
	want := map[string]Kind{"bool": Bool, "int": Int, "float": Float, "null": Null}
	kind, known := want[core]
	if !known {
		return Value{kind: String, str: s}, nil
	}
	v, err := plainCore(s)
	if err != nil {
		return Value{}, err
	}
	if kind == Float && v.kind == Int {
		v = *NewFloat(float64(v.Int()))
	}
	if v.kind != kind {
		return Value{}, errors.New(strconv.Quote(s) + " is not " + kind.WithArticle())
	}
	return v, nil
}
