package s3

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// openObject finds an object that the caller may read and, if want is set, opens it: once it is open, it can be deleted.
func (s *Service) openObject(ctx context.Context, c call.Caller, bucket, key, owner, ifMatch *string, want bool) (*object, *os.File, error) {
	o, f, err := s.lookUp(c, bucket, key, owner, want)
	switch {
	case err != nil:
		return nil, nil, err
	case o == nil:
		// Only those who may list the bucket are told that there is no such key.
		if err := s.May(ctx, c, call.Permission{Action: "s3:ListBucket", Resource: bucketARN(c, bucket)}); err != nil {
			return nil, nil, err
		}
		return nil, nil, noKey(aws.ToString(key))
	case ifMatch != nil && *ifMatch != "*" && strings.Trim(*ifMatch, `"`) != strings.Trim(o.etag, `"`):
		if f != nil {
			_ = f.Close()
		}
		return nil, nil, unmet("If-Match")
	}
	return o, f, nil
}

func (s *Service) lookUp(c call.Caller, bucket, key, owner *string, want bool) (*object, *os.File, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, bucket, owner)
	if err != nil {
		return nil, nil, err
	}
	o := b.objects[aws.ToString(key)]
	if o == nil || !want {
		return o, nil, nil
	}
	f, err := o.file.Open()
	return o, f, err
}

// getObject returns the object or one range of its bytes. Who calls must close the Body.
func (s *Service) getObject(ctx context.Context, c call.Caller, in *api.GetObjectInput) (*api.GetObjectOutput, error) {
	o, f, err := s.openObject(ctx, c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfMatch, true)
	if err != nil {
		return nil, err
	}
	from, to, part, err := parseRange(in.Range, o.file.Size)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	out := &api.GetObjectOutput{
		AcceptRanges: aws.String("bytes"), ContentLength: aws.Int64(to - from), ContentType: &o.contentType, ETag: &o.etag,
		LastModified: &o.modified, Metadata: o.metadata, Body: section{io.NewSectionReader(f, from, to-from), f},
	}
	if part {
		out.ContentRange = aws.String("bytes " + itoa(from) + "-" + itoa(to-1) + "/" + itoa(o.file.Size))
	} else if in.ChecksumMode == types.ChecksumModeEnabled {
		o.sum.show(out)
		out.ChecksumType = o.kind
	}
	return out, nil
}

// section is a part of a file that closes the file.
type section struct {
	io.Reader
	io.Closer
}

func (s *Service) headObject(ctx context.Context, c call.Caller, in *api.HeadObjectInput) (*api.HeadObjectOutput, error) {
	o, _, err := s.openObject(ctx, c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfMatch, false)
	if err != nil {
		return nil, err
	}
	out := &api.HeadObjectOutput{
		AcceptRanges: aws.String("bytes"), ContentLength: aws.Int64(o.file.Size), ContentType: &o.contentType, ETag: &o.etag,
		LastModified: &o.modified, Metadata: o.metadata,
	}
	if in.ChecksumMode == types.ChecksumModeEnabled {
		o.sum.show(out)
		out.ChecksumType = o.kind
	}
	return out, nil
}

// position reads a number of bytes, which has no sign.
func position(text string) (n int64, ok bool) {
	u, err := strconv.ParseUint(text, 10, 63)
	return int64(u), err == nil
}

// parseRange reads a Range header (RFC 9110, 14.1.2) for so many bytes: from, up to but without to. What is no range of
// bytes means the whole, as S3 has it.
func parseRange(text *string, size int64) (from, to int64, part bool, err error) {
	spec, ok := strings.CutPrefix(aws.ToString(text), "bytes=")
	if !ok {
		return 0, size, false, nil
	}
	if strings.Contains(spec, ",") {
		return 0, 0, false, apierr.Unsupported("several ranges in the Range of GetObject; S3 does not, either")
	}
	first, last, dash := strings.Cut(spec, "-")
	a, hasFirst := position(first)
	b, hasLast := position(last)
	switch {
	case !dash, !hasFirst && first != "", !hasLast && last != "", !hasFirst && !hasLast, hasFirst && hasLast && b < a:
		return 0, size, false, nil
	case !hasFirst: // so many at the end
		a, b = max(0, size-b), size-1
	case !hasLast || b >= size:
		b = size - 1
	}
	if a >= size {
		return 0, 0, false, apierr.New(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable").
			With("RangeRequested", *text).With("ActualObjectSize", itoa(size))
	}
	return a, b + 1, true, nil
}
