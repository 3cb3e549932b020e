package cloudwatch

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// validation is what clients of all protocols see as ValidationError.
func validation(format string, args ...any) error {
	return &types.ValidationException{Message: apierr.Text(format, args...)}
}

// constraint words a member that breaks the model (recorded: SetAlarmState with the state INVALID).
func constraint(value any, member, rule string) error {
	return validation("%s", apierr.ConstraintText(value, member, rule))
}

func missing(member string) error { return validation("%s", apierr.MissingText(member)) }

// notFound is the answer to an alarm that does not exist.
// UNCONFIRMED: the text; the recorded answer has none.
func notFound() error {
	return &types.ResourceNotFound{Message: aws.String("Unable to find the specified alarm.")}
}

func badToken() error {
	return &types.InvalidNextToken{Message: aws.String("The service cannot process the nextToken that was provided.")} // UNCONFIRMED: the text
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: apierr.Text(format, args...)}
}

func combination(format string, args ...any) error {
	return &types.InvalidParameterCombinationException{Message: apierr.Text(format, args...)}
}

// checkLength holds a text to the model's length.
func checkLength(text *string, member string, least, most int) error {
	if text == nil {
		return nil
	}
	if rule := apierr.Length(len(*text), least, most); rule != "" {
		return constraint(*text, member, rule)
	}
	return nil
}

// checkCount holds a number of items to the model's range.
func checkCount(n *int32, member string, least, most int32) error {
	if n == nil {
		return nil
	}
	if rule := apierr.Range(*n, least, most); rule != "" {
		return constraint(*n, member, rule)
	}
	return nil
}
