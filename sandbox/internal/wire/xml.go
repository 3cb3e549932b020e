package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
)

// xmlWriter writes the answers of the Query protocol.
type xmlWriter struct{ bytes.Buffer }

func (w *xmlWriter) open(name string)  { w.WriteString("<" + name + ">") }
func (w *xmlWriter) close(name string) { w.WriteString("</" + name + ">") }

func (w *xmlWriter) text(s string) {
	_ = xml.EscapeText(w, []byte(s)) // a buffer does not fail
}

func (w *xmlWriter) leaf(name, s string) {
	w.open(name)
	w.text(s)
	w.close(name)
}

// structure writes the members of v that have a value.
func (w *xmlWriter) structure(sh *shape, v reflect.Value) error {
	for i := range sh.fields {
		f := &sh.fields[i]
		fv := v.Field(f.index)
		if f.unset(fv) {
			continue
		}
		write := w.element
		if f.item != "" {
			write = f.items(w)
		}
		if err := write(f.name, f.shape, fv); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}

// items writes a list whose elements have a name of their own.
func (f *field) items(w *xmlWriter) func(string, *shape, reflect.Value) error {
	return func(name string, sh *shape, v reflect.Value) error {
		if !f.flat {
			w.open(name)
			defer w.close(name)
		}
		for i := range v.Len() {
			if err := w.element(f.item, sh.elem, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

// element writes a value between its tags. Lists have member elements, maps entry elements with key and value.
func (w *xmlWriter) element(name string, sh *shape, v reflect.Value) error {
	w.open(name)
	if err := w.value(sh, v); err != nil {
		return err
	}
	w.close(name)
	return nil
}

func (w *xmlWriter) value(sh *shape, v reflect.Value) error {
	switch sh.kind {
	case kindStruct:
		return w.structure(sh, sh.get(v))
	case kindList:
		for i := range v.Len() {
			if err := w.element("member", sh.elem, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case kindMap:
		for _, k := range sortedMapKeys(v) {
			w.open("entry")
			w.leaf("key", k.String())
			if err := w.element("value", sh.elem, v.MapIndex(k)); err != nil {
				return err
			}
			w.close("entry")
		}
		return nil
	case kindUnion:
		return errUnion(v)
	default:
		text, err := formatText(sh, v)
		if err != nil {
			return err
		}
		w.text(text)
		return nil
	}
}

// response wraps an output as the protocol does. The result element is there even when it is empty: botocore looks
// for it.
func (w *xmlWriter) response(op, namespace, requestID string, sh *shape, v reflect.Value) error {
	w.WriteString("<" + op + `Response xmlns="` + namespace + `">`)
	w.open(op + "Result")
	if err := w.structure(sh, v); err != nil {
		return err
	}
	w.close(op + "Result")
	w.open("ResponseMetadata")
	w.leaf("RequestId", requestID)
	w.close("ResponseMetadata")
	w.close(op + "Response")
	return nil
}

// fault wraps an error; sender says whose fault it is.
func (w *xmlWriter) fault(namespace, requestID, code, message string, sender bool) {
	kind := "Receiver"
	if sender {
		kind = "Sender"
	}
	w.WriteString(`<ErrorResponse xmlns="` + namespace + `">`)
	w.open("Error")
	w.leaf("Type", kind)
	w.leaf("Code", code)
	w.leaf("Message", message)
	w.close("Error")
	w.leaf("RequestId", requestID)
	w.close("ErrorResponse")
}
