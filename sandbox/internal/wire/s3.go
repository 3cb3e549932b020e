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
	marks  []string // query parameters, pairs, or @headers that the request must have
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

// newS3 is Amazon S3. Its codec has the types of the operations that the sandbox claims; of all others it knows the
// name, to refuse them by it.
func newS3() *Service {
	s := &Service{
		Name: "s3", Protocol: RESTXML, Version: "2006-03-01", namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
		operations: map[string]*operation{},
	}
	for on, text := range map[s3Target]string{
		onService: s3ServiceOperations, onBucket: s3BucketOperations, onObject: s3ObjectOperations,
	} {
		for line := range strings.SplitSeq(strings.TrimRight(strings.TrimSpace(text), ";"), ";") {
			f := strings.Fields(line)
			s.s3Routes = append(s.s3Routes, s3Route{name: f[0], method: f[1], on: on, marks: f[2:]})
			s.operations[f[0]] = &operation{name: f[0], method: f[1], code: s3Success(f[0])}
		}
	}
	slices.SortFunc(s.s3Routes, func(a, b s3Route) int { // the most exact first
		return cmp.Or(-cmp.Compare(len(a.marks), len(b.marks)), cmp.Compare(a.name, b.name))
	})
	s.plans = newPlanner(exceptions{bind: bindS3}, nil)
	return s
}

// s3Path takes a request's path apart: bucket and key, still escaped.
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
	for _, m := range route.marks {
		if header, ok := strings.CutPrefix(m, "@"); ok {
			if r.Header.Get(header) == "" {
				return false
			}
			continue
		}
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
