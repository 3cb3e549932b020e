package cloudformation

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pageSize is how many items the listings without MaxResults give at once.
const pageSize = 100

// page cuts a list at the token of the page before; the token is the index to go on from.
func page[T any](items []T, token *string, size int) ([]T, *string, error) {
	from := 0
	if t := aws.ToString(token); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil || n < 0 || n > len(items) {
			return nil, nil, validation("NextToken %s is not valid", t) // UNCONFIRMED: the text
		}
		from = n
	}
	if to := from + size; to < len(items) {
		return items[from:to], aws.String(strconv.Itoa(to)), nil
	}
	return items[from:], nil, nil
}
