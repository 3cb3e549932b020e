package wire

import (
	"io"
	"reflect"
	"slices"
	"time"
)

// kind is what a Go type of the SDK is on the wire.
type kind int

const (
	kindString kind = iota // string or enumeration
	kindBool
	kindInt
	kindFloat
	kindBlob
	kindTime
	kindList
	kindMap
	kindStruct
	kindStream // io.Reader or io.ReadCloser: a payload
	kindUnion  // interface of a union; refused by name
)

// shape is the plan of a Go type: worked out once, used for every value.
type shape struct {
	kind    kind
	pointer bool         // the Go type is a pointer to goType
	goType  reflect.Type // without the pointer
	elem    *shape       // of a list or map
	fields  []field
	byName  map[string]*field // by the API's member name
}

// field is a member of a structure.
type field struct {
	index    int
	goName   string
	name     string // the API's name; also the name in a body
	in       place
	location string // name of the label, query parameter or header
	key      string // the name as a JSON object has it, with quotes and colon
	shape    *shape
	item     string // the name of a list's elements in XML, where it is not "member"
	flat     bool   // the elements have no element around them
}

// place is where a member travels.
type place int

const (
	inBody place = iota
	inLabel
	inQuery
	inHeader
	inHeaders   // a map whose keys are headers behind a prefix
	inPayload   // the member is the body
	inStatus    // the member is the HTTP status
	inAttribute // of an XML element; refused
)

// unset says that a member has no value and is left out. A zero number or boolean that is not behind a pointer is a
// value: AWS sends "recording": false. So is a list or map that is empty but not nil.
func (f *field) unset(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	default:
		return false
	}
}

// set is where a value goes: the pointer's target where the Go type is a pointer, v itself otherwise.
func (sh *shape) set(v reflect.Value) reflect.Value {
	if !sh.pointer {
		return v
	}
	v.Set(reflect.New(sh.goType))
	return v.Elem()
}

// get is the value without the pointer.
func (sh *shape) get(v reflect.Value) reflect.Value {
	if sh.pointer {
		return v.Elem()
	}
	return v
}

// payload is the member that is the body, or nil.
func (sh *shape) payload() *field {
	for i := range sh.fields {
		if sh.fields[i].in == inPayload {
			return &sh.fields[i]
		}
	}
	return nil
}

// hasBody says whether a structure has members that travel in a JSON body.
func (sh *shape) hasBody() bool {
	for i := range sh.fields {
		if sh.fields[i].in == inBody {
			return true
		}
	}
	return false
}

// hasField says whether a structure has a member of the Go name.
func (sh *shape) hasField(goName string) bool {
	return slices.ContainsFunc(sh.fields, func(f field) bool { return f.goName == goName })
}

// kindOf is the kind of a type that is neither a pointer nor, in the case of structures, planned yet.
func kindOf(t reflect.Type) (kind, bool) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return kindTime, true
	case t == reflect.TypeFor[[]byte]():
		return kindBlob, true
	case t == reflect.TypeFor[io.Reader](), t == reflect.TypeFor[io.ReadCloser]():
		return kindStream, true
	}
	switch t.Kind() {
	case reflect.String:
		return kindString, true
	case reflect.Bool:
		return kindBool, true
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt, true
	case reflect.Float32, reflect.Float64:
		return kindFloat, true
	case reflect.Slice:
		return kindList, true
	case reflect.Map:
		return kindMap, true
	case reflect.Struct:
		return kindStruct, true
	case reflect.Interface:
		return kindUnion, true
	default:
		return 0, false
	}
}
