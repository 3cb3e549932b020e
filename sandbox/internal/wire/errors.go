package wire

import (
	"errors"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// EncodeError writes an error as the service's protocol has it: an exception of the SDK with its members, an
// [apierr.Error], or any other [smithy.APIError]. Everything else becomes a 500 InternalFailure that says nothing.
// op may be empty.
func (s *Service) EncodeError(w http.ResponseWriter, op string, err error, requestID string) {
	var ae smithy.APIError
	if !errors.As(err, &ae) {
		ae = apierr.New(http.StatusInternalServerError, "InternalFailure", "the operation %s failed inside the sandbox", op)
	}
	status := StatusOf(ae)
	if s.Protocol == RESTXML {
		encodeS3Error(w, status, ae, requestID)
		return
	}
	w.Header().Set("X-Amzn-Requestid", requestID)
	if s.Query() {
		var x xmlWriter
		x.fault(s.namespace, requestID, s.queryCode(ae), ae.ErrorMessage(), status < http.StatusInternalServerError)
		respond(w, status, "text/xml", x.Bytes())
		return
	}
	s.noteQueryError(w.Header(), ae)
	if s.Protocol == CBOR {
		respondCBOR(w, status, s.cborError(ae))
		return
	}
	w.Header().Set("X-Amzn-Errortype", ae.ErrorCode())
	respond(w, status, s.jsonType(), s.jsonError(w.Header(), ae))
}

// jsonError is the body of an error: the code as __type, which botocore needs, and the members of an exception.
func (s *Service) jsonError(h http.Header, ae smithy.APIError) []byte {
	b := appendString(appendKey([]byte{'{'}, "__type"), ae.ErrorCode())
	if modeled(ae) != "" {
		if sh, v, err := s.target(ae); err == nil {
			_, herr := bindHeaders(h, sh, v)
			whole, err := jsonEncoder{isoTime: s.isoTime}.members(b, sh, v)
			if err == nil && herr == nil {
				whole = s.faultType(whole, sh, v, ae)
				if !sh.hasField("Message") && ae.ErrorMessage() != "" {
					whole = appendString(appendKey(whole, "message"), ae.ErrorMessage())
				}
				return append(whole, '}')
			}
		}
	}
	b = appendString(appendKey(b, "message"), ae.ErrorMessage())
	return append(b, '}')
}

// faultType adds the member Type that every exception of Lambda has: whose fault the error is.
func (s *Service) faultType(b []byte, sh *shape, v reflect.Value, ae smithy.APIError) []byte {
	f := sh.byName["Type"]
	if s.Name != "lambda" || f == nil || !f.unset(v.Field(f.index)) {
		return b
	}
	who := "User"
	if ae.ErrorFault() == smithy.FaultServer {
		who = "Service"
	}
	return appendString(appendKey(b, "Type"), who)
}

// modeled is the module name of the service whose exception type err is (lambda, configservice), or "".
func modeled(err error) string {
	t := reflect.TypeOf(err)
	if t.Kind() != reflect.Pointer {
		return ""
	}
	dir, base := path.Split(t.Elem().PkgPath())
	if base != "types" || !strings.Contains(dir, "/aws-sdk-go-v2/service/") {
		return ""
	}
	return path.Base(dir)
}

// StatusOf is the HTTP status of an error, 500 for what is not an AWS error.
//
// An exception's status is its schema's (Lambda, CloudWatch), the table's (services without schemas), and for AWS JSON services
// 400, or 500 where the fault is the server's: these services answer so whatever the schema says (Organizations'
// TooManyRequestsException is a 400 on the wire: https://github.com/aws/aws-sdk-js/issues/2135).
func StatusOf(err error) int {
	var own *apierr.Error
	var ae smithy.APIError
	if errors.As(err, &own) && own.Status != 0 {
		return own.Status
	}
	if !errors.As(err, &ae) {
		return http.StatusInternalServerError
	}
	service := modeled(ae)
	if status := tableStatus(service, ae.ErrorCode()); status != 0 {
		return status
	}
	if service == "lambda" || service == "cloudwatch" {
		h, ok := smithy.SchemaTrait[*traits.HTTPError](schemaOf(reflect.TypeOf(ae).Elem()))
		if ok {
			return h.Code
		}
	}
	if ae.ErrorFault() == smithy.FaultServer {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
