package s3

import (
	"context"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
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
	after, err := startOf(in)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectsV2Output{
		Name: &b.name, Prefix: encode(aws.String(aws.ToString(in.Prefix))), Delimiter: encode(in.Delimiter), MaxKeys: &size, EncodingType: in.EncodingType,
		ContinuationToken: in.ContinuationToken, StartAfter: encode(in.StartAfter), IsTruncated: aws.Bool(false), KeyCount: aws.Int32(0),
	}
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		entry, folded := fold(key, aws.ToString(in.Prefix), aws.ToString(in.Delimiter))
		switch {
		case !strings.HasPrefix(key, aws.ToString(in.Prefix)), after.passed(key, entry):
			continue
		case size == 0:
			return out, nil
		case *out.KeyCount == size:
			*out.IsTruncated, out.NextContinuationToken = true, after.token()
			return out, nil
		}
		*out.KeyCount++
		after = place{entry: entry, folded: folded}
		if folded {
			out.CommonPrefixes = append(out.CommonPrefixes, types.CommonPrefix{Prefix: encode(&entry)})
			continue
		}
		item := b.objects[key].item()
		item.Key = encode(&key)
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

// fold is the entry that a key is listed under: the key, or the prefix that it shares up to the delimiter.
func fold(key, prefix, delimiter string) (entry string, folded bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if i := strings.Index(rest, delimiter); ok && delimiter != "" && i >= 0 {
		return prefix + rest[:i+len(delimiter)], true
	}
	return key, false
}

// place is where a listing stands: behind an entry.
type place struct {
	entry  string
	folded bool
}

func (p place) passed(key, entry string) bool {
	return key <= p.entry || p.folded && entry == p.entry
}

// Tokens open with the kind of the entry, so that text which only happens to decode is not taken for one.
const (
	keyToken    = "key:"
	prefixToken = "prefix:"
)

func (p place) token() *string {
	kind := keyToken
	if p.folded {
		kind = prefixToken
	}
	return aws.String(base64.RawURLEncoding.EncodeToString([]byte(kind + p.entry)))
}

func startOf(in *api.ListObjectsV2Input) (place, error) {
	if in.ContinuationToken == nil {
		return place{entry: aws.ToString(in.StartAfter)}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*in.ContinuationToken)
	if entry, ok := strings.CutPrefix(string(text), keyToken); ok && err == nil {
		return place{entry: entry}, nil
	}
	if entry, ok := strings.CutPrefix(string(text), prefixToken); ok && err == nil {
		return place{entry: entry, folded: true}, nil
	}
	return place{}, bad("InvalidArgument", "The continuation token provided is incorrect").With("ArgumentName", "continuation-token")
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
