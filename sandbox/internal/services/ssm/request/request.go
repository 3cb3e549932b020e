// Package request has what the operations of Systems Manager have in common: pages and tags.
package request

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Page is one page of a list that is sorted by key, at most size long; no size means most. A size out of range is a
// ValidationException, a token of no page an InvalidNextToken.
func Page[T any](all []T, key func(T) string, token *string, size *int32, most int) ([]T, *string, error) {
	n := most
	if size != nil {
		n = int(*size)
	}
	if rule := apierr.Range(n, 1, most); rule != "" {
		return nil, nil, apierr.Constraint(n, "maxResults", rule)
	}
	part, next, ok := page.Cut(all, key, token, n)
	if !ok {
		return nil, nil, &types.InvalidNextToken{Message: aws.String("The specified token isn't valid.")}
	}
	return part, next, nil
}
