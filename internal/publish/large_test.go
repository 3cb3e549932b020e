package publish_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
)

// TestLargeArchives go through S3: an archive of 51 MB of noise, in two Regions.
func TestLargeArchives(t *testing.T) {
	w := start(t, "us-east-1", "eu-west-1")
	w.layer.Source += ".zip"
	storeNoise(t, w.layer.Source, 51<<20)
	if _, err := w.prepare(); err == nil || !strings.Contains(err.Error(), "more than the 52428800 that go up without S3; the largest entries: python/noise.bin (53477376)") {
		t.Fatalf("without a bucket: %v", err)
	}
	w.layer.Bucket = "artifacts-{account}-{region}"
	if got := w.publish(); len(got.Failed) != 2 || !strings.Contains(got.Failed[0].Reason, "NoSuchBucket") {
		t.Fatalf("without the buckets: %+v", got.Failed)
	}
	for _, region := range w.layer.Regions {
		in := &s3.CreateBucketInput{Bucket: aws.String("artifacts-" + publisher + "-" + region)}
		if region != rehearsaltest.Home {
			in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
		}
		if _, err := w.a.S3(fleet.Pair{AccountID: publisher, Region: region}).CreateBucket(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	got := w.publish()
	if len(got.Published) != 2 || len(got.Failed) > 0 {
		t.Fatalf("%+v", got)
	}
	for region, n := range w.count() {
		if n != 1 {
			t.Errorf("%s has %d versions", region, n)
		}
	}
}

// storeNoise makes a zip of one file that does not shrink. It is not compressed either, which would take most of the
// test's time.
func storeNoise(t *testing.T, path string, size int) {
	t.Helper()
	noise := make([]byte, size)
	if _, err := rand.NewChaCha8([32]byte{}).Read(noise); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	f, err := z.CreateHeader(&zip.FileHeader{Name: "python/noise.bin", Method: zip.Store})
	if err == nil {
		_, err = f.Write(noise)
	}
	if err := errors.Join(err, z.Close(), os.WriteFile(path, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}
