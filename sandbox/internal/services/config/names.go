package config

import (
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

var (
	aggregatorName = regexp.MustCompile(`^[\w\-]{1,256}$`)
	queryName      = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
	accountID      = regexp.MustCompile(`^\d{12}$`)
	roleARN        = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*):iam::(\d{12}):role/.+$`)
)

// arn is an ARN of AWS Config in a pair.
func arn(k pair.Key, resource string) string {
	return "arn:" + function.Partition(k.Region) + ":config:" + k.Region + ":" + k.Account + ":" + resource
}

func key(c call.Caller) pair.Key { return pair.Key{Account: c.Account, Region: c.Region} }

// pageSize checks a page size of the API: 0 means the usual one.
func pageSize(limit int32, usual, largest int) (int, error) {
	switch {
	case limit < 0 || int(limit) > largest:
		return 0, badLimit(limit, largest)
	case limit == 0:
		return usual, nil
	default:
		return int(limit), nil
	}
}

// nonEmpty is a token, or nil for the empty one that some clients send for the first page.
func nonEmpty(token *string) *string {
	if aws.ToString(token) == "" {
		return nil
	}
	return token
}

// cut is a page of a list that is sorted by name.
func cut[T any](items []T, name func(T) string, token *string, limit int32, usual, largest int) ([]T, *string, error) {
	size, err := pageSize(limit, usual, largest)
	if err != nil {
		return nil, nil, err
	}
	return part(items, name, token, size)
}

// part is [cut] for a page size that was checked.
func part[T any](items []T, name func(T) string, token *string, size int) ([]T, *string, error) {
	found, next, ok := page.Cut(items, name, nonEmpty(token), size)
	if !ok {
		return nil, nil, badToken()
	}
	if found == nil {
		found = []T{} // an empty list is sent, nil is not
	}
	return found, next, nil
}

// sorted are the values of a map by key.
func sorted[V any](m map[string]V) []V {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	out := make([]V, len(names))
	for i, n := range names {
		out[i] = m[n]
	}
	return out
}

// anyOf is the ARN of all resources of a kind: what a permission is checked on when the named one does not exist.
func anyOf(k pair.Key, kind string) string { return arn(k, kind+"/*") }
