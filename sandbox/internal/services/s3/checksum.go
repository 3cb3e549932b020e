package s3

import (
	"crypto/md5"  //nolint:gosec // ETag and Content-MD5 are MD5 by definition
	"crypto/sha1" //nolint:gosec // one of S3's checksum algorithms
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// checksum is a value by which an object or part can be checked, in base64.
type checksum struct {
	algorithm types.ChecksumAlgorithm
	value     string
}

// byDefault is the algorithm of what comes without a checksum.
const byDefault = types.ChecksumAlgorithmCrc64nvme

// algorithms are those that the sandbox verifies; the members of all others are refused by name.
func algorithms() []types.ChecksumAlgorithm {
	return []types.ChecksumAlgorithm{
		types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
		types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
	}
}

// withChecksums is a list of members with those of the checksums.
func withChecksums(members ...string) []string {
	for _, a := range algorithms() {
		members = append(members, "Checksum"+string(a))
	}
	return members
}

// nvme is the reflected polynomial of CRC-64/NVME.
const nvme = 0x9a6c9329ac4bc9b5

func newHash(a types.ChecksumAlgorithm) hash.Hash {
	switch a {
	case types.ChecksumAlgorithmCrc32:
		return crc32.NewIEEE()
	case types.ChecksumAlgorithmCrc32c:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case types.ChecksumAlgorithmSha1:
		return sha1.New() //nolint:gosec // see the import
	case types.ChecksumAlgorithmSha256:
		return sha256.New()
	default:
		return crc64.New(crc64.MakeTable(nvme))
	}
}

// given is the one checksum that an input of the SDK carries, in its members Checksum…; a zero value means none.
func given(in any) (checksum, error) {
	var c checksum
	v := reflect.ValueOf(in).Elem()
	for _, a := range algorithms() {
		p, ok := reflect.TypeAssert[*string](v.FieldByName("Checksum" + string(a)))
		if !ok || p == nil {
			continue
		}
		if c.value != "" {
			return c, bad("InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		c = checksum{a, *p}
		whole, _, _ := strings.Cut(*p, "-") // of a multipart object: the checksum's checksum and the number of parts
		if b, err := base64.StdEncoding.DecodeString(whole); err != nil || len(b) != newHash(a).Size() {
			return c, bad("InvalidRequest", "Value for x-amz-checksum-%s header is invalid.", strings.ToLower(string(a)))
		}
	}
	return c, nil
}

// announced compares the checksum with the algorithm that the request announces for it.
func announced(a types.ChecksumAlgorithm, c checksum) error {
	switch {
	case a == "" || a == c.algorithm:
		return nil
	case c.algorithm == "":
		return bad("InvalidRequest", "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	default:
		return bad("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
}

// show puts the checksum into its member of an output of the SDK.
func (c checksum) show(out any) {
	reflect.ValueOf(out).Elem().FieldByName("Checksum" + string(c.algorithm)).Set(reflect.ValueOf(&c.value))
}

// received is a body on disk, and what its bytes came to.
type received struct {
	file *spool.File
	md5  []byte
	sum  checksum
}

func (r received) etag() string { return `"` + hexOf(r.md5) + `"` }

// expected is what a request says about its body.
type expected struct {
	length *int64
	md5    *string
	sum    checksum
}

// receive stores a body and compares it with what the request says about it.
func (s *Service) receive(body io.Reader, want expected) (received, error) {
	if body == nil {
		body = strings.NewReader("")
	}
	r := received{sum: checksum{algorithm: want.sum.algorithm}}
	if r.sum.algorithm == "" {
		r.sum.algorithm = byDefault
	}
	digest, sum := md5.New(), newHash(r.sum.algorithm) //nolint:gosec // see the import
	var err error
	r.file, err = s.Spool.Write(io.TeeReader(body, io.MultiWriter(digest, sum)))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return r, incomplete()
	}
	if err != nil {
		return r, err
	}
	r.md5, r.sum.value = digest.Sum(nil), base64.StdEncoding.EncodeToString(sum.Sum(nil))
	if err := r.matches(want); err != nil {
		r.file.Remove()
		return r, err
	}
	return r, nil
}

func (r received) matches(want expected) error {
	if want.length != nil && *want.length != r.file.Size {
		return incomplete()
	}
	if want.md5 != nil {
		b, err := base64.StdEncoding.DecodeString(*want.md5)
		if err != nil || len(b) != md5.Size {
			return bad("InvalidDigest", "The Content-MD5 you specified was invalid.").With("Content-MD5", *want.md5)
		}
		if string(b) != string(r.md5) {
			return bad("BadDigest", "The Content-MD5 you specified did not match what we received.").
				With("ExpectedDigest", *want.md5).With("CalculatedDigest", base64.StdEncoding.EncodeToString(r.md5))
		}
	}
	if want.sum.value != "" && want.sum.value != r.sum.value {
		return bad("BadDigest", "The %s you specified did not match the calculated checksum.", want.sum.algorithm)
	}
	return nil
}

func incomplete() *apierr.Error {
	return bad("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

func itoa[T int | int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }
