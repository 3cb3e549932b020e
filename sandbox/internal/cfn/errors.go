package cfn

import "fmt"

// Error is what CloudFormation answers with the code ValidationError.
type Error struct {
	Message string
	// Line and Column say where in the body, counted from 1; 0 if the error has no place.
	Line, Column int
}

func (e *Error) Error() string { return e.Message }

// Unsupported names what the template uses and the sandbox does not have.
type Unsupported struct {
	What         string // the function Fn::GetAZs, the parameter type …
	Line, Column int
}

func (e *Unsupported) Error() string {
	if e.Line == 0 {
		return "templates with " + e.What + " are not supported"
	}
	return fmt.Sprintf("templates with %s are not supported (line %d, column %d)", e.What, e.Line, e.Column)
}

// NoAttribute is the error for an attribute that a resource's type does not have.
func NoAttribute(a Attribute) error {
	return &Error{Message: fmt.Sprintf("Template error: resource %s does not support attribute type %s in Fn::GetAtt", a.LogicalID, a.Name)}
}

// fail is an error at the place of v, which may be nil.
func fail(v *Value, format string, args ...any) error {
	e := &Error{Message: fmt.Sprintf(format, args...)}
	if v != nil {
		e.Line, e.Column = v.Line, v.Column
	}
	return e
}

// malformed is an error of the template's structure.
func malformed(v *Value, format string, args ...any) error {
	return fail(v, "Template format error: "+format, args...)
}

func refuse(v *Value, format string, args ...any) error {
	e := &Unsupported{What: fmt.Sprintf(format, args...)}
	if v != nil {
		e.Line, e.Column = v.Line, v.Column
	}
	return e
}
