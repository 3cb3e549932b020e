package access

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// ErrDenied marks that there are no valid credentials, or that they may not do what
// a command begins with. A denial later on, in one account of many, is not it.
var ErrDenied = errors.New("not authenticated or not allowed")

// denials are the codes that AWS services answer to bad or weak credentials.
var denials = []string{
	"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure", "NotAuthorized",
	"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
	"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException",
	"MissingAuthenticationToken", "MissingAuthenticationTokenException", "OrganizationAccessDeniedException",
}

// Denied reports whether AWS refused for lack of rights, in err or in the assuming
// of a role on the way.
func Denied(err error) bool { return slices.Contains(denials, Code(err)) }

// Code is the error code that AWS gave, or "".
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Message is what AWS said, as CODE: MESSAGE, for values that say where and of what
// besides; for other errors it is their [Text].
func Message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return answer(api)
	}
	return Text(err)
}

func answer(api smithy.APIError) string {
	if m := api.ErrorMessage(); m != "" && m != "UnknownError" { // the SDK's word for none
		return api.ErrorCode() + ": " + m
	}
	return api.ErrorCode()
}

// AtStart turns a denial of what a command begins with into ErrDenied.
func AtStart(err error) error {
	if err == nil || !Denied(err) {
		return err
	}
	return hint.With(fmt.Errorf("%w: %w", ErrDenied, err),
		"sign in as the management account or a delegated administrator; `aws sts get-caller-identity` shows who you are")
}

// Throttled reports whether AWS refused for too many calls.
func Throttled(err error) bool {
	return slices.Contains([]string{"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}, Code(err))
}
