package clients

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// noise are so many bytes that nothing compresses.
func noise(t *testing.T, size int) []byte {
	t.Helper()
	b := make([]byte, size)
	if _, err := rand.NewChaCha8([32]byte{1}).Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestObjectsAWSCLI takes a file of 20 MB, which is three parts, there and back with the high-level commands.
func TestObjectsAWSCLI(t *testing.T) {
	peer(t, "aws", "--version")
	env := start(t, "--accounts", "2", "--functions", "0", "--regions", "us-east-1,eu-west-1")
	dir := t.TempDir()
	data := noise(t, 20e6)
	write(t, filepath.Join(dir, "layer.zip"), string(data))
	s3 := func(args ...string) string { return run(t, dir, env, "aws", append([]string{"s3"}, args...)...) }
	s3("mb", "s3://cli-bucket")
	s3("cp", "--no-progress", "layer.zip", "s3://cli-bucket/layers/layer.zip")
	if out := s3("ls", "s3://cli-bucket/layers/"); !strings.Contains(out, " 20000000 layer.zip") {
		t.Errorf("ls: %s", out)
	}
	s3("cp", "--no-progress", "s3://cli-bucket/layers/layer.zip", "back.zip")
	if back, err := os.ReadFile(filepath.Join(dir, "back.zip")); err != nil || !bytes.Equal(back, data) {
		t.Errorf("the file came back with %d bytes, %v", len(back), err)
	}
	s3("rm", "s3://cli-bucket/layers/layer.zip")
	s3("rb", "s3://cli-bucket")
	if out := s3("ls"); strings.Contains(out, "cli-bucket") {
		t.Errorf("ls after rb: %s", out)
	}
}

// TestLargeLayerGoSDK publishes an archive that is too large for the request itself, with the SDK's default options.
func TestLargeLayerGoSDK(t *testing.T) {
	for _, v := range start(t, "--accounts", "2", "--functions", "0", "--regions", "us-east-1") {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	for _, name := range []string{"AWS_CA_BUNDLE", "AWS_PROFILE", "HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "")
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	objects, layers := s3.NewFromConfig(cfg), lambda.NewFromConfig(cfg)
	data := stored(t, noise(t, 51<<20))
	bucket, key := aws.String("large-layers"), aws.String("runtime 1.zip")
	if _, err := objects.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(data)}); err != nil {
		t.Fatal(err)
	}
	put := time.Since(began)
	layer, err := layers.PublishLayerVersion(t.Context(), &lambda.PublishLayerVersionInput{
		LayerName: aws.String("large"), Content: &lambdatypes.LayerVersionContentInput{S3Bucket: bucket, S3Key: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes: put in %v, published in %v", len(data), put, time.Since(began)-put)
	sum := sha256.Sum256(data)
	if got := *layer.Content.CodeSha256; got != base64.StdEncoding.EncodeToString(sum[:]) || layer.Content.CodeSize != int64(len(data)) {
		t.Errorf("the layer has %d bytes with the hash %s", layer.Content.CodeSize, got)
	}
	fetch(t, *layer.Content.Location, data)
	object, err := objects.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	if back, err := io.ReadAll(object.Body); err != nil || !bytes.Equal(back, data) {
		t.Errorf("the object came back with %d bytes, %v", len(back), err)
	}
}

// fetch compares what an address has.
func fetch(t *testing.T, url string, want []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if got, err := io.ReadAll(w.Body); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes, %v", url, len(got), err)
	}
}

// stored is an archive with one file, not compressed.
func stored(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "lib/runtime.so", Method: zip.Store})
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
