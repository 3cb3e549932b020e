package iampolicy

import "fmt"

// MalformedError says why a document is not a policy, in the words of IAM's MalformedPolicyDocument.
type MalformedError struct{ Reason string }

func (e *MalformedError) Error() string { return e.Reason }

func malformed(format string, args ...any) error {
	return &MalformedError{Reason: fmt.Sprintf(format, args...)}
}

// UnsupportedError names a part of the language that AWS has and this package does not have.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return "unsupported in policies: " + e.What }

func unsupported(format string, args ...any) error {
	return &UnsupportedError{What: fmt.Sprintf(format, args...)}
}
