package configsql

import "strings"

// Row is one configuration item, in whatever form its owner keeps it. A sorted query looks at a row again after it
// has seen the others: rows must not change meanwhile.
type Row interface {
	// Values appends the scalars at a property path (configuration.layers.arn), of all elements where the path
	// leads through lists, and nothing where the property is missing. It is called for each row of a query.
	Values(path string, into []Value) []Value
	// Property is a top-level property as a JSON tree of map[string]any, []any, string, float64, int64, bool and
	// nil. It is called for the rows of a result.
	Property(name string) (tree any, ok bool)
}

// Document is a configuration item as decoded JSON, with configuration and supplementaryConfiguration as objects.
type Document map[string]any

// Values implements [Row].
func (d Document) Values(path string, into []Value) []Value {
	return appendValues(map[string]any(d), path, into)
}

// Property implements [Row].
func (d Document) Property(name string) (any, bool) {
	tree, ok := d[name]
	return tree, ok
}

// appendValues walks a JSON tree along a path; an empty path is the node itself.
func appendValues(node any, path string, into []Value) []Value {
	switch n := node.(type) {
	case []any:
		for _, element := range n {
			into = appendValues(element, path, into)
		}
	case map[string]any:
		if path == "" {
			return into
		}
		head, rest, _ := strings.Cut(path, ".")
		if child, ok := n[head]; ok {
			return appendValues(child, rest, into)
		}
	case string:
		if path == "" {
			return append(into, String(n))
		}
	case float64:
		if path == "" {
			return append(into, Number(n))
		}
	case int64:
		if path == "" {
			return append(into, Number(float64(n)))
		}
	case bool:
		if path == "" {
			return append(into, Bool(n))
		}
	}
	return into
}
