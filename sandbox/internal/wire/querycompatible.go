package wire

import (
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
)

// newMonitoring is CloudWatch, which speaks three protocols: today's SDKs send RPC v2 CBOR, older ones AWS JSON 1.0 or
// Query (in this order in botocore's model).
func newMonitoring(m model) *Service {
	s := newService(CBOR, m)
	s.others = []*Service{newService(JSON10, m), newQuery(m, "http://monitoring.amazonaws.com/doc/2010-08-01/")}
	for _, o := range append(s.others, s) {
		o.queryCompatible = true
	}
	return s
}

// For is the codec of the protocol that a request speaks: the service itself, where it has one only.
func (s *Service) For(r *http.Request) *Service {
	want := Query
	switch {
	case r.Header.Get("Smithy-Protocol") != "":
		want = CBOR
	case r.Header.Get("X-Amz-Target") != "":
		want = JSON10
	}
	for _, o := range s.others {
		if o.Protocol == want {
			return o
		}
	}
	return s
}

// queryCode is the code of an error in the Query protocol. A service that once spoke Query alone has codes there that
// are not the names of its exceptions (ResourceNotFound for DashboardNotFoundError), and clients show them to this day.
func (s *Service) queryCode(ae smithy.APIError) string {
	if s.queryCompatible && modeled(ae) != "" {
		if q, ok := smithy.SchemaTrait[*traits.AWSQueryError](schemaOf(reflect.TypeOf(ae).Elem())); ok {
			return q.ErrorCode
		}
	}
	return ae.ErrorCode()
}

// noteQueryError sets the header from which clients of CBOR and JSON take the code of the Query protocol
// (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, awsQueryCompatible).
func (s *Service) noteQueryError(h http.Header, ae smithy.APIError) {
	if !s.queryCompatible {
		return
	}
	who := "Sender"
	if StatusOf(ae) >= http.StatusInternalServerError {
		who = "Receiver"
	}
	h.Set("X-Amzn-Query-Error", s.queryCode(ae)+";"+who)
}
