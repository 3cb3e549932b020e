package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/s3"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

const (
	account = "100000000001"
	other   = "100000000002"
	region  = "us-east-1"
)

type fixture struct {
	*testing.T
	dispatcher *call.Dispatcher
}

// setup has the bucket "box" of the account; may is the service's question about listing.
func setup(t *testing.T, limit int64, may func(context.Context, call.Caller, call.Permission) error) fixture {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	clk, sp := clock.New(1), spool.New(limit)
	t.Cleanup(func() {
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
	})
	d := call.New(clk)
	d.Register(s3.New(s3.Config{Clock: clk, IDs: ids.New(1), Spool: sp, May: may}).Operations()...)
	f := fixture{t, d}
	must[api.CreateBucketOutput](f, &api.CreateBucketInput{Bucket: aws.String("box")})
	return f
}

func do[O, I any](f fixture, acct, region string, in *I) (*O, error) {
	return call.Do[O](f.Context(), f.dispatcher, call.Administrator(acct, region), in)
}

func must[O, I any](f fixture, in *I) *O {
	f.Helper()
	out, err := do[O](f, account, region, in)
	if err != nil {
		f.Fatalf("%T: %v", in, err)
	}
	return out
}

func (f fixture) put(key, text string) {
	f.Helper()
	must[api.PutObjectOutput](f, &api.PutObjectInput{Bucket: aws.String("box"), Key: &key, Body: strings.NewReader(text)})
}

func (f fixture) get(key string) string {
	f.Helper()
	out := must[api.GetObjectOutput](f, &api.GetObjectInput{Bucket: aws.String("box"), Key: &key})
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		f.Fatal(err)
	}
	return string(data)
}

func (f fixture) refused(name string, err error, code string) {
	f.Helper()
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != code {
		f.Errorf("%s: %v, want %s", name, err, code)
	}
}

// TestPages lists in pages of every size; together they are the whole list, prefixes folded or not.
func TestPages(t *testing.T) {
	f := setup(t, 1<<20, nil)
	for _, k := range []string{"a", "a/", "a/b", "a/b/c", "a0", "b/1", "b/2", "b/3", "c", "d//e", "d//f", "é"} {
		f.put(k, k)
	}
	entries := func(out *api.ListObjectsV2Output) []string {
		var list []string
		for _, o := range out.Contents {
			list = append(list, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			list = append(list, *p.Prefix)
		}
		return list
	}
	for _, prefix := range []string{"", "a", "a/", "d/", "x"} {
		for _, delimiter := range []string{"", "/", "//", "b"} {
			in := &api.ListObjectsV2Input{Bucket: aws.String("box"), Prefix: &prefix}
			if delimiter != "" {
				in.Delimiter = &delimiter
			}
			want := entries(must[api.ListObjectsV2Output](f, in))
			slices.Sort(want)
			for size := int32(1); size < 5; size++ {
				var got []string
				in.MaxKeys, in.ContinuationToken = &size, nil
				for {
					out := must[api.ListObjectsV2Output](f, in)
					if page := entries(out); len(page) > int(size) || len(page) != int(*out.KeyCount) {
						t.Fatalf("a page of %d has %v, KeyCount %d", size, page, *out.KeyCount)
					}
					got = append(got, entries(out)...)
					if in.ContinuationToken = out.NextContinuationToken; !*out.IsTruncated {
						break
					}
				}
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("prefix %q, delimiter %q, pages of %d (-whole +pages):\n%s", prefix, delimiter, size, diff)
				}
			}
		}
	}
}

func TestReplacingGivesRoomBack(t *testing.T) {
	f := setup(t, 20, nil)
	for i := range 10 {
		f.put("k", fmt.Sprintf("ten bytes%d", i))
	}
	if got := f.get("k"); got != "ten bytes9" {
		t.Errorf("%q", got)
	}
	_, err := do[api.PutObjectOutput](f, account, region, &api.PutObjectInput{Bucket: aws.String("box"), Key: aws.String("l"), Body: strings.NewReader("eleven byte")})
	f.refused("over the limit", err, "SandboxUnsupported")
	if got := f.get("k"); got != "ten bytes9" {
		t.Errorf("after a refused write %q", got)
	}
}

func TestDeletedWhileRead(t *testing.T) {
	f := setup(t, 1<<20, nil)
	f.put("k", "text")
	out := must[api.GetObjectOutput](f, &api.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("k")})
	defer out.Body.Close()
	must[api.DeleteObjectOutput](f, &api.DeleteObjectInput{Bucket: aws.String("box"), Key: aws.String("k")})
	if data, err := io.ReadAll(out.Body); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestWhoMayKnow: only those who may list learn that a key is missing.
func TestWhoMayKnow(t *testing.T) {
	asked := ""
	f := setup(t, 1<<20, func(_ context.Context, _ call.Caller, n call.Permission) error {
		asked = n.Action + " " + n.Resource
		return apierr.New(403, "AccessDenied", "no")
	})
	_, err := do[api.GetObjectOutput](f, account, region, &api.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("none")})
	f.refused("missing key", err, "AccessDenied")
	if asked != "s3:ListBucket arn:aws:s3:::box" {
		t.Errorf("asked for %q", asked)
	}
}

func TestPartitions(t *testing.T) {
	f := setup(t, 1<<20, nil)
	china := &api.CreateBucketInput{Bucket: aws.String("box"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "cn-north-1"}}
	if _, err := do[api.CreateBucketOutput](f, other, "cn-north-1", china); err != nil {
		t.Errorf("the name is taken in another partition: %v", err)
	}
	_, err := do[api.CreateBucketOutput](f, account, region, china)
	f.refused("a bucket of another partition", err, "InvalidLocationConstraint")
	_, err = do[api.CreateBucketOutput](f, other, region, &api.CreateBucketInput{Bucket: aws.String("box")})
	f.refused("the name in the same partition", err, "BucketAlreadyExists")
}

// TestUploadsAtOnce sends parts of one upload at the same time, and ends it in two ways at once.
func TestUploadsAtOnce(t *testing.T) {
	f := setup(t, 256<<20, nil)
	up := must[api.CreateMultipartUploadOutput](f, &api.CreateMultipartUploadInput{Bucket: aws.String("box"), Key: aws.String("k"), ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme})
	const parts = 4
	done := make([]types.CompletedPart, parts)
	var all sync.WaitGroup
	for i := range done {
		all.Go(func() {
			body := bytes.Repeat([]byte{byte('a' + i)}, 5<<20)
			in := &api.UploadPartInput{Bucket: aws.String("box"), Key: aws.String("k"), UploadId: up.UploadId, PartNumber: aws.Int32(int32(i + 1)), Body: bytes.NewReader(body)}
			in.ChecksumCRC64NVME = crc64(f, body)
			out, err := do[api.UploadPartOutput](f, account, region, in)
			if err != nil {
				t.Error(err)
				return
			}
			done[i] = types.CompletedPart{PartNumber: in.PartNumber, ETag: out.ETag}
		})
	}
	all.Wait()
	var completed, aborted error
	all.Go(func() {
		_, completed = do[api.CompleteMultipartUploadOutput](f, account, region, &api.CompleteMultipartUploadInput{
			Bucket: aws.String("box"), Key: aws.String("k"), UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
		})
	})
	all.Go(func() {
		_, aborted = do[api.AbortMultipartUploadOutput](f, account, region, &api.AbortMultipartUploadInput{Bucket: aws.String("box"), Key: aws.String("k"), UploadId: up.UploadId})
	})
	all.Wait()
	if completed != nil {
		f.refused("complete after abort", completed, "NoSuchUpload")
		return
	}
	if aborted != nil {
		f.refused("abort after complete", aborted, "NoSuchUpload")
	}
	head := must[api.HeadObjectOutput](f, &api.HeadObjectInput{Bucket: aws.String("box"), Key: aws.String("k"), ChecksumMode: types.ChecksumModeEnabled})
	want := *crc64(f, []byte(f.get("k")))
	if *head.ContentLength != parts*5<<20 || *head.ChecksumCRC64NVME != want || head.ChecksumType != types.ChecksumTypeFullObject {
		t.Errorf("%d bytes, %s (%s), want %s", *head.ContentLength, *head.ChecksumCRC64NVME, head.ChecksumType, want)
	}
}

// crc64 is the checksum that the service gives to what comes without one.
func crc64(f fixture, body []byte) *string {
	key := fmt.Sprintf("sum-%d-%c", len(body), body[0])
	out, err := do[api.PutObjectOutput](f, account, region, &api.PutObjectInput{Bucket: aws.String("box"), Key: &key, Body: bytes.NewReader(body)})
	if err != nil {
		f.Error(err)
		return nil
	}
	return out.ChecksumCRC64NVME
}

// TestBrokenBody has a body end early, be it the client's doing or the reader's.
func TestBrokenBody(t *testing.T) {
	f := setup(t, 1<<20, nil)
	short := &api.PutObjectInput{Bucket: aws.String("box"), Key: aws.String("k"), Body: strings.NewReader("four"), ContentLength: aws.Int64(5)}
	_, err := do[api.PutObjectOutput](f, account, region, short)
	f.refused("shorter than announced", err, "IncompleteBody")
	short.Body = io.MultiReader(strings.NewReader("four"), errReader{io.ErrUnexpectedEOF})
	_, err = do[api.PutObjectOutput](f, account, region, short)
	f.refused("broken connection", err, "IncompleteBody")
	_, err = do[api.GetObjectOutput](f, account, region, &api.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("k")})
	f.refused("what is left of it", err, "NoSuchKey")
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
