package wire

import (
	"net/http"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// Protocol is how a service's requests and responses look on the wire.
type Protocol int

// The protocols of the services that the sandbox has.
const (
	JSON11   Protocol = iota // POST /, X-Amz-Target names the operation
	RESTJSON                 // method and path name the operation
	Query                    // POST / with a form, Action names the operation; the answer is XML
	JSON10                   // as JSON11 but for the content type
	CBOR                     // RPC v2: the path names the operation, bodies are CBOR
	RESTXML                  // method, path and query string name the operation; bodies are XML or the object itself
)

// Service is the wire side of one AWS service. It is immutable but for a cache of type plans, and safe for concurrent
// use.
type Service struct {
	Name     string // signing name, as in the credential scope: "config" for AWS Config
	Protocol Protocol
	Version  string // the API's date; Query requests repeat it

	prefix     string // prefix of X-Amz-Target (AWS JSON), the service in the path (CBOR)
	namespace  string // of XML answers (Query)
	isoTime    bool   // JSON timestamps are ISO 8601 text, not epoch seconds
	operations map[string]*operation
	routes     routeTable
	s3Routes   []s3Route // of S3, the most exact first
	plans      *planner

	others          []*Service // the same service in the other protocols that it speaks
	queryCompatible bool       // errors tell their code of the Query protocol, too
}

// operation is one API operation. The HTTP part is empty for services whose requests carry the name.
type operation struct {
	name   string
	method string
	uri    string
	header string // one that the request must have (S3)
	code   int    // HTTP status of success; 0 in tables: 200

	path pattern // of the uri
}

// Query says whether the service speaks the Query protocol.
func (s *Service) Query() bool { return s.Protocol == Query }

// Has says whether AWS has an operation of the name in this service.
func (s *Service) Has(op string) bool { return s.operations[op] != nil }

// Route finds the operation that a request is for. Its errors are worded as AWS words them and name what was asked:
// UnknownOperationException, or for Query InvalidAction and MissingAction.
func (s *Service) Route(r *http.Request, body []byte) (string, error) {
	switch s.Protocol {
	case JSON11, JSON10:
		return s.routeJSON(r)
	case CBOR:
		return s.routeCBOR(r)
	case Query:
		return s.routeQuery(r, body)
	case RESTXML:
		return s.routeS3(r)
	default:
		op, _ := s.routes.match(r)
		if op == nil {
			return "", unknownOperation(http.StatusNotFound, r.Method+" "+r.URL.EscapedPath())
		}
		return op.name, nil
	}
}

// operation is the operation by name, or the error that AWS answers to an unknown one.
func (s *Service) operation(name string) (*operation, error) {
	if op := s.operations[name]; op != nil {
		return op, nil
	}
	if s.Query() {
		return nil, s.invalidAction(name, s.Version)
	}
	return nil, unknownOperation(http.StatusBadRequest, name)
}

func unknownOperation(status int, name string) error {
	return apierr.New(status, "UnknownOperationException", "the operation %s is not known", name)
}
