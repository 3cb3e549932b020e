package wire

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	smithytime "github.com/aws/smithy-go/time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// maxXML is the largest body that is read as XML: S3 accepts that much for the 10,000 parts of a multipart upload.
const maxXML = 1 << 20

// Streams says whether the service's operations may have a body of any size, to be read by [Service.DecodeStream].
func (s *Service) Streams() bool { return s.Protocol == RESTXML }

// DecodeStream is [Service.Decode] for a body that is not in memory. A member that is the body becomes body itself:
// what reads it sees body's errors.
func (s *Service) DecodeStream(op string, r *http.Request, body io.Reader, in any) error {
	if _, err := s.operation(op); err != nil {
		return err
	}
	sh, v, err := s.target(in)
	if err != nil {
		return err
	}
	return s.decodeRESTXML(op, r, body, sh, v, &trail{})
}

// decodeRESTXML fills an input from path, query string, headers and body. What belongs to no member is refused, where it
// could change what the request means: a sub-resource that is newer than this code, a header of S3's own.
func (s *Service) decodeRESTXML(op string, r *http.Request, body io.Reader, sh *shape, v reflect.Value, t *trail) error {
	req := restRequest{header: r.Header, labels: map[string]string{}}
	_, req.labels["Bucket"], req.labels["Key"] = s3Path(r)
	var err error
	if req.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return invalidArgument("the query string: %v", err)
	}
	var payload *field
	for i := range sh.fields {
		f := &sh.fields[i]
		if f.in == inPayload {
			payload = f
			continue
		}
		if f.in == inHeaders {
			bindMetadata(r.Header, v.Field(f.index), t, f)
			continue
		}
		texts, ok := req.xmlTexts(r, f)
		if !ok {
			continue
		}
		t.enter(f)
		if err := f.bindXML(v.Field(f.index), texts); err != nil {
			return invalidArgument("the member %s: %v", t.path(), err)
		}
		t.leave()
	}
	if err := s.refuseUnbound(op, r, &req, sh); err != nil {
		return err
	}
	if payload == nil {
		return nil
	}
	return decodeXMLPayload(payload, body, v.Field(payload.index), t)
}

func decodeXMLPayload(f *field, body io.Reader, v reflect.Value, t *trail) error {
	if f.shape.kind == kindStream {
		t.enter(f)
		defer t.leave()
		v.Set(reflect.ValueOf(body))
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(body, maxXML+1))
	switch {
	case err != nil:
		return err
	case len(data) > maxXML:
		return apierr.New(http.StatusBadRequest, "MaxMessageLengthExceeded", "Your request was too big.")
	case len(data) == 0:
		return nil
	}
	t.enter(f)
	defer t.leave()
	return decodeXML(data, f.shape, v, t)
}

// xmlTexts are the values of a member outside the body.
func (r *restRequest) xmlTexts(req *http.Request, f *field) ([]string, bool) {
	switch {
	case f.in == inLabel:
		text, err := url.PathUnescape(r.labels[f.location])
		return []string{text}, err == nil
	case f.location == "Content-Length":
		return []string{strconv.FormatInt(req.ContentLength, 10)}, req.ContentLength >= 0
	default:
		return r.texts(f)
	}
}

// bindMetadata reads the headers with the prefix; their names are in lower case, as S3 returns them.
func bindMetadata(h http.Header, v reflect.Value, t *trail, f *field) {
	m := map[string]string{}
	for name, values := range h {
		if key, ok := strings.CutPrefix(name, f.location); ok {
			m[strings.ToLower(key)] = strings.Join(values, ",")
		}
	}
	if len(m) > 0 {
		t.enter(f)
		v.Set(reflect.ValueOf(m))
		t.leave()
	}
}

func sortedHeaders(h http.Header) []string {
	names := make([]string, 0, len(h))
	for n := range h {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// bindXML fills a member from text; dates of headers and query strings are HTTP's, or ISO 8601.
func (f *field) bindXML(v reflect.Value, texts []string) error {
	if f.shape.kind == kindTime {
		if t, err := smithytime.ParseHTTPDate(texts[0]); err == nil {
			f.shape.set(v).Set(reflect.ValueOf(t))
			return nil
		}
	}
	return f.bind(v, texts)
}

// refuseUnbound refuses query parameters and S3's own headers that the operation has no member for.
func (s *Service) refuseUnbound(op string, r *http.Request, req *restRequest, sh *shape) error {
	known := map[string]bool{"x-id": true}
	for _, m := range s.s3Route(op).marks {
		name, _, _ := strings.Cut(m, "=")
		known[name] = true
	}
	for i := range sh.fields {
		switch f := &sh.fields[i]; f.in {
		case inHeader:
			known[http.CanonicalHeaderKey(f.location)] = true
		case inQuery:
			known[f.location] = true
		}
	}
	for _, name := range sortedKeys(keysOf(req.query)) {
		if !known[name] {
			return apierr.Unsupported("the query parameter %s of %s", name, op)
		}
	}
	for _, name := range sortedHeaders(r.Header) {
		if strings.HasPrefix(name, "X-Amz-") && !strings.HasPrefix(name, "X-Amz-Meta-") && !known[name] && !signing(name) {
			return apierr.Unsupported("the header %s of %s", strings.ToLower(name), op)
		}
	}
	return nil
}

// signing says whether a header belongs to the signature and not to the operation.
func signing(name string) bool {
	switch name {
	case "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token", "X-Amz-User-Agent":
		return true
	default:
		return false
	}
}

func keysOf(v url.Values) map[string]bool {
	m := make(map[string]bool, len(v))
	for k := range v {
		m[k] = true
	}
	return m
}

func invalidArgument(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "InvalidArgument", format, args...)
}
