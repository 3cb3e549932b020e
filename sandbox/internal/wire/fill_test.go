package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// filler gives every member of a type a value of its own, or every member the zero value of its kind.
type filler struct {
	zero bool
	n    int
}

func (f *filler) next() int {
	if f.zero {
		return 0
	}
	f.n++
	return f.n
}

// fill sets v; types that contain themselves end after depth levels. Unions stay nil.
func (f *filler) fill(v reflect.Value, depth int) {
	switch k, _ := kindOf(v.Type()); {
	case v.Kind() == reflect.Pointer:
		if depth > least(v.Type().Elem()) {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth)
		}
	case k == kindTime:
		t := time.Unix(0, 0).UTC()
		if !f.zero {
			t = time.Date(2026, 3, 4, 5, 6, 7, 123e6, time.UTC).Add(time.Duration(f.next()) * time.Second)
		}
		v.Set(reflect.ValueOf(t))
	case k == kindBlob:
		v.SetBytes(append([]byte{}, f.text()...))
	case k == kindStream:
		r := io.NopCloser(bytes.NewReader([]byte(f.text())))
		if reflect.TypeFor[*bytes.Reader]().AssignableTo(v.Type()) {
			v.Set(reflect.ValueOf(bytes.NewReader([]byte(f.text()))))
			return
		}
		v.Set(reflect.ValueOf(r))
	case k == kindString:
		v.SetString(f.text())
	case k == kindBool:
		v.SetBool(!f.zero)
	case k == kindInt:
		v.SetInt(int64(f.next() % 100))
	case k == kindFloat:
		v.SetFloat(float64(f.next()) / 4)
	case k == kindList:
		v.Set(reflect.MakeSlice(v.Type(), 0, 2))
		for range 2 {
			if elem := v.Type().Elem(); !f.zero && depth > least(elem)+1 && elem.Kind() != reflect.Interface {
				f.fill(grow(v), depth-1)
			}
		}
	case k == kindMap:
		v.Set(reflect.MakeMap(v.Type()))
		if !f.zero && depth > 0 {
			elem := reflect.New(v.Type().Elem()).Elem()
			f.fill(elem, depth-1)
			v.SetMapIndex(reflect.ValueOf(f.text()).Convert(v.Type().Key()), elem)
		}
	case k == kindStruct:
		for i := range v.NumField() {
			if sf := v.Type().Field(i); sf.IsExported() && sf.Name != "ResultMetadata" {
				f.fill(v.Field(i), depth-1)
			}
		}
	}
}

// least is the depth at which a type's members stay empty: Query cannot say that a structure is there.
func least(t reflect.Type) int {
	if k, _ := kindOf(t); k == kindStruct && t.NumField() > 1 {
		return 1
	}
	return 0
}

// text has what needs escaping in JSON, XML, forms and paths.
func (f *filler) text() string {
	if f.zero {
		return ""
	}
	return fmt.Sprintf("v%d <a href=\"x\">&+%%/é\\:\n😀", f.next())
}

func TestFilledRoundTrips(t *testing.T) {
	inputs, outputs := 0, 0
	for name, c := range sdks(t) {
		for _, op := range c.operations() {
			if name == "lambda" && op == "InvokeWithResponseStream" {
				continue // its answer is an event stream
			}
			inType, outType := c.types(op)
			in := filled(inType, false)
			r, body, err := c.send(op, in)
			if err != nil {
				t.Errorf("%s %s: %v", name, op, err)
				continue
			}
			got := reflect.New(inType).Interface()
			routed, err := c.service.Route(r, body)
			if err != nil || routed != op {
				t.Errorf("%s %s: routed to %q, %v", name, op, routed, err)
				continue
			}
			if err := c.service.Decode(op, r, body, got); err != nil {
				t.Errorf("%s %s: %v", name, op, err)
				continue
			}
			if op == "InvokeAsync" {
				continue // the input is a stream, read by now
			}
			if diff := sdkDiff(in, got); diff != "" {
				t.Errorf("%s %s input (-sent +decoded):\n%s", name, op, diff)
				continue
			}
			inputs++
			if roundTrip(t, c, op, in, filled(outType, false)) {
				outputs++
			}
			// The SDK reads an empty XML element, and an empty payload, as no value.
			if c.service.Protocol != Query && op != "Invoke" {
				roundTrip(t, c, op, in, filled(outType, true))
			}
		}
	}
	t.Logf("%d inputs and %d outputs with every member set survive the real client", inputs, outputs)
	if inputs < 711 || outputs != inputs {
		t.Errorf("%d inputs and %d outputs, want 711 or more each", inputs, outputs)
	}
}

func filled(typ reflect.Type, zero bool) any {
	v := reflect.New(typ)
	(&filler{zero: zero}).fill(v.Elem(), 6)
	for i := range v.Elem().NumField() {
		if n := typ.Field(i).Name; n == "StatusCode" || n == "Status" && typ.Field(i).Type.Kind() == reflect.Int32 {
			f := v.Elem().Field(i)
			if f.Kind() == reflect.Pointer {
				f.Set(reflect.New(f.Type().Elem()))
				f = f.Elem()
			}
			if f.CanInt() {
				f.SetInt(200)
			}
		}
	}
	return v.Interface()
}

// roundTrip encodes an output and lets the client read it.
func roundTrip(t *testing.T, c *sdk, op string, in, want any) bool {
	t.Helper()
	w := httptest.NewRecorder()
	if err := c.service.Encode(w, op, want, "request"); err != nil {
		t.Errorf("%s %s: %v", c.service.Name, op, err)
		return false
	}
	got, err := c.receive(op, in, w.Code, w.Header(), w.Body.Bytes())
	if err != nil {
		t.Errorf("%s %s: the client cannot read the answer: %v\n%.500s", c.service.Name, op, err, w.Body)
		return false
	}
	if diff := sdkDiff(want, got); diff != "" {
		t.Errorf("%s %s output (-encoded +read):\n%s", c.service.Name, op, diff)
		return false
	}
	return true
}

// TestByName sends every output through EncodeJSON and back, and every input through DecodeJSON.
func TestByName(t *testing.T) {
	for name, c := range sdks(t) {
		for _, op := range c.operations() {
			if op == "InvokeAsync" || op == "InvokeWithResponseStream" {
				continue // streams compare by identity
			}
			in, out := c.types(op)
			for _, typ := range []reflect.Type{in, out} {
				for _, zero := range []bool{false, true} {
					want := filled(typ, zero)
					data, err := c.service.EncodeJSON(op, want)
					if err != nil {
						t.Errorf("%s %s: %v", name, op, err)
						continue
					}
					got := reflect.New(typ).Interface()
					if err := c.service.DecodeJSON(op, data, got); err != nil {
						t.Errorf("%s %s: %v", name, op, err)
						continue
					}
					if diff := sdkDiff(want, got); diff != "" {
						t.Errorf("%s %s, zero values: %s\n%s", name, op, strconv.FormatBool(zero), diff)
					}
				}
			}
		}
	}
}
