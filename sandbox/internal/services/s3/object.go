package s3

import (
	"context"
	"encoding/hex"
	"maps"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// object is the content of a key. It is never changed, only replaced.
type object struct {
	attributes
	file     *spool.File
	etag     string // in quotes
	modified time.Time
	sum      checksum
	kind     types.ChecksumType
}

// attributes are what an upload says about its object.
type attributes struct {
	contentType string
	metadata    map[string]string
}

const (
	defaultContentType = "binary/octet-stream"
	maxMetadata        = 2048 // bytes of all names and values
)

func newAttributes(contentType *string, metadata map[string]string) (attributes, error) {
	a := attributes{contentType: defaultContentType, metadata: maps.Clone(metadata)}
	if contentType != nil {
		a.contentType = *contentType
	}
	size := 0
	for k, v := range metadata {
		size += len(k) + len(v)
	}
	if size > maxMetadata {
		return a, bad("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size").
			With("Size", itoa(size)).With("MaxSizeAllowed", itoa(maxMetadata))
	}
	return a, nil
}

func (s *Service) objectOps() []*call.Op {
	return []*call.Op{
		call.Operation("s3", "PutObject", s.putObject).
			Accepts(withChecksums("Bucket", "Key", "Body", "ContentLength", "ContentMD5", "ContentType", "Metadata", "IfNoneMatch", "ChecksumAlgorithm", "ExpectedBucketOwner")...).
			Permissions(call.On(func(c call.Caller, in *api.PutObjectInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "GetObject", s.getObject).Accepts("Bucket", "Key", "Range", "IfMatch", "ChecksumMode", "ExpectedBucketOwner").
			Permissions(call.On(func(c call.Caller, in *api.GetObjectInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "HeadObject", s.headObject).Accepts("Bucket", "Key", "IfMatch", "ChecksumMode", "ExpectedBucketOwner").
			Permissions(call.OnAction("s3:GetObject", func(c call.Caller, in *api.HeadObjectInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "DeleteObject", s.deleteObject).Accepts("Bucket", "Key", "ExpectedBucketOwner").
			Permissions(call.On(func(c call.Caller, in *api.DeleteObjectInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "ListObjectsV2", s.listObjectsV2).
			Accepts("Bucket", "Prefix", "Delimiter", "MaxKeys", "ContinuationToken", "StartAfter", "EncodingType", "FetchOwner", "ExpectedBucketOwner").
			Permissions(call.OnAction("s3:ListBucket", func(c call.Caller, in *api.ListObjectsV2Input) string { return bucketARN(c, in.Bucket) })),
	}
}

func (s *Service) putObject(_ context.Context, c call.Caller, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	if err := checkKey(aws.ToString(in.Key)); err != nil {
		return nil, err
	}
	a, err := newAttributes(in.ContentType, in.Metadata)
	if err != nil {
		return nil, err
	}
	sum, err := given(in)
	if err != nil {
		return nil, err
	}
	if err := announced(in.ChecksumAlgorithm, sum); err != nil {
		return nil, err
	}
	if err := s.accepts(c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfNoneMatch); err != nil {
		return nil, err // before the body is read
	}
	r, err := s.receive(in.Body, expected{length: in.ContentLength, md5: in.ContentMD5, sum: sum})
	if err != nil {
		return nil, err
	}
	o := &object{attributes: a, file: r.file, etag: r.etag(), modified: s.now(), sum: r.sum, kind: types.ChecksumTypeFullObject}
	if err := s.put(c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfNoneMatch, o); err != nil {
		r.file.Remove()
		return nil, err
	}
	out := &api.PutObjectOutput{ETag: &o.etag, ChecksumType: o.kind}
	o.sum.show(out)
	return out, nil
}

// accepts says whether an object may be written now.
func (s *Service) accepts(c call.Caller, bucket, key, owner, ifNoneMatch *string) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, bucket, owner)
	if err != nil {
		return err
	}
	return b.accepts(*key, ifNoneMatch)
}

func (b *bucket) accepts(key string, ifNoneMatch *string) error {
	switch {
	case ifNoneMatch == nil:
		return nil
	case *ifNoneMatch != "*":
		return apierr.New(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented").With("Header", "If-None-Match")
	case b.objects[key] != nil:
		return unmet("If-None-Match")
	}
	return nil
}

// put stores an object in place of the one that has its key.
func (s *Service) put(c call.Caller, bucket, key, owner, ifNoneMatch *string, o *object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.find(c, bucket, owner)
	if err != nil {
		return err
	}
	if err := b.accepts(*key, ifNoneMatch); err != nil {
		return err
	}
	b.drop(*key)
	b.objects[*key] = o
	return nil
}

// drop removes an object, if there is one.
func (b *bucket) drop(key string) {
	if old := b.objects[key]; old != nil {
		old.file.Remove()
		delete(b.objects, key)
	}
}

// deleteObject succeeds also where there is nothing to delete.
func (s *Service) deleteObject(_ context.Context, c call.Caller, in *api.DeleteObjectInput) (*api.DeleteObjectOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	b.drop(aws.ToString(in.Key))
	return &api.DeleteObjectOutput{}, nil
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
