package wire

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// s3Target is what the path of an S3 request names. Only path-style addresses exist here: the SDKs use them for an
// endpoint that is an IP address.
type s3Target int

const (
	onService s3Target = iota // /
	onBucket                  // /bucket
	onObject                  // /bucket/key, where the key may hold slashes
)

// s3Route is how a request names an operation of S3.
type s3Route struct {
	name   string
	method string
	on     s3Target
	marks  []string // query parameters or pairs that the request must have
	header string   // one that it must have, or ""
}

// s3Roots are the root elements of answers, by operation. The SDK's module does not say them.
var s3Roots = map[string]string{
	"GetBucketLocation": "LocationConstraint", "ListBuckets": "ListAllMyBucketsResult", "ListObjectsV2": "ListBucketResult",
	"CreateMultipartUpload": "InitiateMultipartUploadResult", "CompleteMultipartUpload": "CompleteMultipartUploadResult",
}

// s3Success are the operations that do not answer 200.
func s3Success(op string) int {
	switch op {
	case "DeleteBucket", "DeleteObject", "AbortMultipartUpload":
		return http.StatusNoContent
	default:
		return http.StatusOK
	}
}

// newS3 is Amazon S3.
func newS3(m model) *Service {
	s := newService(RESTXML, m)
	s.namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
	for _, op := range s.operations {
		op.code = s3Success(op.name)
		s.s3Routes = append(s.s3Routes, newS3Route(op))
	}
	slices.SortFunc(s.s3Routes, func(a, b s3Route) int { // the most exact first
		return cmp.Or(cmp.Compare(b.exactness(), a.exactness()), cmp.Compare(a.name, b.name))
	})
	return s
}

// newS3Route reads "/{Bucket}/{Key+}?partNumber&uploadId".
func newS3Route(op *operation) s3Route {
	path, query, _ := strings.Cut(op.uri, "?")
	r := s3Route{name: op.name, method: op.method, header: op.header, on: onService}
	switch path {
	case "/{Bucket}":
		r.on = onBucket
	case "/{Bucket}/{Key+}":
		r.on = onObject
	}
	if query != "" {
		r.marks = strings.Split(query, "&")
	}
	return r
}

// exactness is how many things a request must have.
func (route *s3Route) exactness() int {
	if route.header != "" {
		return len(route.marks) + 1
	}
	return len(route.marks)
}

// s3Path splits a request's path: bucket and key, still escaped.
func s3Path(r *http.Request) (on s3Target, bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	switch {
	case bucket == "":
		return onService, "", ""
	case key == "":
		return onBucket, bucket, ""
	default:
		return onObject, bucket, key
	}
}

// routeS3 finds the operation of a request.
func (s *Service) routeS3(r *http.Request) (string, error) {
	on, _, _ := s3Path(r)
	query := r.URL.Query()
	for i := range s.s3Routes {
		route := &s.s3Routes[i]
		if route.on == on && route.method == r.Method && route.marked(r, query) {
			return route.name, nil
		}
	}
	return "", apierr.New(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
}

func (route *s3Route) marked(r *http.Request, query url.Values) bool {
	if route.header != "" && r.Header.Get(route.header) == "" {
		return false
	}
	for _, m := range route.marks {
		name, value, pair := strings.Cut(m, "=")
		if !query.Has(name) || pair && query.Get(name) != value {
			return false
		}
	}
	return true
}

// route is an operation's route.
func (s *Service) s3Route(op string) *s3Route {
	i := slices.IndexFunc(s.s3Routes, func(r s3Route) bool { return r.name == op })
	return &s.s3Routes[i]
}
