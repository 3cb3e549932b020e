package cfn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// read turns a body into values. A body that starts with a brace is JSON, all else YAML.
func read(body string) (*Value, error) {
	if strings.HasPrefix(strings.TrimLeft(body, " \t\r\n\ufeff"), "{") {
		return readJSON(body)
	}
	var doc yaml.Node
	if err := yaml.Load([]byte(body), &doc); err != nil {
		var at *yaml.LoadError
		if errors.As(err, &at) && at.Mark.Line > 0 {
			return nil, &Error{
				Message: fmt.Sprintf("Template format error: YAML not well-formed. (line %d, column %d)", at.Mark.Line, at.Mark.Column),
				Line:    at.Mark.Line, Column: at.Mark.Column + 1,
			}
		}
		return nil, malformed(nil, "YAML not well-formed.")
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, malformed(nil, "unsupported structure.")
	}
	return readNode(doc.Content[0], 0)
}

// maxDepth is the deepest nesting of a body. AWS's own limit is unknown; real templates stay below 30.
const maxDepth = 200

func readNode(n *yaml.Node, depth int) (*Value, error) {
	v := &Value{Line: n.Line, Column: n.Column}
	if depth > maxDepth {
		return nil, malformed(v, "the template is nested too deeply")
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" || n.ShortTag() == "!!merge" {
		return nil, fail(v, "Template error: YAML aliases are not allowed in CloudFormation templates")
	}
	switch n.Kind {
	case yaml.ScalarNode:
		v.scalar = readScalar(n)
	case yaml.SequenceNode:
		v.Kind = List
		for _, item := range n.Content {
			iv, err := readNode(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, iv)
		}
	case yaml.MappingNode:
		v.Kind = Object
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, err := readNode(n.Content[i], depth+1)
			if err != nil {
				return nil, err
			}
			if k.Kind != Scalar || k.scalar == nil {
				return nil, malformed(k, "map keys must be strings")
			}
			fv, err := readNode(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			if err := v.put(n.Content[i].Value, k, fv); err != nil {
				return nil, err
			}
		}
	default:
		return nil, malformed(v, "unsupported structure.")
	}
	return longForm(n.Tag, v)
}

// put adds a field. A second one with its name is an error at the place of at.
func (v *Value) put(key string, at, value *Value) error {
	if v.get(key) != nil {
		// UNCONFIRMED: the text.
		return malformed(at, "duplicate key %s. (line %d, column %d)", key, at.Line, at.Column)
	}
	v.fields = append(v.fields, field{key, value})
	return nil
}

// readScalar reads a scalar as CloudFormation does: dates stay text (Version: 2012-10-17), numbers keep their digits
// (3.10), and numbers that JSON does not have stay text (012345678901).
func readScalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	case "!!null":
		return nil
	}
	return n.Value
}

// longForm turns a tagged value into its function call: !Sub x into {Fn::Sub: x}.
func longForm(tag string, v *Value) (*Value, error) {
	if !strings.HasPrefix(tag, "!") || strings.HasPrefix(tag, "!!") || tag == "!" {
		return v, nil
	}
	name := "Fn::" + tag[1:]
	switch tag {
	case "!Ref", "!Condition":
		name = tag[1:]
	case "!GetAtt":
		if s, ok := v.literal(); ok {
			if res, attr, dotted := strings.Cut(s, "."); dotted {
				v = list(v, scalar(v, res), scalar(v, attr))
			}
		}
	}
	if knownFunctions[name] == "" {
		return nil, malformed(v, "unresolved tag %s. (line %d, column %d)", tag, v.Line, v.Column) // UNCONFIRMED: the text
	}
	return &Value{Kind: Object, Line: v.Line, Column: v.Column, fields: []field{{name, v}}}, nil
}

// jsonReader reads JSON with places.
type jsonReader struct {
	body string
	dec  *json.Decoder
	line int // line and offset of the last place
	seen int
	bol  int // offset of the line's first byte
}

func readJSON(body string) (*Value, error) {
	body = strings.TrimPrefix(body, "\ufeff")
	r := &jsonReader{body: body, dec: json.NewDecoder(strings.NewReader(body)), line: 1}
	r.dec.UseNumber()
	v, err := r.value(0)
	if err == nil {
		if _, end := r.dec.Token(); end == io.EOF {
			return v, nil
		}
		err = errors.New("text behind the end")
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return nil, err
	}
	at := r.place()
	return nil, malformed(at, "JSON not well-formed. (line %d, column %d)", at.Line, at.Column)
}

// place is the reader's position.
func (r *jsonReader) place() *Value {
	off := int(r.dec.InputOffset())
	for ; r.seen < off && r.seen < len(r.body); r.seen++ {
		if r.body[r.seen] == '\n' {
			r.line++
			r.bol = r.seen + 1
		}
	}
	return &Value{Line: r.line, Column: off - r.bol + 1}
}

func (r *jsonReader) value(depth int) (*Value, error) {
	tok, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	v := r.place()
	if depth > maxDepth {
		return nil, malformed(v, "the template is nested too deeply")
	}
	switch tok {
	case json.Delim('['):
		v.Kind = List
		for r.dec.More() {
			item, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		_, err = r.dec.Token()
	case json.Delim('{'):
		v.Kind = Object
		for r.dec.More() {
			key, kerr := r.dec.Token()
			if kerr != nil {
				return nil, kerr
			}
			name, ok := key.(string)
			at := r.place()
			if !ok {
				return nil, malformed(at, "map keys must be strings")
			}
			fv, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if err := v.put(name, at, fv); err != nil {
				return nil, err
			}
		}
		_, err = r.dec.Token()
	default:
		v.scalar = tok
	}
	return v, err
}
