package s3

import (
	"context"
	"crypto/md5" //nolint:gosec // the ETag of a multipart object is made of MD5 sums by definition
	"encoding/base64"
	"io"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// completeMultipartUpload makes one object of the parts that the request lists. Parts that it does not list are dropped.
func (s *Service) completeMultipartUpload(_ context.Context, c call.Caller, in *api.CompleteMultipartUploadInput) (*api.CompleteMultipartUploadOutput, error) {
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 {
		return nil, bad("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	u, err := s.findUpload(c, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if err := s.accepts(c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfNoneMatch); err != nil {
		return nil, err
	}
	u.mu.Lock() // no part changes while they are put together
	defer u.mu.Unlock()
	if u.ended {
		return nil, noUpload(*in.UploadId)
	}
	parts, err := u.listed(in.MultipartUpload.Parts)
	if err != nil {
		return nil, err
	}
	o, err := s.assemble(u, parts)
	if err != nil {
		return nil, err
	}
	if want := in.MpuObjectSize; want != nil && *want != o.file.Size {
		o.file.Remove()
		return nil, bad("InvalidRequest", "The provided 'x-amz-mp-object-size' header value does not match what was computed.")
	}
	if err := s.put(c, in.Bucket, in.Key, in.ExpectedBucketOwner, in.IfNoneMatch, o); err != nil {
		o.file.Remove()
		return nil, err
	}
	u.ended = true
	for _, r := range u.parts {
		r.file.Remove()
	}
	s.forget(c, in.Bucket, *in.UploadId)
	address := url.URL{Scheme: "https", Host: *in.Bucket + "." + endpoint(c.Region), Path: "/" + *in.Key}
	out := &api.CompleteMultipartUploadOutput{Bucket: in.Bucket, Key: in.Key, ETag: &o.etag, Location: aws.String(address.String()), ChecksumType: o.kind}
	o.sum.show(out)
	return out, nil
}

// listed are the parts that a request names, compared with what it says about them. The upload is locked.
func (u *upload) listed(want []types.CompletedPart) ([]received, error) {
	parts := make([]received, len(want))
	last := int32(0)
	for i := range want {
		n := aws.ToInt32(want[i].PartNumber)
		if n <= last {
			return nil, bad("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
		last = n
		sum, err := given(&want[i])
		if err != nil {
			return nil, err
		}
		r, ok := u.parts[n]
		etag := strings.Trim(aws.ToString(want[i].ETag), `"`)
		if !ok || `"`+etag+`"` != r.etag() || sum.value != "" && sum != r.sum {
			return nil, bad("InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").
				With("PartNumber", itoa(n)).With("ETag", etag)
		}
		if u.kind() == types.ChecksumTypeComposite && sum.value == "" {
			return nil, bad("InvalidRequest", "The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.", lower(u.algorithm), n)
		}
		parts[i] = r
	}
	for i, r := range parts[:len(parts)-1] {
		if r.file.Size < minPart {
			return nil, bad("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size").
				With("ProposedSize", itoa(r.file.Size)).With("MinSizeAllowed", itoa(minPart)).With("PartNumber", itoa(*want[i].PartNumber))
		}
	}
	return parts, nil
}

// assemble writes the parts into one file.
func (s *Service) assemble(u *upload, parts []received) (*object, error) {
	o := &object{attributes: u.attributes, modified: s.now(), kind: u.kind(), sum: checksum{algorithm: u.algorithm}}
	if o.sum.algorithm == "" {
		o.sum.algorithm = byDefault
	}
	etags, sums, whole := md5.New(), newHash(o.sum.algorithm), newHash(o.sum.algorithm) //nolint:gosec // see the import
	for _, r := range parts {
		etags.Write(r.md5)
		b, err := base64.StdEncoding.DecodeString(r.sum.value)
		if err != nil {
			return nil, err
		}
		sums.Write(b)
	}
	count := "-" + itoa(len(parts))
	o.etag = `"` + hexOf(etags.Sum(nil)) + count + `"`
	var err error
	if o.file, err = s.Spool.Write(io.TeeReader(&chain{parts: parts}, whole)); err != nil {
		return nil, err
	}
	if o.kind == types.ChecksumTypeComposite {
		o.sum.value = base64.StdEncoding.EncodeToString(sums.Sum(nil)) + count
	} else {
		o.sum.value = base64.StdEncoding.EncodeToString(whole.Sum(nil))
	}
	return o, nil
}

// chain reads parts one after the other, with one file open at a time.
type chain struct {
	parts []received
	open  io.ReadCloser
}

func (r *chain) Read(p []byte) (int, error) {
	for {
		if r.open == nil {
			if len(r.parts) == 0 {
				return 0, io.EOF
			}
			f, err := r.parts[0].file.Open()
			if err != nil {
				return 0, err
			}
			r.open, r.parts = f, r.parts[1:]
		}
		n, err := r.open.Read(p)
		if err == io.EOF { //nolint:errorlint // io.Reader's own contract
			err = r.open.Close()
			r.open = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func lower(a types.ChecksumAlgorithm) string { return strings.ToLower(string(a)) }
