package lambda

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// user is the Type member that real error bodies carry.
func user() *string { return aws.String("User") }

func invalid(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: apierr.Text(format, args...), Type: user()}
}

func notFound(format string, args ...any) error {
	return &types.ResourceNotFoundException{Message: apierr.Text(format, args...), Type: user()}
}

func conflict(format string, args ...any) error {
	return &types.ResourceConflictException{Message: apierr.Text(format, args...), Type: user()}
}

func precondition(get string) error {
	return &types.PreconditionFailedException{
		Message: aws.String("The Revision Id provided does not match the latest Revision Id. Call the " + get +
			" API to retrieve the latest Revision Id"),
		Type: user(),
	}
}

func denied(format string, args ...any) error {
	return apierr.New(http.StatusForbidden, "AccessDeniedException", format, args...)
}

// throttled is the answer over the control-plane quota. UNCONFIRMED: the message text.
func throttled() error {
	return &types.TooManyRequestsException{
		Message: aws.String("Rate exceeded"), Type: user(),
		Reason: types.ThrottleReasonCallerRateLimitExceeded, RetryAfterSeconds: aws.String("1"),
	}
}

func policyTooLong() error {
	return &types.PolicyLengthExceededException{Message: aws.String("The final policy size is bigger than the limit (20480)."), Type: user()}
}
