package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithytime "github.com/aws/smithy-go/time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// encodeRESTXML writes an output. A member that is the body is copied, not read into memory, and closed.
func (s *Service) encodeRESTXML(w http.ResponseWriter, op *operation, sh *shape, v reflect.Value, requestID string) error {
	setS3IDs(w.Header(), requestID)
	if err := bindXMLHeaders(w.Header(), sh, v); err != nil {
		return err
	}
	if p := sh.payload(); p != nil {
		return copyBody(w, op.code, v.Field(p.index))
	}
	root := s3Roots[op.name]
	if root == "" && sh.hasBody() {
		return errors.New("s3Roots has no root element for the answer")
	}
	if root == "" {
		w.WriteHeader(op.code)
		return nil
	}
	var x xmlWriter
	x.WriteString(xmlHead + "<" + root + ` xmlns="` + s.namespace + `">`)
	if op.name == "GetBucketLocation" { // the one member is the root itself
		x.text(v.FieldByName("LocationConstraint").String())
	} else if err := x.structure(sh, v); err != nil {
		return err
	}
	x.close(root)
	respond(w, op.code, "application/xml", x.Bytes())
	return nil
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func setS3IDs(h http.Header, requestID string) {
	h.Set("X-Amz-Request-Id", requestID)
	h.Set("X-Amz-Id-2", requestID)
}

func copyBody(w http.ResponseWriter, status int, v reflect.Value) error {
	if v.IsNil() {
		w.WriteHeader(status)
		return nil
	}
	body, ok := reflect.TypeAssert[io.ReadCloser](v)
	if !ok {
		return fmt.Errorf("%v is not a stream", v.Type())
	}
	if w.Header().Get("Content-Range") != "" {
		status = http.StatusPartialContent
	}
	w.WriteHeader(status)
	_, _ = io.Copy(w, body) // a short body breaks the connection, since its length is announced
	return body.Close()
}

// bindXMLHeaders sets the headers that members are bound to.
func bindXMLHeaders(h http.Header, sh *shape, v reflect.Value) error {
	for i := range sh.fields {
		f := &sh.fields[i]
		fv := v.Field(f.index)
		if f.unset(fv) {
			continue
		}
		switch f.in {
		case inHeaders:
			for _, k := range sortedMapKeys(fv) {
				// botocore shows the name as it is spelled on the wire
				h[strings.ToLower(f.location)+k.String()] = []string{fv.MapIndex(k).String()}
			}
		case inHeader:
			text, err := f.headerText(fv)
			if err != nil {
				return err
			}
			h.Set(f.location, text)
		}
	}
	return nil
}

// headerText is formatText with HTTP's form of a date, which all headers of S3 have but one.
func (f *field) headerText(v reflect.Value) (string, error) {
	if t, ok := reflect.TypeAssert[time.Time](f.shape.get(v)); ok && f.goName != "ObjectLockRetainUntilDate" {
		return smithytime.FormatHTTPDate(t.UTC()), nil
	}
	return formatText(f.shape, v)
}

// encodeS3Error writes an error as S3 does: no element around it, and its details next to the message.
func encodeS3Error(w http.ResponseWriter, status int, ae smithy.APIError, requestID string) {
	var details []apierr.Detail
	if own, ok := errors.AsType[*apierr.Error](ae); ok {
		details = own.Details
	}
	var x xmlWriter
	x.WriteString(xmlHead)
	x.open("Error")
	x.leaf("Code", ae.ErrorCode())
	x.leaf("Message", ae.ErrorMessage())
	for _, d := range details {
		if d.Header {
			w.Header().Set(d.Name, d.Value)
			continue
		}
		x.leaf(d.Name, d.Value)
	}
	x.leaf("RequestId", requestID)
	x.leaf("HostId", requestID)
	x.close("Error")
	setS3IDs(w.Header(), requestID)
	respond(w, status, "application/xml", x.Bytes())
}
