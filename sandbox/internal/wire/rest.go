package wire

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
)

// restRequest is what a REST operation's input is read from.
type restRequest struct {
	op     *operation
	parts  []string          // of the path, escaped
	labels map[string]string // of the path, escaped; REST-XML only
	query  url.Values
	header http.Header
}

// decodeREST fills an input from path labels, query string, headers and body.
func (s *Service) decodeREST(op *operation, r *http.Request, body []byte, sh *shape, v reflect.Value, t *trail) error {
	req := restRequest{op: op, parts: pathSegments(r), header: r.Header}
	if len(req.parts) != len(op.path.segments) {
		return unknownOperation(http.StatusNotFound, r.Method+" "+r.URL.EscapedPath())
	}
	var err error
	if req.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return serialization("the query string: %v", err)
	}
	for i := range sh.fields {
		f := &sh.fields[i]
		texts, ok := req.texts(f)
		if !ok {
			continue
		}
		t.enter(f)
		if err := f.bind(v.Field(f.index), texts); err != nil {
			return serialization("the member %s: %v", t.path(), err)
		}
		t.leave()
	}
	d := jsonDecoder{trail: t, isoTime: s.isoTime}
	if p := sh.payload(); p != nil {
		return d.payload(p, body, v.Field(p.index))
	}
	if !sh.hasBody() {
		return nil // whatever the client sent with a GET
	}
	return d.decode(body, sh, v)
}

// texts are the values of a member that travels outside the body, and whether there are any.
func (r *restRequest) texts(f *field) ([]string, bool) {
	switch f.in {
	case inLabel:
		for i, seg := range r.op.path.segments {
			if seg.label == f.location {
				text, err := url.PathUnescape(r.parts[i])
				return []string{text}, err == nil
			}
		}
		return nil, false
	case inQuery:
		return r.query[f.location], r.query.Has(f.location)
	case inHeader:
		texts := r.header.Values(f.location)
		return texts, len(texts) > 0
	default:
		return nil, false
	}
}

// bind fills a member from text; a list gets all values, anything else the first.
func (f *field) bind(v reflect.Value, texts []string) error {
	if f.shape.kind != kindList {
		return parseText(f.shape, v, texts[0])
	}
	v.Set(reflect.MakeSlice(f.shape.goType, 0, len(texts)))
	for _, text := range texts {
		if err := parseText(f.shape.elem, grow(v), text); err != nil {
			return err
		}
	}
	return nil
}

// payload fills the member that is the body itself.
func (d *jsonDecoder) payload(f *field, body []byte, v reflect.Value) error {
	if len(body) == 0 {
		return nil
	}
	d.enter(f)
	defer d.leave()
	switch f.shape.kind {
	case kindBlob, kindStream:
		setBlob(f.shape, v, body)
		return nil
	case kindString:
		return parseText(f.shape, v, string(body))
	default:
		return d.decode(body, f.shape, v)
	}
}

// encodeREST writes an output: headers, status and body as its members are bound.
func (s *Service) encodeREST(w http.ResponseWriter, op *operation, sh *shape, v reflect.Value) error {
	status, err := bindHeaders(w.Header(), sh, v)
	if err != nil {
		return err
	}
	body, contentType, err := s.restBody(sh, v)
	if err != nil {
		return err
	}
	if status == 0 {
		status = op.code
	}
	if body == nil || status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	respond(w, status, contentType, body)
	return nil
}

// bindHeaders sets the headers that members are bound to and returns the status that one is, or 0.
func bindHeaders(h http.Header, sh *shape, v reflect.Value) (status int, err error) {
	for i := range sh.fields {
		f := &sh.fields[i]
		fv := v.Field(f.index)
		if f.in != inHeader && f.in != inStatus || f.unset(fv) {
			continue
		}
		text, err := formatText(f.shape, fv)
		if err != nil {
			return 0, err
		}
		if f.in == inHeader {
			h.Set(f.location, text)
		} else if status, err = strconv.Atoi(text); err != nil {
			return 0, err
		}
	}
	return status, nil
}

// restBody is the response body, nil where the output has none.
func (s *Service) restBody(sh *shape, v reflect.Value) (body []byte, contentType string, err error) {
	p := sh.payload()
	if p == nil {
		if !sh.hasBody() {
			return nil, "", nil
		}
		body, err = jsonEncoder{isoTime: s.isoTime}.structure(newBuffer(), sh, v)
		return body, "application/json", err
	}
	pv := v.Field(p.index)
	if p.unset(pv) {
		return nil, "", nil
	}
	switch p.shape.kind {
	case kindBlob:
		return pv.Bytes(), "application/octet-stream", nil
	case kindStream:
		r, _ := reflect.TypeAssert[io.Reader](pv)
		body, err = io.ReadAll(r)
		return body, "application/octet-stream", err
	default:
		body, err = jsonEncoder{isoTime: s.isoTime}.value(newBuffer(), p.shape, pv)
		return body, "application/json", err
	}
}

// newBuffer has the capacity for a common answer.
func newBuffer() []byte { return make([]byte, 0, 2048) }
