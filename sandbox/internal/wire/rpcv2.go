package wire

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/cbor"
)

// rpcv2CBOR is the protocol's name in the header Smithy-Protocol
// (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, as all about it here).
const rpcv2CBOR = "rpc-v2-cbor"

// routeCBOR reads the operation from the path /service/SERVICE/operation/NAME.
func (s *Service) routeCBOR(r *http.Request) (string, error) {
	name, ok := strings.CutPrefix(r.URL.Path, "/service/"+s.prefix+"/operation/")
	if !ok || r.Method != http.MethodPost || !s.Has(name) {
		return "", unknownOperation(http.StatusNotFound, r.Method+" "+r.URL.EscapedPath())
	}
	return name, nil
}

// encodeCBOR writes an output. An operation that has none, not even an empty one, answers without a body.
func encodeCBOR(w http.ResponseWriter, status int, sh *shape, v reflect.Value) error {
	if len(sh.fields) == 0 && schemaOf(sh.goType) == nil {
		w.Header().Set("Smithy-Protocol", rpcv2CBOR)
		w.WriteHeader(status)
		return nil
	}
	m, err := cborStructure(sh, v)
	if err == nil {
		respondCBOR(w, status, m)
	}
	return err
}

func respondCBOR(w http.ResponseWriter, status int, m cbor.Map) {
	w.Header().Set("Smithy-Protocol", rpcv2CBOR)
	respond(w, status, "application/cbor", cbor.Encode(m))
}

// cborError is the body of an error: its shape as __type, and the members of an exception.
func (s *Service) cborError(ae smithy.APIError) cbor.Map {
	m := cbor.Map{}
	if modeled(ae) != "" {
		if sh, v, err := s.target(ae); err == nil {
			if whole, err := cborStructure(sh, v); err == nil {
				m = whole
			}
		}
	}
	m["__type"] = cbor.String(ae.ErrorCode())
	if m["message"] == nil && m["Message"] == nil {
		m["message"] = cbor.String(ae.ErrorMessage())
	}
	return m
}
