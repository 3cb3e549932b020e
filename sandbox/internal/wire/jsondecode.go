package wire

import (
	"bytes"
	"encoding/base64"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// lastSecond ends year 9999, the last that any of the APIs can write.
const lastSecond = 253402300799

// jsonDecoder fills the SDK's types from JSON.
type jsonDecoder struct {
	*cursor
	*trail
	all     bool // every member is in the text, those that REST binds elsewhere too (calls by name)
	isoTime bool // timestamps are text
	anyTime bool // timestamps are numbers or text
}

// decodeJSON fills v, a structure, from data. An empty text is an empty object.
func (d *jsonDecoder) decode(data []byte, sh *shape, v reflect.Value) error {
	if len(data) == 0 {
		return nil
	}
	c, err := newCursor(data)
	if err != nil {
		return serialization("the body is not JSON: %v", err)
	}
	d.cursor = c
	if d.null() {
		return nil
	}
	return d.value(sh, v)
}

// value reads the next value into v, which may be a pointer to make.
func (d *jsonDecoder) value(sh *shape, v reflect.Value) error {
	switch d.peek() {
	case '{':
		return d.object(sh, v)
	case '[':
		return d.array(sh, v)
	case '"':
		return d.text(sh, v)
	case 't', 'f':
		if sh.kind != kindBool {
			return d.cannot(d.tokenName(), sh)
		}
		sh.set(v).SetBool(d.literal()[0] == 't')
		return nil
	case 'n':
		return d.cannot(d.tokenName(), sh) // only members may be null
	default:
		return d.number(sh, v)
	}
}

func (d *jsonDecoder) object(sh *shape, v reflect.Value) error {
	switch sh.kind {
	case kindStruct:
		return d.structure(sh, sh.set(v))
	case kindMap:
		return d.mapping(sh, v)
	case kindUnion:
		return d.union()
	default:
		return d.cannot(d.tokenName(), sh)
	}
}

func (d *jsonDecoder) structure(sh *shape, v reflect.Value) error {
	for ok := d.open(); ok; ok = d.more() {
		key := d.key()
		f := sh.byName[string(key)]
		if f == nil || f.in != inBody && !d.all {
			d.unknownMember(string(key))
			d.skip()
			continue
		}
		if d.null() {
			continue
		}
		d.enter(f)
		if err := d.value(f.shape, v.Field(f.index)); err != nil {
			return err
		}
		d.leave()
	}
	return nil
}

func (d *jsonDecoder) mapping(sh *shape, v reflect.Value) error {
	m := reflect.MakeMap(sh.goType)
	keyType := sh.goType.Key()
	for ok := d.open(); ok; ok = d.more() {
		key := reflect.ValueOf(string(d.key())).Convert(keyType)
		elem := reflect.New(sh.goType.Elem()).Elem()
		if err := d.value(sh.elem, elem); err != nil {
			return err
		}
		m.SetMapIndex(key, elem)
	}
	v.Set(m)
	return nil
}

func (d *jsonDecoder) array(sh *shape, v reflect.Value) error {
	if sh.kind != kindList {
		return d.cannot(d.tokenName(), sh)
	}
	v.Set(reflect.MakeSlice(sh.goType, 0, 0))
	for ok := d.open(); ok; ok = d.more() {
		if err := d.value(sh.elem, grow(v)); err != nil {
			return err
		}
	}
	return nil
}

// grow adds a zero element to a slice and returns it.
func grow(v reflect.Value) reflect.Value {
	n := v.Len()
	v.Grow(1)
	v.SetLen(n + 1)
	return v.Index(n)
}

func (d *jsonDecoder) text(sh *shape, v reflect.Value) error {
	switch sh.kind {
	case kindString:
		sh.set(v).SetString(d.str())
	case kindBlob, kindStream:
		b, err := base64.StdEncoding.DecodeString(d.str())
		if err != nil {
			return serialization("the member %s is not base64: %v", d.path(), err)
		}
		setBlob(sh, v, b)
	case kindTime:
		if !d.isoTime && !d.anyTime {
			return d.cannot(d.tokenName(), sh)
		}
		t, err := smithytime.ParseDateTime(d.str())
		if err != nil {
			return serialization("the member %s is not a timestamp: %v", d.path(), err)
		}
		sh.set(v).Set(reflect.ValueOf(t))
	case kindFloat:
		// The only numbers that JSON has as text.
		f := map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}
		x, ok := f[d.str()]
		if !ok {
			return d.cannot("STRING_VALUE", sh)
		}
		sh.set(v).SetFloat(x)
	default:
		return d.cannot(d.tokenName(), sh)
	}
	return nil
}

func setBlob(sh *shape, v reflect.Value, b []byte) {
	if sh.kind == kindStream {
		// A bytes.Reader seeks, which the SDK's signer wants; a ReadCloser cannot.
		r := reflect.ValueOf(bytes.NewReader(b))
		if !r.Type().AssignableTo(v.Type()) {
			r = reflect.ValueOf(io.NopCloser(bytes.NewReader(b)))
		}
		v.Set(r)
		return
	}
	if b == nil {
		b = []byte{}
	}
	sh.set(v).SetBytes(b)
}

func (d *jsonDecoder) number(sh *shape, v reflect.Value) error {
	name := d.tokenName()
	lit := string(d.literal())
	switch {
	case sh.kind == kindInt:
		n, err := strconv.ParseInt(lit, 10, sh.goType.Bits())
		if err != nil {
			// 3.0 and 3e2 are integers, too.
			f, ferr := strconv.ParseFloat(lit, 64)
			n = int64(f)
			if ferr != nil || float64(n) != f || math.Abs(f) > 1<<53 || reflect.Zero(sh.goType).OverflowInt(n) {
				return serialization("the member %s: %s is not an Integer of %d bits", d.path(), lit, sh.goType.Bits())
			}
		}
		sh.set(v).SetInt(n)
	case sh.kind == kindFloat:
		f, err := strconv.ParseFloat(lit, 64)
		if err != nil {
			return serialization("the member %s: %s is too large", d.path(), lit)
		}
		sh.set(v).SetFloat(f)
	case sh.kind == kindTime && !d.isoTime:
		f, err := strconv.ParseFloat(lit, 64)
		if err != nil || math.Abs(f) > lastSecond {
			return serialization("the member %s: %s is not a timestamp", d.path(), lit)
		}
		sh.set(v).Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(f * 1000))).UTC()))
	default:
		return d.cannot(name, sh)
	}
	return nil
}
