package wire

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// parseText reads a scalar from the text that labels, query strings, headers and forms carry.
func parseText(sh *shape, v reflect.Value, text string) error {
	switch sh.kind {
	case kindString:
		sh.set(v).SetString(text)
	case kindBool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is not true or false", text)
		}
		sh.set(v).SetBool(text == "true")
	case kindInt:
		n, err := strconv.ParseInt(text, 10, sh.goType.Bits())
		if err != nil {
			return fmt.Errorf("%q is not an Integer", text)
		}
		sh.set(v).SetInt(n)
	case kindFloat:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a Double", text)
		}
		sh.set(v).SetFloat(f)
	case kindTime:
		t, err := smithytime.ParseDateTime(text)
		if err != nil {
			return fmt.Errorf("%q is not a timestamp", text)
		}
		sh.set(v).Set(reflect.ValueOf(t))
	case kindBlob:
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("%q is not base64", text)
		}
		setBlob(sh, v, b)
	default:
		return fmt.Errorf("text can not be converted to %s", kindName(sh.kind))
	}
	return nil
}

// formatText writes a scalar as headers and XML carry it: timestamps in ISO 8601, blobs in base64.
func formatText(sh *shape, v reflect.Value) (string, error) {
	v = sh.get(v)
	switch sh.kind {
	case kindString:
		return v.String(), nil
	case kindBool:
		return strconv.FormatBool(v.Bool()), nil
	case kindInt:
		return strconv.FormatInt(v.Int(), 10), nil
	case kindFloat:
		f := v.Float()
		if math.IsInf(f, 0) {
			return map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0], nil
		}
		return strconv.FormatFloat(f, 'g', -1, 64), nil
	case kindTime:
		t, _ := reflect.TypeAssert[time.Time](v)
		return smithytime.FormatDateTime(t), nil
	case kindBlob:
		return base64.StdEncoding.EncodeToString(v.Bytes()), nil
	default:
		return "", fmt.Errorf("%v is not a scalar", sh.goType)
	}
}
