package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// s3Coded are the operations whose answers the codec knows; the sandbox claims no other.
var s3Coded = []string{
	"AbortMultipartUpload", "CompleteMultipartUpload", "CreateBucket", "CreateMultipartUpload", "DeleteBucket", "DeleteObject",
	"GetBucketLocation", "GetObject", "HeadBucket", "HeadObject", "ListBuckets", "ListObjectsV2", "PutObject", "UploadPart",
}

// s3Client is a real client of S3 whose HTTP side is a function.
func s3Client() *sdk {
	c := &sdk{module: "s3", service: newS3(s3Model()), wire: &wireEnd{}}
	config := sdkConfig(c.wire)
	config.BaseEndpoint = aws.String("http://127.0.0.1:4599") // whose buckets are in the path
	config.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	config.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	c.client = reflect.ValueOf(s3.NewFromConfig(config))
	return c
}

func TestS3Operations(t *testing.T) {
	c := s3Client()
	want := slices.DeleteFunc(c.operations(), func(op string) bool { return op == "ListDirectoryBuckets" || op == "WriteGetObjectResponse" })
	if diff := cmp.Diff(want, sortedKeys(mapOf(c.service.operations))); diff != "" {
		t.Errorf("(-client +service):\n%s", diff)
	}
}

func mapOf[V any](m map[string]V) map[string]bool {
	keys := map[string]bool{}
	for k := range m {
		keys[k] = true
	}
	return keys
}

func TestS3Routes(t *testing.T) {
	tests := []struct {
		method, target, copySource, want string
	}{
		{method: "GET", target: "/", want: "ListBuckets"},
		{method: "GET", target: "/?x-id=ListBuckets", want: "ListBuckets"},
		{method: "PUT", target: "/b", want: "CreateBucket"},
		{method: "PUT", target: "/b/", want: "CreateBucket"},
		{method: "HEAD", target: "/b", want: "HeadBucket"},
		{method: "GET", target: "/b?location", want: "GetBucketLocation"},
		{method: "GET", target: "/b?location=", want: "GetBucketLocation"},
		{method: "GET", target: "/b", want: "ListObjects"},
		{method: "GET", target: "/b?list-type=2&prefix=x", want: "ListObjectsV2"},
		{method: "GET", target: "/b?list-type=3", want: "ListObjects"},
		{method: "PUT", target: "/b?policy", want: "PutBucketPolicy"},
		{method: "GET", target: "/b?analytics&id=1", want: "GetBucketAnalyticsConfiguration"},
		{method: "GET", target: "/b?analytics", want: "ListBucketAnalyticsConfigurations"},
		{method: "POST", target: "/b?delete", want: "DeleteObjects"},
		{method: "PUT", target: "/b/k", want: "PutObject"},
		{method: "PUT", target: "/b/k/with//slashes/", want: "PutObject"},
		{method: "PUT", target: "/b/k?x-id=PutObject", want: "PutObject"},
		{method: "PUT", target: "/b/k", copySource: "b/other", want: "CopyObject"},
		{method: "PUT", target: "/b/k?partNumber=1&uploadId=u", want: "UploadPart"},
		{method: "PUT", target: "/b/k?partNumber=1&uploadId=u", copySource: "b/other", want: "UploadPartCopy"},
		{method: "POST", target: "/b/k?uploads=", want: "CreateMultipartUpload"},
		{method: "POST", target: "/b/k?uploadId=u", want: "CompleteMultipartUpload"},
		{method: "DELETE", target: "/b/k?uploadId=u", want: "AbortMultipartUpload"},
		{method: "DELETE", target: "/b/k", want: "DeleteObject"},
		{method: "GET", target: "/b/k?uploadId=u", want: "ListParts"},
		{method: "GET", target: "/b/k?tagging", want: "GetObjectTagging"},
		{method: "GET", target: "/b/k?annotation", want: "ListObjectAnnotations"},
		{method: "GET", target: "/b/k?annotation&annotationName=a", want: "GetObjectAnnotation"},
		{method: "POST", target: "/b"},
		{method: "PATCH", target: "/b/k"},
	}
	s := newS3(s3Model())
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		if tt.copySource != "" {
			r.Header.Set("X-Amz-Copy-Source", tt.copySource)
		}
		got, err := s.Route(r, nil)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s %s: %q, %v, want %q", tt.method, tt.target, got, err, tt.want)
		}
	}
}

// s3Filled gives every member a value that a header can carry.
func s3Filled(typ reflect.Type) any {
	p := filled(typ, false)
	tidy(reflect.ValueOf(p).Elem())
	return p
}

// tidy replaces text that headers cannot hold, and cuts times to what HTTP's dates can.
func tidy(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		t, _ := reflect.TypeAssert[time.Time](v)
		v.Set(reflect.ValueOf(t.Truncate(time.Second)))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		tidy(v.Elem())
	case v.Kind() == reflect.String:
		v.SetString(strings.Map(func(r rune) rune {
			if r > '~' || r < ' ' {
				return 'x'
			}
			return r
		}, v.String()))
	case v.Kind() == reflect.Slice && v.Type() != reflect.TypeFor[[]byte]():
		for i := range v.Len() {
			tidy(v.Index(i))
		}
	case v.Kind() == reflect.Map && v.Type() == reflect.TypeFor[map[string]string]():
		v.Set(reflect.ValueOf(map[string]string{"name": "value & <more>"}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "ResultMetadata" {
				tidy(v.Field(i))
			}
		}
	}
}

// TestS3RoundTrips has the real client send every member of every coded operation, and read every member of the answer.
func TestS3RoundTrips(t *testing.T) {
	c := s3Client()
	expires := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, op := range s3Coded {
		t.Run(op, func(t *testing.T) {
			inType, outType := c.types(op)
			in := s3Filled(inType)
			set(in, "Bucket", "bucket")
			set(in, "ContentLength", int64(7))
			set(in, "Expires", expires)
			set(in, "OptionalObjectAttributes", []types.OptionalObjectAttributes{types.OptionalObjectAttributesRestoreStatus})
			body := strings.NewReader("payload")
			set(in, "Body", io.Reader(body))
			r, sent, err := c.send(op, in)
			if err != nil || r == nil {
				t.Fatalf("send: %v", err)
			}
			got := reflect.New(inType).Interface()
			if routed, err := c.service.Route(r, nil); err != nil || routed != op {
				t.Fatalf("routed to %q, %v", routed, err)
			}
			if err := c.service.DecodeStream(op, r, bytes.NewReader(sent), got); err != nil {
				t.Fatal(err)
			}
			if f := reflect.ValueOf(got).Elem().FieldByName("Body"); f.IsValid() {
				if rd, ok := reflect.TypeAssert[io.Reader](f); ok {
					if data, err := io.ReadAll(rd); err != nil || string(data) != "payload" {
						t.Errorf("body %q, %v", data, err)
					}
				}
				set(got, "Body", io.Reader(body))
			}
			if diff := sdkDiff(jsonOf(t, in), jsonOf(t, got)); diff != "" {
				t.Errorf("input (-sent +decoded):\n%s", diff)
			}
			want := s3Filled(outType)
			set(want, "ContentLength", int64(7))
			set(want, "ExpiresString", expires.Format(http.TimeFormat)) // the SDK's second reading of the header
			set(want, "Expires", expires)
			set(want, "Body", io.NopCloser(strings.NewReader("payload")))
			w := httptest.NewRecorder()
			if err := c.service.Encode(w, op, want, "request"); err != nil {
				t.Fatal(err)
			}
			answer, err := c.receive(op, in, w.Code, w.Header(), w.Body.Bytes())
			if err != nil {
				t.Fatalf("the client cannot read the answer: %v\n%s", err, w.Body)
			}
			set(want, "Body", io.NopCloser(strings.NewReader("payload")))
			if diff := sdkDiff(jsonOf(t, want), jsonOf(t, answer)); diff != "" {
				t.Errorf("output (-encoded +read):\n%s", diff)
			}
		})
	}
}

// set sets a field, where there is one, through a pointer or not.
func set(p any, name string, value any) {
	f := reflect.ValueOf(p).Elem().FieldByName(name)
	v := reflect.ValueOf(value)
	switch {
	case !f.IsValid():
	case v.Type().AssignableTo(f.Type()):
		f.Set(v)
	case f.Kind() == reflect.Pointer && v.Type().AssignableTo(f.Type().Elem()):
		f.Set(reflect.New(f.Type().Elem()))
		f.Elem().Set(v)
	}
}

// jsonOf is a value without its stream, and without what the SDK adds to the model.
func jsonOf(t *testing.T, p any) map[string]any {
	t.Helper()
	v := reflect.New(reflect.TypeOf(p).Elem())
	v.Elem().Set(reflect.ValueOf(p).Elem())
	if f := v.Elem().FieldByName("Body"); f.IsValid() {
		f.SetZero()
	}
	data, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "ResultMetadata")
	return m
}

func TestS3Errors(t *testing.T) {
	c := s3Client()
	w := httptest.NewRecorder()
	e := apierr.New(http.StatusMovedPermanently, "PermanentRedirect", "go & see").With("Bucket", "b")
	e.Details = append(e.Details, apierr.Detail{Name: "x-amz-bucket-region", Value: "us-east-1", Header: true})
	c.service.EncodeError(w, "GetObject", e, "req-1")
	want := xmlHead + `<Error><Code>PermanentRedirect</Code><Message>go &amp; see</Message><Bucket>b</Bucket><RequestId>req-1</RequestId><HostId>req-1</HostId></Error>`
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Header().Get("X-Amz-Bucket-Region") != "us-east-1" {
		t.Errorf("%v\n%s", w.Header(), diff)
	}
	_, err := c.receive("GetObject", &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}, w.Code, w.Header(), w.Body.Bytes())
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != "PermanentRedirect" || !strings.Contains(err.Error(), "RequestID: req-1") {
		t.Errorf("the client reads %v", err)
	}
}

func TestS3Refusals(t *testing.T) {
	parts := func(body string) func(*Service) error {
		return func(s *Service) error {
			r := httptest.NewRequest(http.MethodPost, "/b/k?uploadId=u", strings.NewReader(body))
			return s.DecodeStream("CompleteMultipartUpload", r, r.Body, &s3.CompleteMultipartUploadInput{})
		}
	}
	put := func(target, header string) func(*Service) error {
		return func(s *Service) error {
			r := httptest.NewRequest(http.MethodPut, target, nil)
			if header != "" {
				r.Header.Set(header, "x")
			}
			return s.DecodeStream("PutObject", r, r.Body, &s3.PutObjectInput{})
		}
	}
	tests := []struct {
		name string
		do   func(*Service) error
		code string // empty: accepted
		text string
	}{
		{name: "parts", do: parts(`<C xmlns="x"><Part><ETag>"e"</ETag><PartNumber>1</PartNumber></Part></C>`)},
		{name: "unknown element", do: parts(`<C><Piece/></C>`), code: "MalformedXML"},
		{name: "no XML", do: parts(`{}`), code: "MalformedXML"},
		{name: "cut off", do: parts(`<C><Part>`), code: "MalformedXML"},
		{name: "two roots", do: parts(`<C/><C/>`), code: "MalformedXML"},
		{name: "text where elements are", do: parts(`<C>text</C>`), code: "MalformedXML"},
		{name: "not a number", do: parts(`<C><Part><PartNumber>one</PartNumber></Part></C>`), code: "MalformedXML"},
		{name: "too long", do: parts(`<C>` + strings.Repeat(" ", maxXML) + `</C>`), code: "MaxMessageLengthExceeded"},
		{name: "query parameter", do: put("/b/k?novelty=1", ""), code: "SandboxUnsupported", text: "the query parameter novelty of PutObject"},
		{name: "header", do: put("/b/k", "x-amz-novelty"), code: "SandboxUnsupported", text: "the header x-amz-novelty of PutObject"},
		{name: "what signs", do: put("/b/k?x-id=PutObject", "x-amz-security-token")},
		{name: "date", do: put("/b/k", "x-amz-object-lock-retain-until-date"), code: "InvalidArgument", text: "ObjectLockRetainUntilDate"},
	}
	for _, tt := range tests {
		err := tt.do(newS3(s3Model()))
		var ae smithy.APIError
		if tt.code == "" && err == nil {
			continue
		}
		if !errors.As(err, &ae) || ae.ErrorCode() != tt.code || !strings.Contains(ae.ErrorMessage(), tt.text) {
			t.Errorf("%s: %v, want %s with %q", tt.name, err, tt.code, tt.text)
		}
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(`<CompleteMultipartUpload><Part><ETag>"e"</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`))
	f.Add([]byte(`<CreateBucketConfiguration><Tags><Tag><Key>k</Key></Tag></Tags></CreateBucketConfiguration>`))
	s := newS3(s3Model())
	f.Fuzz(func(t *testing.T, data []byte) {
		for op, in := range map[string]any{"CompleteMultipartUpload": &s3.CompleteMultipartUploadInput{}, "CreateBucket": &s3.CreateBucketInput{}} {
			r := httptest.NewRequest(http.MethodPut, "/b/k", nil)
			err := s.Decode(op, r, data, in)
			var ae smithy.APIError
			if err != nil && !errors.As(err, &ae) {
				t.Errorf("%s: %v is no AWS error", op, err)
			}
		}
	})
}
