package sandbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox"
)

// objects is a sandbox with the bucket "bucket" in us-east-1.
func objects(t *testing.T) (*sandbox.Sandbox, *s3.Client) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 2, Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
		left, err := filepath.Glob(filepath.Join(os.TempDir(), "layerfleet-objects-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	client := s3.NewFromConfig(sb.AWSConfig("100000000001", "us-east-1"), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")}); err != nil {
		t.Fatal(err)
	}
	return sb, client
}

// TestPayloadForms sends what clients of S3 may declare about a body that is still to come.
func TestPayloadForms(t *testing.T) {
	sb, client := objects(t)
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	tests := []struct {
		name, declared string
		body           io.Reader // default: "body"
		length         int64     // default: the body's
		status         int
		text           string
	}{
		{name: "hash", declared: hash("body"), status: 200},
		{name: "unsigned", declared: "UNSIGNED-PAYLOAD", status: 200},
		{name: "hash of another body", declared: hash("other"), status: 400, text: "<Code>XAmzContentSHA256Mismatch</Code>"},
		{name: "nothing", status: 400, text: "Missing required header for this request: x-amz-content-sha256"},
		{name: "no hash", declared: "text", status: 400, text: "<Code>InvalidArgument</Code>"},
		{name: "trailer", declared: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", status: 400, text: "the payload form STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
		{name: "signed chunks", declared: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", status: 400, text: "the payload form STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
		{name: "no length", declared: hash("body"), length: -1, status: 411, text: "<Code>MissingContentLength</Code>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, sb.Env()[0].Value+"/bucket/key%20x", io.NopCloser(strings.NewReader("body")))
			if err != nil {
				t.Fatal(err)
			}
			if r.ContentLength = 4; tt.length != 0 {
				r.ContentLength = tt.length
			}
			if tt.declared != "" {
				r.Header.Set("X-Amz-Content-Sha256", tt.declared)
			}
			status, body := send(t, sb, r, tt.declared)
			if status != tt.status || !strings.Contains(body, tt.text) {
				t.Errorf("status %d, want %d; body lacks %q:\n%s", status, tt.status, tt.text, body)
			}
		})
	}
	got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key x")})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if data, err := io.ReadAll(got.Body); err != nil || string(data) != "body" {
		t.Errorf("%q, %v", data, err)
	}
}

// send signs a request as S3 wants it, with the path as it is, and returns the answer.
func send(t *testing.T, sb *sandbox.Sandbox, r *http.Request, declared string) (int, string) {
	t.Helper()
	keys := aws.Credentials{AccessKeyID: "100000000001", SecretAccessKey: sb.Env()[2].Value}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(context.Background(), keys, r, declared, "s3", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(body)
}

func TestPresignedIsRefused(t *testing.T) {
	_, client := objects(t)
	signed, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if body, err := io.ReadAll(w.Body); err != nil || w.StatusCode != 400 || !strings.Contains(string(body), "presigned addresses") {
		t.Errorf("%d %s %v", w.StatusCode, body, err)
	}
}

// TestOtherRegion has the Go SDK, which does not follow redirections, see them.
func TestOtherRegion(t *testing.T) {
	sb, _ := objects(t)
	far := s3.NewFromConfig(sb.AWSConfig("100000000001", "eu-west-1"), func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	_, get := far.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	_, list := far.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
	_, locate := far.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String("bucket")})
	for err, code := range map[error]string{get: "PermanentRedirect", list: "PermanentRedirect", locate: "AuthorizationHeaderMalformed"} {
		var ae smithy.APIError
		if !errors.As(err, &ae) || ae.ErrorCode() != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if !strings.Contains(locate.Error(), "the region 'eu-west-1' is wrong; expecting 'us-east-1'") {
		t.Error(locate)
	}
}

// TestObjectsMeetTheDoor has injected faults hit S3, on the wire and from within Lambda.
func TestObjectsMeetTheDoor(t *testing.T) {
	sb, client := objects(t)
	remove := sb.Inject(sandbox.Fault{Service: "s3", Operation: "PutObject", Times: 1, Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "Please reduce your request rate."})
	defer remove()
	in := &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader("x")}
	_, err := client.PutObject(t.Context(), in)
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != "SlowDown" {
		t.Errorf("%v, want SlowDown", err)
	}
	if _, err := client.PutObject(t.Context(), in); err != nil {
		t.Error(err)
	}
	defer sb.Inject(sandbox.Fault{Service: "s3", Operation: "GetObject", Status: http.StatusServiceUnavailable, Code: "SlowDown", Message: "Please reduce your request rate."})()
	_, err = lambda.NewFromConfig(sb.AWSConfig("100000000001", "us-east-1")).PublishLayerVersion(t.Context(), &lambda.PublishLayerVersionInput{
		LayerName: aws.String("l"), Content: &types.LayerVersionContentInput{S3Bucket: in.Bucket, S3Key: in.Key},
	})
	if err == nil || !strings.Contains(err.Error(), "Error occurred while GetObject. S3 Error Code: SlowDown. S3 Error Message: Please reduce your request rate.") {
		t.Errorf("from Lambda: %v", err)
	}
}

// TestBucketNamedLikeTheSandbox has objects at the paths that the sandbox uses itself.
func TestBucketNamedLikeTheSandbox(t *testing.T) {
	_, client := objects(t)
	bucket := aws.String("layerfleet")
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"call/PutObject", "blob/x"} {
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(key)}); err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if _, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: &key}); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: &key})
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		defer got.Body.Close()
		if data, err := io.ReadAll(got.Body); err != nil || string(data) != key {
			t.Errorf("%s holds %q, %v", key, data, err)
		}
	}
}

// TestObjectsByName puts and gets an object as runbooks without boto3 and universal targets do: bodies are base64.
func TestObjectsByName(t *testing.T) {
	sb, _ := objects(t)
	for _, call := range []struct{ name, in, want string }{
		{"PutObject", `{"Bucket":"bucket","Key":"k","Body":"aGVsbG8=","Metadata":{"a":"b"}}`, `"ETag":"\"5d41402abc4b2a76b9719d911017c592\""`},
		{"GetObject", `{"Bucket":"bucket","Key":"k"}`, `"Body":"aGVsbG8="`},
		{"ListObjectsV2", `{"Bucket":"bucket"}`, `"KeyCount":1`},
		{"CopyObject", `{"Bucket":"bucket","Key":"k"}`, "the operation CopyObject of s3"},
	} {
		sum := sha256.Sum256([]byte(call.in))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sb.Env()[0].Value+"/layerfleet/call/"+call.name, strings.NewReader(call.in))
		if err != nil {
			t.Fatal(err)
		}
		if _, body := send(t, sb, r, hex.EncodeToString(sum[:])); !strings.Contains(body, call.want) {
			t.Errorf("%s: %s", call.name, body)
		}
	}
}
