package s3

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// Details that callers inside the sandbox read.
const (
	// RegionHeader is the detail of a redirection that says the bucket's Region.
	RegionHeader = "x-amz-bucket-region"
)

func bad(code, format string, args ...any) *apierr.Error {
	return apierr.New(http.StatusBadRequest, code, format, args...)
}

func noBucket(name string) error {
	return apierr.New(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist").With("BucketName", name)
}

func noKey(key string) error {
	return apierr.New(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.").With("Key", key)
}

func noUpload(id string) error {
	return apierr.New(http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.").
		With("UploadId", id)
}

func denied() error { return apierr.New(http.StatusForbidden, "AccessDenied", "Access Denied") }

func unmet(condition string) error {
	return apierr.New(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold").With("Condition", condition)
}

// redirect is the answer to a request that was sent to another Region than the bucket's.
func redirect(b *bucket) error {
	e := apierr.New(http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.").
		With("Endpoint", endpoint(b.region)).With("Bucket", b.name)
	e.Details = append(e.Details, apierr.Detail{Name: RegionHeader, Value: b.region, Header: true})
	return e
}

// wrongScope is the answer where the Region that a request was signed for is wrong.
func wrongScope(have, want string) error {
	e := bad("AuthorizationHeaderMalformed", "The authorization header is malformed; the region '%s' is wrong; expecting '%s'", have, want).With("Region", want)
	e.Details = append(e.Details, apierr.Detail{Name: RegionHeader, Value: want, Header: true})
	return e
}

func endpoint(region string) string {
	suffix := "amazonaws.com"
	if function.Partition(region) == "aws-cn" {
		suffix += ".cn"
	}
	return "s3." + region + "." + suffix
}

func key(c call.Caller, name *string) bucketName {
	return bucketName{function.Partition(c.Region), aws.ToString(name)}
}

// exists is the bucket of a name, whoever's and wherever it is. The service is locked.
func (s *Service) exists(c call.Caller, name *string) (*bucket, error) {
	b := s.buckets[key(c, name)]
	if b == nil {
		return nil, noBucket(aws.ToString(name))
	}
	return b, nil
}

// find is the caller's bucket in the Region of the call. A bucket elsewhere redirects even those who may not use it: the
// other Region is the one to say that. The service is locked.
func (s *Service) find(c call.Caller, name, owner *string) (*bucket, error) {
	b, err := s.exists(c, name)
	switch {
	case err != nil:
		return nil, err
	case b.region != c.Region:
		return nil, redirect(b)
	}
	return b, b.serves(c, owner)
}

// serves says whether the bucket is the caller's, and that of the account which the request expects.
func (b *bucket) serves(c call.Caller, owner *string) error {
	if b.account != c.Account || owner != nil && *owner != b.account {
		return denied()
	}
	return nil
}
