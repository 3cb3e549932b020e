package wire

import (
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	smithytime "github.com/aws/smithy-go/time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// jsonEncoder writes the SDK's types as JSON.
type jsonEncoder struct {
	all     bool // every member, those that REST binds elsewhere too
	isoTime bool
}

// structure appends an object of the members of v that have a value.
func (e jsonEncoder) structure(b []byte, sh *shape, v reflect.Value) ([]byte, error) {
	b, err := e.members(append(b, '{'), sh, v)
	if err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

// members appends the members without the braces; b must end in a brace or a whole member.
func (e jsonEncoder) members(b []byte, sh *shape, v reflect.Value) ([]byte, error) {
	for i := range sh.fields {
		f := &sh.fields[i]
		fv := v.Field(f.index)
		if f.in != inBody && !e.all || f.unset(fv) {
			continue
		}
		b = append(appendComma(b), f.key...)
		var err error
		if b, err = e.value(b, f.shape, fv); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return b, nil
}

// appendComma appends the comma between members, if one is due.
func appendComma(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}

// appendKey appends a comma, if one is due, and the name of a member.
func appendKey(b []byte, name string) []byte {
	return append(appendString(appendComma(b), name), ':')
}

func (e jsonEncoder) value(b []byte, sh *shape, v reflect.Value) ([]byte, error) {
	if sh.pointer && v.IsNil() {
		return append(b, "null"...), nil // an element of a sparse list or map
	}
	v = sh.get(v)
	switch sh.kind {
	case kindString:
		return appendString(b, v.String()), nil
	case kindBool:
		return strconv.AppendBool(b, v.Bool()), nil
	case kindInt:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case kindFloat:
		return appendFloat(b, v.Float()), nil
	case kindBlob:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"'), nil
	case kindTime:
		t, _ := reflect.TypeAssert[time.Time](v)
		return e.time(b, t), nil
	case kindList:
		return e.list(b, sh, v)
	case kindMap:
		return e.mapping(b, sh, v)
	case kindStruct:
		return e.structure(b, sh, v)
	case kindStream:
		data, err := readStream(v)
		if err != nil {
			return nil, err
		}
		return e.value(b, &shape{kind: kindBlob}, reflect.ValueOf(data))
	default:
		return nil, errUnion(v)
	}
}

func errUnion(v reflect.Value) error { return fmt.Errorf("the union %v has no form here", v.Type()) }

// maxText is the longest stream that is spelled out in text.
const maxText = 64 << 20

// readStream reads a stream to its end and closes it.
func readStream(v reflect.Value) ([]byte, error) {
	r, ok := reflect.TypeAssert[io.Reader](v)
	if !ok {
		return nil, fmt.Errorf("%v is not a stream", v.Type())
	}
	if c, ok := r.(io.Closer); ok {
		defer func() { _ = c.Close() }()
	}
	data, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if len(data) > maxText {
		return nil, apierr.Unsupported("bodies of more than %d bytes in a call by name", maxText)
	}
	return data, err
}

func (e jsonEncoder) list(b []byte, sh *shape, v reflect.Value) ([]byte, error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = e.value(b, sh.elem, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (e jsonEncoder) mapping(b []byte, sh *shape, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	for _, k := range sortedMapKeys(v) {
		b = appendKey(b, k.String())
		var err error
		if b, err = e.value(b, sh.elem, v.MapIndex(k)); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// sortedMapKeys orders a map, so that equal values give equal bytes.
func sortedMapKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// time appends epoch seconds with up to three decimals, or ISO 8601 text.
func (e jsonEncoder) time(b []byte, t time.Time) []byte {
	if e.isoTime {
		return appendString(b, smithytime.FormatDateTime(t))
	}
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(b, ms/1000, 10)
	}
	return strconv.AppendFloat(b, float64(ms)/1000, 'f', -1, 64)
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// appendString appends a JSON string. Only what JSON demands is escaped; invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n - 1
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}
