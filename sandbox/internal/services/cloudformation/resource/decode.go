package resource

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// UnsupportedError names a property that the sandbox does not support, and AWS may.
type UnsupportedError struct{ Type, Path string }

func (e *UnsupportedError) Error() string {
	return "the layerfleet sandbox does not support the property " + e.Path + " of " + e.Type
}

// invalidError is a value that the type's schema refuses, with AWS's text.
type invalidError struct{ message string }

func (e *invalidError) Error() string { return e.message }

func invalid(path, format string, args ...any) error {
	return &invalidError{message: "Properties validation failed with message:\n#" + path + ": " + fmt.Sprintf(format, args...)}
}

// decode fills a struct with properties. It converts scalars as CloudFormation does: "true" to a boolean and "5" to a
// number where the type has one.
func decode(typeName string, props map[string]any, into any) error {
	d := decoder{typeName: typeName}
	return d.object("", props, reflect.ValueOf(into).Elem())
}

type decoder struct{ typeName string }

func (d decoder) object(path string, props map[string]any, v reflect.Value) error {
	t := v.Type()
	for key := range props {
		if f, ok := t.FieldByName(key); !ok || !f.IsExported() {
			return &UnsupportedError{Type: d.typeName, Path: dotted(path + "/" + key)}
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		x, ok := props[f.Name]
		if !ok {
			if f.Tag.Get("property") == "required" {
				return invalid(path, "required key [%s] not found", f.Name)
			}
			continue
		}
		if err := d.value(path+"/"+f.Name, x, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// dotted writes a path as people do: A.B, not /A/B.
func dotted(path string) string {
	out := []byte(path[1:])
	for i, c := range out {
		if c == '/' {
			out[i] = '.'
		}
	}
	return string(out)
}

func (d decoder) value(path string, x any, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface:
		v.Set(reflect.ValueOf(x))
		return nil
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(path, x, v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return d.time(path, x, v)
		}
		m, ok := x.(map[string]any)
		if !ok {
			return invalid(path, "expected type: JSONObject, found: %s", kindName(x))
		}
		return d.object(path, m, v)
	case reflect.Map:
		m, ok := x.(map[string]any)
		if !ok {
			return invalid(path, "expected type: JSONObject, found: %s", kindName(x))
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), len(m)))
		for key, item := range m {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := d.value(path+"/"+key, item, e); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
		}
		return nil
	case reflect.Slice:
		l, ok := x.([]any)
		if !ok {
			return invalid(path, "expected type: JSONArray, found: %s", kindName(x))
		}
		v.Set(reflect.MakeSlice(v.Type(), len(l), len(l)))
		for i, item := range l {
			if err := d.value(path+"/"+strconv.Itoa(i), item, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	default:
		return d.scalar(path, x, v)
	}
}

func (d decoder) time(path string, x any, v reflect.Value) error {
	s, _ := x.(string)
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return invalid(path, "[%s] is not a valid date-time", s)
	}
	v.Set(reflect.ValueOf(at))
	return nil
}

func (d decoder) scalar(path string, x any, v reflect.Value) error {
	s, ok := scalarText(x)
	if !ok {
		return invalid(path, "expected type: %s, found: %s", wanted(v.Kind()), kindName(x))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return invalid(path, "expected type: Boolean, found: String")
		}
		v.SetBool(b)
	case reflect.Int32, reflect.Int64, reflect.Int:
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			return invalid(path, "expected type: Integer, found: String")
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return invalid(path, "expected type: Number, found: String")
		}
		v.SetFloat(n)
	default:
		return &UnsupportedError{Type: d.typeName, Path: dotted(path)}
	}
	return nil
}

func scalarText(x any) (string, bool) {
	switch x := x.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	default:
		return "", false
	}
}

func kindName(x any) string {
	switch x.(type) {
	case map[string]any:
		return "JSONObject"
	case []any:
		return "JSONArray"
	case bool:
		return "Boolean"
	case json.Number:
		return "Number"
	default:
		return "String"
	}
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "Boolean"
	case reflect.String:
		return "String"
	default:
		return "Number"
	}
}

// text writes a property that is an object or a string as JSON text. It does not escape <, since documents have a size
// limit.
func text(x any) (string, error) {
	if s, ok := x.(string); ok {
		return s, nil
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(x); err != nil {
		return "", fmt.Errorf("write property: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
