package stackset

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func validation(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "ValidationError", format, args...)
}

func notFound(name string) error {
	return &types.StackSetNotFoundException{Message: aws.String("StackSet " + name + " not found")}
}

func inProgress(set string) error {
	return &types.OperationInProgressException{Message: aws.String("Another Operation on StackSet " + set + " is in progress")}
}

func operationMissing(id string) error {
	return &types.OperationNotFoundException{Message: aws.String("Operation " + id + " not found")}
}

func instanceMissing(set, account, region string) error {
	return &types.StackInstanceNotFoundException{Message: aws.String(fmt.Sprintf("Stack instance for stack set %s, account %s and region %s not found", set, account, region))}
}

// callAs refuses what only a delegated administrator may say.
func callAs(as types.CallAs) error {
	if as == types.CallAsDelegatedAdmin {
		return apierr.Unsupported("CallAs DELEGATED_ADMIN")
	}
	return nil
}

// maxPage is the longest page of the listings (botocore 1.43.11: MaxResults 1 to 100).
const maxPage = 100

// Page cuts a list at the token of the page before; the token is the index to go on from. Without a size a page has
// 100 items. Errors are ValidationErrors.
func Page[T any](items []T, token *string, size *int32) ([]T, *string, error) {
	n := int(aws.ToInt32(size))
	switch {
	case size == nil:
		n = maxPage
	case n < 1 || n > maxPage:
		return nil, nil, validation("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: "+
			"Member must have value between 1 and %d, inclusive", n, maxPage)
	}
	from := 0
	if t := aws.ToString(token); t != "" {
		i, err := strconv.Atoi(t)
		if err != nil || i < 0 || i > len(items) {
			return nil, nil, validation("NextToken %s is not valid", t) // UNCONFIRMED: the text
		}
		from = i
	}
	if to := from + n; to < len(items) {
		return items[from:to], aws.String(strconv.Itoa(to)), nil
	}
	return items[from:], nil, nil
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
