package automation

import "fmt"

// InvalidError says what AWS would not accept in a document, and where.
type InvalidError struct {
	Path string // such as mainSteps[0].inputs.Runtime; empty for the whole document
	Text string
}

func (e *InvalidError) Error() string {
	if e.Path == "" {
		return e.Text
	}
	return e.Path + ": " + e.Text
}

// SchemaVersionError says that a document is not of schema version 0.3, the only one of Automation.
type SchemaVersionError struct{ Version string }

func (e *SchemaVersionError) Error() string {
	return fmt.Sprintf("an Automation document has the schemaVersion 0.3, not %q", e.Version)
}

// UnsupportedError names something that AWS has and this package does not have.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return "not supported: " + e.What }

func invalid(path, format string, args ...any) error {
	return &InvalidError{Path: path, Text: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &UnsupportedError{What: fmt.Sprintf(format, args...)}
}
