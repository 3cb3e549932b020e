package wire

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// cborDecoder fills the SDK's types from CBOR.
type cborDecoder struct{ *trail }

// decode fills v, a structure, from data. No bytes are an empty structure.
func (d cborDecoder) decode(data []byte, sh *shape, v reflect.Value) error {
	if len(data) == 0 {
		return nil
	}
	value, err := cbor.Decode(data)
	if err != nil {
		return serialization("the body is not CBOR: %v", err)
	}
	if absent(value) {
		return nil
	}
	return d.value(sh, v, value)
}

// absent says whether a value stands for none.
func absent(value cbor.Value) bool {
	switch value.(type) {
	case *cbor.Nil, *cbor.Undefined:
		return true
	default:
		return false
	}
}

func (d cborDecoder) value(sh *shape, v reflect.Value, value cbor.Value) error {
	switch sh.kind {
	case kindStruct:
		if m, ok := value.(cbor.Map); ok {
			return d.structure(sh, sh.set(v), m)
		}
	case kindMap:
		if m, ok := value.(cbor.Map); ok {
			return d.mapping(sh, v, m)
		}
	case kindList:
		if l, ok := value.(cbor.List); ok {
			return d.list(sh, v, l)
		}
	case kindUnion:
		return d.union()
	default:
		if d.scalar(sh, v, value) {
			return nil
		}
	}
	return d.cannot(cborName(value), sh)
}

func (d cborDecoder) structure(sh *shape, v reflect.Value, m cbor.Map) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		f := sh.byName[key]
		if f == nil {
			d.unknownMember(key)
			continue
		}
		if absent(m[key]) {
			continue
		}
		d.enter(f)
		if err := d.value(f.shape, v.Field(f.index), m[key]); err != nil {
			return err
		}
		d.leave()
	}
	return nil
}

func (d cborDecoder) mapping(sh *shape, v reflect.Value, m cbor.Map) error {
	out := reflect.MakeMap(sh.goType)
	for key, value := range m {
		elem := reflect.New(sh.goType.Elem()).Elem()
		if err := d.value(sh.elem, elem, value); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(key).Convert(sh.goType.Key()), elem)
	}
	v.Set(out)
	return nil
}

func (d cborDecoder) list(sh *shape, v reflect.Value, l cbor.List) error {
	v.Set(reflect.MakeSlice(sh.goType, 0, len(l)))
	for _, value := range l {
		if err := d.value(sh.elem, grow(v), value); err != nil {
			return err
		}
	}
	return nil
}

// scalar sets v if the value fits.
func (d cborDecoder) scalar(sh *shape, v reflect.Value, value cbor.Value) bool {
	switch sh.kind {
	case kindString:
		s, ok := value.(cbor.String)
		if ok {
			sh.set(v).SetString(string(s))
		}
		return ok
	case kindBool:
		b, ok := value.(cbor.Bool)
		if ok {
			sh.set(v).SetBool(bool(b))
		}
		return ok
	case kindBlob, kindStream:
		b, ok := value.(cbor.Slice)
		if ok {
			setBlob(sh, v, b)
		}
		return ok
	case kindInt:
		n, err := cbor.AsInt64(value)
		if f, ferr := cbor.AsFloat64(value); err != nil && ferr == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			n, err = int64(f), nil // a whole number, whatever its form
		}
		if err != nil || reflect.Zero(sh.goType).OverflowInt(n) {
			return false
		}
		sh.set(v).SetInt(n)
		return true
	case kindFloat:
		f, err := cbor.AsFloat64(value)
		if err == nil {
			sh.set(v).SetFloat(f)
		}
		return err == nil
	case kindTime:
		const epoch = 1
		tag, ok := value.(*cbor.Tag)
		if !ok || tag.ID != epoch {
			return false
		}
		// cbor.AsTime cuts milliseconds where the float is a hair too small.
		f, err := cbor.AsFloat64(tag.Value)
		if err != nil || math.Abs(f) > lastSecond {
			return false
		}
		sh.set(v).Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(f * 1000))).UTC()))
		return true
	default:
		return false
	}
}

// cborName is what AWS calls the type of a value in its error messages.
// UNCONFIRMED for CBOR: the words are those of its JSON reader.
func cborName(value cbor.Value) string {
	switch v := value.(type) {
	case cbor.Map:
		return "START_OBJECT"
	case cbor.List:
		return "START_ARRAY"
	case cbor.String:
		return "STRING_VALUE"
	case cbor.Slice:
		return "BLOB_VALUE"
	case cbor.Bool:
		if v {
			return "TRUE_VALUE"
		}
		return "FALSE_VALUE"
	case *cbor.Tag:
		return "TAGGED_VALUE"
	case *cbor.Nil, *cbor.Undefined:
		return "NULL_VALUE"
	default:
		return "NUMBER_VALUE"
	}
}
