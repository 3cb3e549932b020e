package s3

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// upload is a multipart upload that is neither complete nor aborted.
type upload struct {
	attributes
	key       string
	algorithm types.ChecksumAlgorithm // of the parts; empty where the upload names none

	mu    sync.Mutex
	parts map[int32]received
	ended bool
}

const (
	maxParts = 10000
	minPart  = 5 << 20 // bytes of every part but the last
)

func (s *Service) multipartOps() []*call.Op {
	return []*call.Op{
		call.Operation("s3", "CreateMultipartUpload", s.createMultipartUpload).
			Accepts("Bucket", "Key", "ContentType", "Metadata", "ChecksumAlgorithm", "ExpectedBucketOwner").
			Permissions(call.OnAction("s3:PutObject", func(c call.Caller, in *api.CreateMultipartUploadInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "UploadPart", s.uploadPart).
			Accepts(withChecksums("Bucket", "Key", "UploadId", "PartNumber", "Body", "ContentLength", "ContentMD5", "ChecksumAlgorithm", "ExpectedBucketOwner")...).
			Permissions(call.OnAction("s3:PutObject", func(c call.Caller, in *api.UploadPartInput) string { return objectARN(c, in.Bucket, in.Key) })),
		call.Operation("s3", "CompleteMultipartUpload", s.completeMultipartUpload).
			Accepts("Bucket", "Key", "UploadId", "IfNoneMatch", "MpuObjectSize", "ExpectedBucketOwner", "MultipartUpload.Parts.ETag", "MultipartUpload.Parts.PartNumber").
			Accepts(under("MultipartUpload.Parts.", withChecksums())...).
			Permissions(call.OnAction("s3:PutObject", func(c call.Caller, in *api.CompleteMultipartUploadInput) string {
				return objectARN(c, in.Bucket, in.Key)
			})),
		call.Operation("s3", "AbortMultipartUpload", s.abortMultipartUpload).Accepts("Bucket", "Key", "UploadId", "ExpectedBucketOwner").
			Permissions(call.On(func(c call.Caller, in *api.AbortMultipartUploadInput) string { return objectARN(c, in.Bucket, in.Key) })),
	}
}

func under(parent string, members []string) []string {
	for i := range members {
		members[i] = parent + members[i]
	}
	return members
}

func (s *Service) createMultipartUpload(_ context.Context, c call.Caller, in *api.CreateMultipartUploadInput) (*api.CreateMultipartUploadOutput, error) {
	if err := checkKey(aws.ToString(in.Key)); err != nil {
		return nil, err
	}
	a, err := newAttributes(in.ContentType, in.Metadata)
	if err != nil {
		return nil, err
	}
	if in.ChecksumAlgorithm != "" && !slices.Contains(algorithms(), in.ChecksumAlgorithm) {
		return nil, apierr.Unsupported("the checksum algorithm %s", in.ChecksumAlgorithm)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.find(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	id := s.IDs.Next(c.Account, c.Region, "upload", b.name+"/"+*in.Key).Hex(64)
	u := &upload{attributes: a, key: *in.Key, algorithm: in.ChecksumAlgorithm, parts: map[int32]received{}}
	b.uploads[id] = u
	out := &api.CreateMultipartUploadOutput{Bucket: in.Bucket, Key: in.Key, UploadId: &id}
	if u.algorithm != "" {
		out.ChecksumAlgorithm, out.ChecksumType = u.algorithm, u.kind()
	}
	return out, nil
}

// kind is what the object's checksum is made from: the checksums of the parts, or, as CRC64NVME always is, all bytes.
func (u *upload) kind() types.ChecksumType {
	if u.algorithm == "" || u.algorithm == byDefault {
		return types.ChecksumTypeFullObject
	}
	return types.ChecksumTypeComposite
}

// findUpload is a running upload of a key.
func (s *Service) findUpload(c call.Caller, bucket, key, id, owner *string) (*upload, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, err := s.find(c, bucket, owner)
	if err != nil {
		return nil, err
	}
	u := b.uploads[aws.ToString(id)]
	if u == nil || u.key != aws.ToString(key) {
		return nil, noUpload(aws.ToString(id))
	}
	return u, nil
}

func (s *Service) uploadPart(_ context.Context, c call.Caller, in *api.UploadPartInput) (*api.UploadPartOutput, error) {
	n := aws.ToInt32(in.PartNumber)
	if n < 1 || n > maxParts {
		return nil, bad("InvalidArgument", "Part number must be an integer between 1 and %d, inclusive", maxParts).With("ArgumentName", "partNumber")
	}
	sum, err := given(in)
	if err != nil {
		return nil, err
	}
	if err := announced(in.ChecksumAlgorithm, sum); err != nil {
		return nil, err
	}
	u, err := s.findUpload(c, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if u.algorithm != "" && sum.algorithm != u.algorithm {
		have := lower(sum.algorithm)
		if have == "" {
			have = "null"
		}
		return nil, bad("InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s", lower(u.algorithm), have)
	}
	r, err := s.receive(in.Body, expected{length: in.ContentLength, md5: in.ContentMD5, sum: sum})
	if err != nil {
		return nil, err
	}
	if !u.keep(n, r) {
		r.file.Remove()
		return nil, noUpload(*in.UploadId)
	}
	out := &api.UploadPartOutput{ETag: aws.String(r.etag())}
	if sum.value != "" {
		r.sum.show(out)
	}
	return out, nil
}

// keep stores a part in place of the one with its number, unless the upload has ended meanwhile.
func (u *upload) keep(n int32, r received) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return false
	}
	if old, ok := u.parts[n]; ok {
		old.file.Remove()
	}
	u.parts[n] = r
	return true
}

// drop ends an upload and its parts.
func (u *upload) drop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	for r := range maps.Values(u.parts) {
		r.file.Remove()
	}
	u.parts = nil
}

func (s *Service) abortMultipartUpload(_ context.Context, c call.Caller, in *api.AbortMultipartUploadInput) (*api.AbortMultipartUploadOutput, error) {
	u, err := s.findUpload(c, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	s.forget(c, in.Bucket, *in.UploadId)
	u.drop()
	return &api.AbortMultipartUploadOutput{}, nil
}

func (s *Service) forget(c call.Caller, bucket *string, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.buckets[key(c, bucket)]; b != nil {
		delete(b.uploads, id)
	}
}
