package wire

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// Decode fills in, a pointer to the SDK's input type of the operation, from a request. Members that the type does
// not have are ignored, as AWS ignores them.
//
// Errors are ready for [Service.EncodeError]: SerializationException (400) for malformed bodies and values of the
// wrong type, naming the member. Whether required members are there is the operation's own matter.
func (s *Service) Decode(op string, r *http.Request, body []byte, in any) error {
	return s.decode(op, r, body, in, &trail{})
}

func (s *Service) decode(name string, r *http.Request, body []byte, in any, t *trail) error {
	op, err := s.operation(name)
	if err != nil {
		return err
	}
	sh, v, err := s.target(in)
	if err != nil {
		return err
	}
	switch s.Protocol {
	case JSON11, JSON10:
		d := jsonDecoder{trail: t}
		return d.decode(body, sh, v)
	case CBOR:
		return cborDecoder{t}.decode(body, sh, v)
	case Query:
		tree, err := formTree(r, body)
		if err != nil {
			return err
		}
		return queryDecoder{t}.structure(sh, v, tree)
	case RESTXML:
		return s.decodeRESTXML(name, r, bytes.NewReader(body), sh, v, t)
	default:
		return s.decodeREST(op, r, body, sh, v, t)
	}
}

// target is the structure behind a pointer and its shape.
func (s *Service) target(p any) (*shape, reflect.Value, error) {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, reflect.Value{}, fmt.Errorf("%s: %T is not a pointer to a structure", s.Name, p)
	}
	v = v.Elem()
	sh, err := s.plans.shape(v.Type())
	if err != nil {
		return nil, reflect.Value{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	return sh, v, nil
}

// Encode writes out, a pointer to the SDK's output type of the operation, as the answer to a request. An error means
// that nothing was written but headers, and that out cannot be: it has a union or an unknown type.
func (s *Service) Encode(w http.ResponseWriter, op string, out any, requestID string) error {
	o, err := s.operation(op)
	if err != nil {
		return err
	}
	sh, v, err := s.target(out)
	if err != nil {
		return err
	}
	w.Header().Set("X-Amzn-Requestid", requestID)
	switch s.Protocol {
	case JSON11, JSON10:
		body, err := jsonEncoder{}.structure(newBuffer(), sh, v)
		if err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		respond(w, o.code, s.jsonType(), body)
		return nil
	case CBOR:
		if err := encodeCBOR(w, o.code, sh, v); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		return nil
	case Query:
		var x xmlWriter
		if err := x.response(op, s.namespace, requestID, sh, v); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		respond(w, o.code, "text/xml", x.Bytes())
		return nil
	case RESTXML:
		if err := s.encodeRESTXML(w, o, sh, v, requestID); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		return nil
	default:
		if err := s.encodeREST(w, o, sh, v); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		return nil
	}
}

// jsonType is the content type of JSON bodies.
func (s *Service) jsonType() string {
	switch s.Protocol {
	case RESTJSON:
		return "application/json"
	case JSON10:
		return "application/x-amz-json-1.0"
	default:
		return "application/x-amz-json-1.1"
	}
}

func respond(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client went away
}

// routeJSON reads the operation from the X-Amz-Target header.
func (s *Service) routeJSON(r *http.Request) (string, error) {
	target := r.Header.Get("X-Amz-Target")
	name, ok := strings.CutPrefix(target, s.prefix+".")
	if !ok || !s.Has(name) {
		return "", unknownOperation(http.StatusBadRequest, target)
	}
	return name, nil
}
