package guard

import "github.com/layerfleet/layerfleet/guard/doc"

// Document is what rules are evaluated on: a configuration item, a template, or
// any other JSON or YAML. It is never changed, so any number of evaluations may
// share it.
type Document = doc.Document

// Loader says how the scalars of a text are read. It matters to the verdicts: the
// command lines of the engines read some differently.
type Loader = doc.Loader

// The loaders.
const (
	// LoadValues reads JSON as it is, and YAML by its core schema. It is right for
	// configuration items.
	LoadValues = doc.LoadValues
	// LoadCLI2 reads as "cfn-guard validate" 2.1.3 does: null, -1 and 0.5 are text.
	LoadCLI2 = doc.LoadCLI2
	// LoadCLI3 reads as "cfn-guard validate" 3.1.1 does. It is right for templates.
	LoadCLI3 = doc.LoadCLI3
	// LoadTest reads as "cfn-guard test" 3.1.1 does.
	LoadTest = doc.LoadTest
)

// Load makes a document of a JSON or YAML text. The name is that of its file, for
// messages and findings; the text is its content.
func Load(name string, text []byte, l Loader) (*Document, error) { return doc.Load(name, text, l) }

// ParseJSON makes a document of a JSON text without a name.
func ParseJSON(text []byte) (*Document, error) { return doc.ParseJSON(text) }

// FromValue makes a document of a Go value: map[string]any, []any, string, bool,
// int, int64, float64, json.Number and nil. Its values have no line and column.
func FromValue(v any) (*Document, error) { return doc.FromValue(v) }
