package s3

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

const maxKeys = 1000 // a page of ListObjectsV2

// listObjectsV2 lists keys in the order of their bytes; those with the delimiter behind the prefix fold into one common
// prefix, which counts as one.
func (s *Service) listObjectsV2(_ context.Context, c call.Caller, in *api.ListObjectsV2Input) (*api.ListObjectsV2Output, error) {
	size := int32(maxKeys)
	if n := in.MaxKeys; n != nil {
		if *n < 0 {
			return nil, bad("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647").With("ArgumentName", "maxKeys")
		}
		size = min(size, *n)
	}
	encode, err := encoding(in.EncodingType)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	part, next, ok := page.Cut(b.entries(in), func(e entry) string { return e.name }, in.ContinuationToken, max(1, int(size)))
	if !ok {
		return nil, bad("InvalidArgument", "The continuation token provided is incorrect").With("ArgumentName", "continuation-token")
	}
	if size == 0 {
		part, next = nil, nil
	}
	out := &api.ListObjectsV2Output{
		Name: &b.name, Prefix: encode(aws.String(aws.ToString(in.Prefix))), Delimiter: encode(in.Delimiter), MaxKeys: &size, EncodingType: in.EncodingType,
		ContinuationToken: in.ContinuationToken, NextContinuationToken: next, StartAfter: encode(in.StartAfter),
		IsTruncated: aws.Bool(next != nil), KeyCount: aws.Int32(int32(len(part))), //nolint:gosec // at most maxKeys
	}
	for _, e := range part {
		if e.folded {
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: encode(&e.name)})
			continue
		}
		item := b.objects[e.name].item()
		item.Key = encode(&e.name)
		if aws.ToBool(in.FetchOwner) {
			item.Owner = s.owner(b.account)
		}
		out.Contents = append(out.Contents, item)
	}
	return out, nil
}

func (o *object) item() types.Object {
	return types.Object{
		LastModified: &o.modified, ETag: &o.etag, Size: aws.Int64(o.file.Size), StorageClass: types.ObjectStorageClassStandard,
		ChecksumAlgorithm: []types.ChecksumAlgorithm{o.sum.algorithm}, ChecksumType: o.kind,
	}
}

// entry is what keys are listed under: a key, or the prefix that several share up to the delimiter.
type entry struct {
	name   string
	folded bool
}

// entries are those of the keys that a request asks for, in order. The service is locked.
func (b *bucket) entries(in *api.ListObjectsV2Input) []entry {
	var list []entry
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if !strings.HasPrefix(key, aws.ToString(in.Prefix)) || in.ContinuationToken == nil && key <= aws.ToString(in.StartAfter) {
			continue
		}
		if e := fold(key, aws.ToString(in.Prefix), aws.ToString(in.Delimiter)); len(list) == 0 || e != list[len(list)-1] {
			list = append(list, e)
		}
	}
	return list
}

func fold(key, prefix, delimiter string) entry {
	rest := strings.TrimPrefix(key, prefix)
	if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
		return entry{prefix + rest[:i+len(delimiter)], true}
	}
	return entry{name: key}
}

// encoding is how keys are written: as they are, or, for what XML cannot hold, as in a query string.
func encoding(e types.EncodingType) (func(*string) *string, error) {
	switch e {
	case "":
		return func(s *string) *string { return s }, nil
	case types.EncodingTypeUrl:
		return func(s *string) *string {
			if s == nil {
				return nil
			}
			return aws.String(strings.ReplaceAll(url.QueryEscape(*s), "%2F", "/"))
		}, nil
	default:
		return nil, bad("InvalidArgument", "Invalid Encoding Method specified in Request").With("ArgumentName", "encoding-type")
	}
}
