package lambda_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	s3api "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/lambda"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/s3"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// withObjects is setup with S3 behind the same dispatcher, and a bucket in each of two Regions.
func withObjects(t *testing.T) fixture {
	t.Helper()
	clk := clock.New(1)
	d, sp := call.New(clk), spool.New(1<<20)
	t.Cleanup(func() {
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
	})
	objects := s3.New(s3.Config{Clock: clk, IDs: ids.New(1), Spool: sp})
	svc := lambda.New(lambda.Config{Clock: clk, IDs: ids.New(1), BlobURL: func(sha string) string { return "blob:" + sha }, Dispatcher: d, Spool: sp})
	d.Register(svc.Operations()...)
	d.Register(objects.Operations()...)
	f := fixture{T: t, svc: svc, dispatcher: d}
	must[s3api.CreateBucketOutput](f, account, &s3api.CreateBucketInput{Bucket: aws.String("archives")})
	must[s3api.CreateBucketOutput](f, account, &s3api.CreateBucketInput{Bucket: aws.String("far-away"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{
		LocationConstraint: "eu-west-1",
	}})
	return f
}

func (f fixture) put(bucket, key string, data []byte) {
	f.Helper()
	must[s3api.PutObjectOutput](f, account, &s3api.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)})
}

// TestContentFromS3 has the same archive from an object and from the request.
func TestContentFromS3(t *testing.T) {
	f := withObjects(t)
	data := archive(t, "x = 1")
	f.put("archives", "layer.zip", data)
	publish := func(in *types.LayerVersionContentInput) *types.LayerVersionContentOutput {
		t.Helper()
		return must[api.PublishLayerVersionOutput](f, account, &api.PublishLayerVersionInput{LayerName: aws.String("l"), Content: in}).Content
	}
	object := publish(&types.LayerVersionContentInput{S3Bucket: aws.String("archives"), S3Key: aws.String("layer.zip")})
	must[s3api.DeleteObjectOutput](f, account, &s3api.DeleteObjectInput{Bucket: aws.String("archives"), Key: aws.String("layer.zip")})
	direct := publish(&types.LayerVersionContentInput{ZipFile: data})
	if *object.CodeSha256 != *direct.CodeSha256 || object.CodeSize != direct.CodeSize || object.CodeSize != int64(len(data)) {
		t.Errorf("from S3 %s (%d bytes), from the request %s (%d bytes)", *object.CodeSha256, object.CodeSize, *direct.CodeSha256, direct.CodeSize)
	}
	r, ok := f.svc.Blob(*object.CodeSha256)
	if !ok {
		t.Fatal("the archive is not kept")
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the archive has %d bytes, %v", len(got), err)
	}
}

func TestFunctionFromS3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := withObjects(t)
		one, two := archive(t, "x = 1"), archive(t, "x = 2")
		f.put("archives", "one.zip", one)
		f.put("archives", "two.zip", two)
		made := must[api.CreateFunctionOutput](f, account, &api.CreateFunctionInput{
			FunctionName: aws.String("fn"), Role: aws.String(role), Runtime: types.RuntimePython313, Handler: aws.String("main.handler"),
			Code: &types.FunctionCode{S3Bucket: aws.String("archives"), S3Key: aws.String("one.zip")},
		})
		finishUpdates()
		changed := must[api.UpdateFunctionCodeOutput](f, account, &api.UpdateFunctionCodeInput{
			FunctionName: aws.String("fn"), S3Bucket: aws.String("archives"), S3Key: aws.String("two.zip"),
		})
		if made.CodeSize != int64(len(one)) || changed.CodeSize != int64(len(two)) || *made.CodeSha256 == *changed.CodeSha256 {
			t.Errorf("created with %d bytes, %s; updated to %d, %s", made.CodeSize, *made.CodeSha256, changed.CodeSize, *changed.CodeSha256)
		}
	})
}

// TestReadsAsTheCaller checks the call that Lambda makes for its caller.
func TestReadsAsTheCaller(t *testing.T) {
	f := withObjects(t)
	f.put("archives", "layer.zip", archive(t, "x = 1"))
	var got []call.Entry
	f.dispatcher.Observe(func(e call.Entry) {
		if e.Service == "s3" {
			got = append(got, e)
		}
	})
	must[api.PublishLayerVersionOutput](f, account, &api.PublishLayerVersionInput{
		LayerName: aws.String("l"), Content: &types.LayerVersionContentInput{S3Bucket: aws.String("archives"), S3Key: aws.String("layer.zip")},
	})
	want := call.Administrator(account, region).Through("lambda.amazonaws.com")
	if len(got) != 1 || got[0].Name != "GetObject" || got[0].Caller != want || got[0].Permissions[0].Resource != "arn:aws:s3:::archives/layer.zip" {
		t.Errorf("calls of S3: %+v", got)
	}
}

func TestUnreadableObjects(t *testing.T) {
	f := withObjects(t)
	f.put("archives", "text", []byte("no zip"))
	f.put("archives", "big.zip", bomb(t))
	tests := []struct {
		name, account, bucket, key, code, text string
	}{
		{"no key", account, "archives", "none", "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."},
		{"no bucket", account, "none", "k", "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
		{"another Region", account, "far-away", "k", "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1. Please use this region to retry the request"},
		{"another account", owner, "archives", "text", "AccessDeniedException", "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for archives/text. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"},
		{"no archive", account, "archives", "text", "InvalidParameterValueException", "Could not unzip uploaded file"},
		{"too big unzipped", account, "archives", "big.zip", "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes"},
		{"no key named", account, "archives", "", "InvalidParameterValueException", "Please provide a source for layer content."},
	}
	for _, tt := range tests {
		_, err := do[api.PublishLayerVersionOutput](f, tt.account, &api.PublishLayerVersionInput{
			LayerName: aws.String("l"), Content: &types.LayerVersionContentInput{S3Bucket: &tt.bucket, S3Key: &tt.key},
		})
		wantErrorNamed(t, tt.name, err, tt.code, tt.text)
	}
	_, err := do[api.PublishLayerVersionOutput](f, account, &api.PublishLayerVersionInput{
		LayerName: aws.String("l"), Content: &types.LayerVersionContentInput{ZipFile: archive(t, "x"), S3Bucket: aws.String("archives"), S3Key: aws.String("text")},
	})
	wantErrorNamed(t, "two sources", err, "InvalidParameterValueException", "Please do not provide other FunctionCode parameters when providing a ZipFile.")
}

// bomb is a small archive whose directory announces 262,144,001 bytes.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.CreateRaw(&zip.FileHeader{Name: "zeros", UncompressedSize64: 262144001}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
