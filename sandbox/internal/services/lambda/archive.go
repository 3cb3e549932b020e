package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/s3"
)

// source is where the code of a function or the content of a layer comes from: the request, or an S3 object.
type source struct {
	zip         []byte
	bucket, key *string
}

// archive is code that the service keeps.
type archive struct {
	sha            string // base64 SHA-256
	size, unzipped int64  // bytes
}

// Errors where a request has no source.
func errNoContent() error { return invalid("Please provide a source for layer content.") }
func errNoCode() error    { return invalid("Please provide a source for function code.") }

// archive reads the code from its source; none makes the error where there is none. No shard may be locked.
func (s *Service) archive(ctx context.Context, c call.Caller, src source, none func() error) (archive, error) {
	switch {
	case src.zip != nil && (src.bucket != nil || src.key != nil):
		return archive{}, invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case src.zip != nil:
		sha, unzipped, err := s.blobs.keep(src.zip)
		return archive{sha: sha, size: int64(len(src.zip)), unzipped: unzipped}, err
	case aws.ToString(src.bucket) == "" || aws.ToString(src.key) == "":
		return archive{}, none()
	case s.dispatcher == nil:
		return archive{}, apierr.Unsupported("code from S3 here")
	default:
		return s.fetch(ctx, c, src)
	}
}

// fetch reads an object as the caller, whose permissions on it count, and keeps it on disk.
func (s *Service) fetch(ctx context.Context, c call.Caller, src source) (archive, error) {
	got, err := call.Do[s3api.GetObjectOutput](ctx, s.dispatcher, c.Through(principal), &s3api.GetObjectInput{Bucket: src.bucket, Key: src.key})
	if err != nil {
		return archive{}, unreadable(err, src)
	}
	defer func() { _ = got.Body.Close() }()
	if aws.ToInt64(got.ContentLength) > maxUnzipped {
		return archive{}, invalid("Unzipped size must be smaller than %d bytes", maxUnzipped)
	}
	sum := sha256.New()
	file, err := s.spool.Write(io.TeeReader(got.Body, sum))
	if err != nil {
		return archive{}, err
	}
	a := archive{sha: base64.StdEncoding.EncodeToString(sum.Sum(nil)), size: file.Size}
	r, err := file.Open()
	if err == nil {
		defer func() { _ = r.Close() }()
		a.unzipped, err = unzippedSize(r, file.Size)
	}
	if err != nil || !s.blobs.keepFile(a.sha, blob{file: file, unzipped: a.unzipped}) {
		file.Remove()
	}
	return a, err
}

// keepFile keeps an archive, and answers false where it is kept already.
func (b *blobStore) keepFile(sha string, file blob) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.m[sha]; ok {
		return false
	}
	b.m[sha] = file
	return true
}

// principal is the service that reads the object for its caller.
const principal = "lambda.amazonaws.com"

// unreadable is Lambda's word for an error of S3, as reported by users of both services
// (https://github.com/aws-samples/aws-codepipeline-bitbucket-integration/issues/7 for a bucket in another Region).
func unreadable(err error, src source) error {
	var ae smithy.APIError
	if !errors.As(err, &ae) {
		return err
	}
	code, message := ae.ErrorCode(), ae.ErrorMessage()
	var own *apierr.Error
	switch {
	case code == "AccessDenied":
		return denied("Your access has been denied by S3, please make sure your request credentials have permission to GetObject for %s/%s. S3 Error Code: %s. S3 Error Message: %s",
			*src.bucket, *src.key, code, message)
	case code == "PermanentRedirect" && errors.As(err, &own):
		message = "The bucket is in this region: " + own.Detail(s3.RegionHeader) + ". Please use this region to retry the request"
	}
	return invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", code, message)
}
