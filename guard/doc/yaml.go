package doc

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// parseYAML reads the first document of a YAML text.
func parseYAML(b *builder, src string, l Loader) (*Document, error) {
	var root yaml.Node
	err := yaml.NewDecoder(strings.NewReader(src)).Decode(&root)
	switch {
	case errors.Is(err, io.EOF):
		return nil, b.err(0, 0, "no document")
	case err != nil:
		return nil, b.err(0, 0, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
	case len(root.Content) == 0:
		return nil, b.err(0, 0, "no document")
	}
	y := &yamlReader{builder: b, loader: l}
	v, err := y.value(root.Content[0])
	if err != nil {
		return nil, err
	}
	return b.document(v), nil
}

type yamlReader struct {
	*builder
	loader Loader
}

func (y *yamlReader) cli() bool { return y.loader == LoadCLI2 || y.loader == LoadCLI3 }

func (y *yamlReader) value(n *yaml.Node) (Value, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return y.scalar(n)
	case yaml.SequenceNode:
		return y.wrapped(n, y.sequence)
	case yaml.MappingNode:
		if y.cli() {
			return y.mapping(n) // tags of mappings are dropped
		}
		return y.wrapped(n, y.mapping)
	case yaml.AliasNode:
		return y.alias(n)
	}
	return Value{}, y.err(n.Line, n.Column, "unexpected YAML node")
}

func (y *yamlReader) alias(n *yaml.Node) (Value, error) {
	if y.cli() {
		return Value{}, y.err(n.Line, n.Column, "Guard does not read aliases")
	}
	if _, err := y.open(n.Line, n.Column); err != nil { // an alias may hold itself
		return Value{}, err
	}
	defer func() { y.depth-- }()
	return y.value(n.Alias)
}

func (y *yamlReader) sequence(n *yaml.Node) (Value, error) {
	mark, err := y.open(n.Line, n.Column)
	if err != nil {
		return Value{}, err
	}
	for _, c := range n.Content {
		v, err := y.value(c)
		if err != nil {
			return Value{}, err
		}
		if err := y.push(v); err != nil {
			return Value{}, err
		}
	}
	return y.end(List, mark, n.Line, n.Column), nil
}

func (y *yamlReader) mapping(n *yaml.Node) (Value, error) {
	mark, err := y.open(n.Line, n.Column)
	if err != nil {
		return Value{}, err
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := y.key(n.Content[i])
		if err != nil {
			return Value{}, err
		}
		if seen[key] && !y.cli() {
			return Value{}, y.err(n.Content[i].Line, n.Content[i].Column, "duplicate name %q", key)
		}
		seen[key] = true
		v, err := y.value(n.Content[i+1])
		if err != nil {
			return Value{}, err
		}
		v.key = key
		if err := y.push(v); err != nil {
			return Value{}, err
		}
	}
	return y.end(Map, mark, n.Line, n.Column), nil
}

// key reads the name of a member, which must be text to the loader.
func (y *yamlReader) key(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode && !y.cli() {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", y.err(n.Line, n.Column, "the name of a member must be text")
	}
	v, err := y.scalar(n)
	if err != nil {
		return "", err
	}
	if v.kind != String {
		return "", y.err(n.Line, n.Column, "the name of a member must be text, %s is %s: quote it", n.Value, v.kind.WithArticle())
	}
	return v.str, nil
}

func (y *yamlReader) scalar(n *yaml.Node) (Value, error) {
	v, err := y.scalarValue(n)
	if err != nil {
		return Value{}, y.err(n.Line, n.Column, "%s", err.Error())
	}
	v.line, v.col = int32(n.Line), int32(n.Column) //nolint:gosec // texts are limited
	return v, nil
}

func (y *yamlReader) scalarValue(n *yaml.Node) (Value, error) {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	text := Value{kind: String, str: n.Value}
	if n.Style&yaml.TaggedStyle != 0 {
		return y.tagged(n, text, quoted)
	}
	switch {
	case quoted, y.cli() && n.Tag == "!": // "! 5" is the text 5
		return text, nil
	case y.cli():
		return plainCLI(n.Value, y.loader), nil
	}
	return plainCore(n.Value)
}
