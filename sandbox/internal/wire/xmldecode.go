package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// xmlDecoder fills the SDK's types from the elements of a body.
type xmlDecoder struct {
	*xml.Decoder
	*trail
}

// maxDepth is deeper than any type of S3 is nested.
const maxDepth = 16

// malformedXML is S3's answer to a body that it cannot read, elements included that it does not know.
func malformedXML() error {
	return apierr.New(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

// decodeXML fills v, a structure, from the root element of data, whatever its name.
func decodeXML(data []byte, sh *shape, v reflect.Value, t *trail) error {
	d := xmlDecoder{xml.NewDecoder(bytes.NewReader(data)), t}
	root, err := d.element()
	if err != nil || root == nil {
		return malformedXML()
	}
	if err := d.structure(sh, sh.set(v)); err != nil {
		return err
	}
	if next, err := d.element(); next != nil || !errors.Is(err, io.EOF) {
		return malformedXML()
	}
	return nil
}

// element advances to the next start of an element, or returns nil at the end of the one that is open.
func (d xmlDecoder) element() (*xml.StartElement, error) {
	for {
		tok, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			return &tok, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if strings.TrimSpace(string(tok)) != "" {
				return nil, malformedXML()
			}
		}
	}
}

func (d xmlDecoder) structure(sh *shape, v reflect.Value) error {
	if len(d.at) > maxDepth {
		return malformedXML()
	}
	for {
		start, err := d.element()
		if err != nil {
			return malformedXML()
		}
		if start == nil {
			return nil
		}
		f := sh.byElement(start.Name.Local)
		if f == nil {
			return malformedXML()
		}
		d.enter(f)
		if err := d.member(f, v.Field(f.index)); err != nil {
			return err
		}
		d.leave()
	}
}

// byElement is the member of an element: lists without an element around them go by their items' name.
func (sh *shape) byElement(name string) *field {
	for i := range sh.fields {
		f := &sh.fields[i]
		if f.flat && f.item == name || !f.flat && f.name == name {
			return f
		}
	}
	return nil
}

func (d xmlDecoder) member(f *field, v reflect.Value) error {
	if f.shape.kind != kindList {
		return d.value(f.shape, v)
	}
	if f.flat {
		return d.value(f.shape.elem, grow(v))
	}
	v.Set(reflect.MakeSlice(f.shape.goType, 0, 0))
	for {
		start, err := d.element()
		switch {
		case err != nil, start != nil && start.Name.Local != f.item:
			return malformedXML()
		case start == nil:
			return nil
		}
		if err := d.value(f.shape.elem, grow(v)); err != nil {
			return err
		}
	}
}

func (d xmlDecoder) value(sh *shape, v reflect.Value) error {
	if sh.kind == kindStruct {
		return d.structure(sh, sh.set(v))
	}
	var text strings.Builder
	for {
		tok, err := d.Token()
		if err != nil {
			return malformedXML()
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text.Write(tok)
		case xml.StartElement:
			return malformedXML()
		case xml.EndElement:
			if err := parseText(sh, v, text.String()); err != nil {
				return malformedXML()
			}
			return nil
		}
	}
}
