package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// code is the error code of an API's answer, or empty.
func code(err error) string {
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		return ae.ErrorCode()
	}
	return ""
}

// throttled says whether a call can be retried because it was throttled.
func throttled(err error) bool {
	return slices.Contains([]string{
		"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "TooManyUpdates", "ConcurrentModification",
		"ConcurrentModificationException",
	}, code(err))
}

// notFound says whether a delete found nothing to delete.
func notFound(err error) bool {
	c := code(err)
	return strings.HasPrefix(c, "NoSuch") || strings.Contains(c, "NotFound") || c == "InvalidDocument"
}

// alreadyExists is the error of a handler that finds a resource of the same name. Without it a Put would change a resource
// that belongs to someone else.
func alreadyExists(typeName, id string) error {
	return &handlerFailure{message: fmt.Sprintf("Resource of type '%s' with identifier '%s' already exists.", typeName, id), code: "AlreadyExists"}
}

// handlerFailure is a failed action with the words of CloudFormation's handlers.
type handlerFailure struct {
	message, code string
	cause         error
}

func (e *handlerFailure) Error() string {
	return fmt.Sprintf("Resource handler returned message: \"%s\" (HandlerErrorCode: %s)", e.message, e.code)
}

func (e *handlerFailure) Unwrap() error { return e.cause }

// handlerError is an API's error as a resource's status reason.
func handlerError(err error) error {
	var ae smithy.APIError
	var done *handlerFailure
	if err == nil || errors.As(err, &done) || errors.Is(err, context.Canceled) || !errors.As(err, &ae) {
		return err
	}
	c := ae.ErrorCode()
	kind := "GeneralServiceException"
	switch {
	case strings.HasPrefix(c, "AccessDenied") || c == "UnauthorizedOperation":
		kind = "AccessDenied"
	case strings.Contains(c, "AlreadyExists") || c == "ConflictException":
		kind = "AlreadyExists"
	case notFound(err):
		kind = "NotFound"
	case throttled(err):
		kind = "Throttling"
	case strings.Contains(c, "LimitExceeded") || strings.HasPrefix(c, "MaxNumberOf"):
		kind = "ServiceLimitExceeded"
	case strings.HasPrefix(c, "Invalid") || strings.HasPrefix(c, "Validation") || strings.HasPrefix(c, "Malformed"):
		kind = "InvalidRequest"
	}
	message := ae.ErrorMessage()
	if message == "" {
		message = c
	}
	return &handlerFailure{message: message, code: kind, cause: err}
}
