package wire

import (
	"fmt"
	"reflect"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// cborStructure is a structure as a CBOR map of the members that have a value.
func cborStructure(sh *shape, v reflect.Value) (cbor.Map, error) {
	m := cbor.Map{}
	for i := range sh.fields {
		f := &sh.fields[i]
		fv := v.Field(f.index)
		if f.unset(fv) {
			continue
		}
		value, err := cborValue(f.shape, fv)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		m[f.name] = value
	}
	return m, nil
}

func cborValue(sh *shape, v reflect.Value) (cbor.Value, error) {
	if sh.pointer && v.IsNil() {
		return &cbor.Nil{}, nil // an element of a sparse list or map
	}
	v = sh.get(v)
	switch sh.kind {
	case kindString:
		return cbor.String(v.String()), nil
	case kindBool:
		return cbor.Bool(v.Bool()), nil
	case kindInt:
		n := v.Int()
		if n < 0 {
			return cbor.NegInt(-n), nil // the encoder wants the absolute value
		}
		return cbor.Uint(n), nil
	case kindFloat:
		return cbor.Float64(v.Float()), nil
	case kindBlob:
		return cbor.Slice(v.Bytes()), nil
	case kindTime:
		t, _ := reflect.TypeAssert[time.Time](v)
		return &cbor.Tag{ID: 1, Value: cbor.Float64(float64(t.UnixMilli()) / 1000)}, nil
	case kindList:
		list := make(cbor.List, v.Len())
		for i := range list {
			var err error
			if list[i], err = cborValue(sh.elem, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return list, nil
	case kindMap:
		m := cbor.Map{}
		for it := v.MapRange(); it.Next(); {
			value, err := cborValue(sh.elem, it.Value())
			if err != nil {
				return nil, err
			}
			m[it.Key().String()] = value
		}
		return m, nil
	case kindStruct:
		return cborStructure(sh, v)
	default:
		return nil, errUnion(v)
	}
}
