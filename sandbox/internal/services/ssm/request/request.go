// Package request is what the calls of Systems Manager have in common, whatever they are about: the front end's
// errors for members that break the model, pages and tags.
package request

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Constraint is the front end's error for one member that breaks the model's pattern, length or enum.
func Constraint(value any, member, rule string) error {
	return apierr.Validation("1 validation error detected: Value '%v' at '%s' failed to satisfy constraint: %s", value, member, rule)
}

// Page is one page of a list that is sorted by key, at most size long; no size means most. A size out of bounds is a
// ValidationException, a token that no page has given an InvalidNextToken.
func Page[T any](all []T, key func(T) string, token *string, size *int32, most int) ([]T, *string, error) {
	n := most
	if size != nil {
		n = int(*size)
	}
	if n < 1 || n > most {
		return nil, nil, Constraint(n, "maxResults", "Member must have value between 1 and "+strconv.Itoa(most))
	}
	part, next, ok := page.Cut(all, key, token, n)
	if !ok {
		return nil, nil, &types.InvalidNextToken{Message: aws.String("The specified token isn't valid.")}
	}
	return part, next, nil
}
