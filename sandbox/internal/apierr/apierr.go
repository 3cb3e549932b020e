// Package apierr is the error that a sandbox service answers where the SDK has no exception type for it.
//
// Modeled exceptions (types.ResourceNotFoundException and the like) are returned as they are; the wire package
// knows their HTTP status. Everything else that AWS answers with a 4xx is an [Error].
package apierr

import (
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
)

// Error is an AWS error by its code on the wire. It implements [smithy.APIError].
type Error struct {
	Status  int    // HTTP status
	Code    string // wire code, such as ValidationException
	Message string // text for the caller
	Details []Detail
}

// Detail is what an error of S3 says besides its message: an element of its body, or a header.
type Detail struct {
	Name, Value string
	Header      bool
}

// With adds a detail to the body.
func (e *Error) With(name, value string) *Error {
	e.Details = append(e.Details, Detail{Name: name, Value: value})
	return e
}

// Detail is the value of a detail, or "".
func (e *Error) Detail(name string) string {
	for _, d := range e.Details {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// New makes an error with a formatted message.
func New(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Text is a formatted message for one of the SDK's exceptions.
func Text(format string, args ...any) *string {
	s := fmt.Sprintf(format, args...)
	return &s
}

// Validation is the ValidationException (400) that AWS's front end answers to malformed input.
func Validation(format string, args ...any) *Error {
	return New(http.StatusBadRequest, "ValidationException", format, args...)
}

// Unsupported says that the sandbox does not implement what was asked. The text must name the operation, the
// input member, the property or the resource type (design §4.6: no faked success).
func Unsupported(format string, args ...any) *Error {
	return New(http.StatusBadRequest, "SandboxUnsupported", "the layerfleet sandbox does not support "+format, args...)
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// ErrorCode implements [smithy.APIError].
func (e *Error) ErrorCode() string { return e.Code }

// ErrorMessage implements [smithy.APIError].
func (e *Error) ErrorMessage() string { return e.Message }

// ErrorFault implements [smithy.APIError].
func (e *Error) ErrorFault() smithy.ErrorFault {
	if e.Status >= http.StatusInternalServerError {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}
