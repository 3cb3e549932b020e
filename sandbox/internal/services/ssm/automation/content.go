package automation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Format is the format of a document's text.
type Format string

// The formats of an Automation document.
const (
	JSON Format = "JSON"
	YAML Format = "YAML"
)

// maxNodes is how many nodes a YAML document can have after the expansion of its aliases. 64 KB without aliases have fewer.
const maxNodes = 100_000

// decode reads content as plain values: map[string]any, []any, string, int64, float64, bool and nil.
func decode(content string, f Format) (map[string]any, error) {
	var v any
	var err error
	switch f {
	case JSON:
		v, err = DecodeJSON([]byte(content))
	case YAML:
		v, err = decodeYAML(content)
	default:
		return nil, unsupported("documents in the format %s", f)
	}
	if err != nil {
		return nil, invalid("", "it is not %s: %v", f, err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, invalid("", "it is not a mapping")
	}
	return m, nil
}

// Convert writes the text of a document in the other format. It sorts mappings by key.
func Convert(content string, from, to Format) (string, error) {
	if from == to {
		return content, nil
	}
	v, err := decode(content, from)
	if err != nil {
		return "", err
	}
	if to == JSON {
		data, err := json.MarshalIndent(v, "", "  ")
		return string(data), err
	}
	data, err := yaml.Dump(v)
	return string(data), err
}

// DecodeJSON reads one JSON value as plain values; numbers without fraction become int64.
func DecodeJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one value")
	}
	return plainNumbers(v)
}

func plainNumbers(v any) (any, error) {
	var err error
	switch t := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
			return n, nil
		}
		return t.Float64()
	case map[string]any:
		for k, e := range t {
			if t[k], err = plainNumbers(e); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, e := range t {
			if t[i], err = plainNumbers(e); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func decodeYAML(content string) (any, error) {
	var root yaml.Node
	if err := yaml.Load([]byte(content), &root); err != nil {
		return nil, err
	}
	left := maxNodes
	return fromNode(&root, &left)
}

func fromNode(n *yaml.Node, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, errors.New("it has too many nodes")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return nil, errors.New("it is empty")
		}
		return fromNode(n.Content[0], left)
	case yaml.AliasNode:
		return fromNode(n.Alias, left)
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
				return nil, fmt.Errorf("line %d: a key is not plain text", k.Line)
			}
			if _, twice := m[k.Value]; twice {
				return nil, fmt.Errorf("line %d: the key %q appears twice", k.Line, k.Value)
			}
			v, err := fromNode(n.Content[i+1], left)
			if err != nil {
				return nil, err
			}
			m[k.Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		s := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := fromNode(c, left)
			if err != nil {
				return nil, err
			}
			s[i] = v
		}
		return s, nil
	case yaml.ScalarNode:
		return fromScalar(n)
	}
	return nil, fmt.Errorf("line %d: a node of unknown kind", n.Line)
}

func fromScalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int":
		var i int64
		if err := n.Decode(&i); err == nil {
			return i, nil
		}
		var f float64
		err := n.Decode(&f)
		return f, err
	case "!!float":
		var f float64
		err := n.Decode(&f)
		return f, err
	case "!!str", "!!timestamp": // a date is text to Automation
		return n.Value, nil
	default:
		return nil, fmt.Errorf("line %d: the tag %s has no meaning here", n.Line, tag)
	}
}
