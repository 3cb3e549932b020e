package wire

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func cborRequest(t testing.TB, op string, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/service/GraniteServiceVersion20100801/operation/"+op, bytes.NewReader(body))
	r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	return r
}

// TestDecodeCBOR reads forms that the SDK's client does not send, and refuses what does not fit, by name.
func TestDecodeCBOR(t *testing.T) {
	s := service(t, "monitoring")
	at := time.Date(2026, 1, 2, 3, 4, 5, 123e6, time.UTC)
	for _, tt := range []struct {
		name    string
		in      cbor.Value
		want    cloudwatch.GetMetricStatisticsInput
		message string
	}{
		{name: "a whole number as a float", in: cbor.Map{"Period": cbor.Float64(60)}, want: cloudwatch.GetMetricStatisticsInput{Period: aws.Int32(60)}},
		{name: "nothing", in: &cbor.Nil{}},
		{name: "a member that is nothing", in: cbor.Map{"Period": &cbor.Nil{}, "Namespace": &cbor.Undefined{}}},
		{name: "an unknown member", in: cbor.Map{"New": cbor.Bool(true)}},
		{name: "milliseconds", in: cbor.Map{"StartTime": &cbor.Tag{ID: 1, Value: cbor.Float64(float64(at.UnixMilli()) / 1000)}}, want: cloudwatch.GetMetricStatisticsInput{StartTime: aws.Time(at)}},
		{name: "seconds as an integer", in: cbor.Map{"StartTime": &cbor.Tag{ID: 1, Value: cbor.Uint(at.Unix())}}, want: cloudwatch.GetMetricStatisticsInput{StartTime: aws.Time(at.Truncate(time.Second))}},
		{name: "a structure in a list", in: cbor.Map{"Dimensions": cbor.List{cbor.Map{"Name": cbor.String("n")}}}, want: cloudwatch.GetMetricStatisticsInput{Dimensions: []types.Dimension{{Name: aws.String("n")}}}},
		{name: "text for a number", in: cbor.Map{"Period": cbor.String("60")}, message: "the member Period: STRING_VALUE can not be converted to an Integer"},
		{name: "a fraction", in: cbor.Map{"Period": cbor.Float64(0.5)}, message: "the member Period: NUMBER_VALUE can not be converted to an Integer"},
		{name: "too large", in: cbor.Map{"Period": cbor.Uint(1 << 40)}, message: "the member Period: NUMBER_VALUE"},
		{name: "a bare number for a time", in: cbor.Map{"StartTime": cbor.Uint(1)}, message: "the member StartTime: NUMBER_VALUE can not be converted to a Timestamp"},
		{name: "another tag", in: cbor.Map{"StartTime": &cbor.Tag{ID: 0, Value: cbor.String("2026-01-02T03:04:05Z")}}, message: "the member StartTime: TAGGED_VALUE"},
		{name: "no map", in: cbor.List{}, message: "START_ARRAY can not be converted to a Structure"},
		{name: "nothing in a list", in: cbor.Map{"Dimensions": cbor.List{&cbor.Nil{}}}, message: "the member Dimensions: NULL_VALUE"},
	} {
		body := cbor.Encode(tt.in)
		var in cloudwatch.GetMetricStatisticsInput
		err := s.Decode("GetMetricStatistics", cborRequest(t, "GetMetricStatistics", body), body, &in)
		switch {
		case tt.message == "" && err != nil, tt.message != "" && (err == nil || !strings.Contains(err.Error(), "SerializationException: "+tt.message)):
			t.Errorf("%s: %v", tt.name, err)
		case err == nil:
			if diff := sdkDiff(tt.want, in); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}

// TestProtocolsOfOneService: a request is answered in the protocol that it speaks, errors included, and clients that
// remember the Query protocol's codes get them from all.
func TestProtocolsOfOneService(t *testing.T) {
	s := service(t, "monitoring")
	missing := &types.DashboardNotFoundError{Message: aws.String("no")}
	denied := apierr.New(http.StatusForbidden, "AccessDenied", "no")
	request := func(header, value string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.Header.Set(header, value)
		return r
	}
	for _, tt := range []struct {
		name        string
		request     *http.Request
		protocol    Protocol
		contentType string
		missing     string // what the body of the exception has
	}{
		{name: "CBOR", request: request("Smithy-Protocol", "rpc-v2-cbor"), protocol: CBOR, contentType: "application/cbor", missing: "DashboardNotFoundError"},
		{name: "JSON", request: request("X-Amz-Target", "GraniteServiceVersion20100801.GetDashboard"), protocol: JSON10, contentType: "application/x-amz-json-1.0", missing: `"__type":"DashboardNotFoundError"`},
		{name: "Query", request: request("Content-Type", "application/x-www-form-urlencoded"), protocol: Query, contentType: "text/xml", missing: "<Code>ResourceNotFound</Code>"},
	} {
		codec := s.For(tt.request)
		w := httptest.NewRecorder()
		codec.EncodeError(w, "GetDashboard", missing, "request")
		if codec.Protocol != tt.protocol || w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != tt.contentType || !strings.Contains(w.Body.String(), tt.missing) {
			t.Errorf("%s: protocol %d answers %d, %s, %q", tt.name, codec.Protocol, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if got := w.Header().Get("X-Amzn-Query-Error"); got != "ResourceNotFound;Sender" && tt.protocol != Query {
			t.Errorf("%s: query error %q", tt.name, got)
		}
		w = httptest.NewRecorder()
		codec.EncodeError(w, "GetDashboard", denied, "request")
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "AccessDenied") {
			t.Errorf("%s: %d %q", tt.name, w.Code, w.Body)
		}
	}
	if lambda := service(t, "lambda"); lambda.For(request("X-Amz-Target", "x")) != lambda {
		t.Error("a service with one protocol has another codec for some requests")
	}
}

func TestCBORRoute(t *testing.T) {
	s := service(t, "monitoring")
	if op, err := s.Route(cborRequest(t, "DescribeAlarms", nil), nil); err != nil || op != "DescribeAlarms" {
		t.Errorf("%q, %v", op, err)
	}
	for _, path := range []string{"/service/Other/operation/DescribeAlarms", "/service/GraniteServiceVersion20100801/operation/Nope", "/"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
		if op, err := s.Route(r, nil); err == nil || StatusOf(err) != http.StatusNotFound || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q, %v", path, op, err)
		}
	}
}

func FuzzDecodeCBOR(f *testing.F) {
	s := service(f, "monitoring")
	f.Add([]byte{0xa1, 0x66, 'P', 'e', 'r', 'i', 'o', 'd', 0x18, 60})
	f.Add(cbor.Encode(cbor.Map{"MetricDataQueries": cbor.List{cbor.Map{"Id": cbor.String("a"), "ReturnData": cbor.Bool(true)}}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in, again cloudwatch.GetMetricDataInput
		r := cborRequest(t, "GetMetricData", body)
		if s.Decode("GetMetricData", r, body, &in) != nil {
			return
		}
		sh := mustShape(t, s, reflect.TypeFor[cloudwatch.GetMetricDataInput]())
		m, err := cborStructure(sh, reflect.ValueOf(in))
		if err != nil {
			t.Fatal(err)
		}
		sent := cbor.Encode(m)
		if err := s.Decode("GetMetricData", r, sent, &again); err != nil {
			t.Fatalf("what was read from %x is sent as %x, which cannot be read: %v", body, sent, err)
		}
		if diff := cmp.Diff(m, must(cborStructure(sh, reflect.ValueOf(again))), cmp.Comparer(sameFloat)); diff != "" {
			t.Fatalf("%x (-first +second):\n%s", body, diff)
		}
	})
}

// sameFloat takes all that is no number for one.
func sameFloat(a, b cbor.Float64) bool {
	return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
