package fn

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/rust"
)

func cannot(v *doc.Value, to string) error {
	return fmt.Errorf("%s is not %s", v, to)
}

func digit(v *doc.Value) (int64, bool) {
	r := v.Rune()
	return int64(r - '0'), r >= '0' && r <= '9'
}

func parseInt(v *doc.Value) (*doc.Value, error) {
	switch v.Kind() {
	case doc.String:
		n, err := strconv.ParseInt(v.Text(), 10, 64)
		if err != nil {
			return nil, cannot(v, "an integer")
		}
		return doc.NewInt(n), nil
	case doc.Int:
		return doc.NewInt(v.Int()), nil
	case doc.Char:
		n, ok := digit(v)
		if !ok {
			return nil, cannot(v, "an integer")
		}
		return doc.NewInt(n), nil
	case doc.Float:
		return doc.NewInt(saturate(v.Float())), nil
	}
	return nil, nil //nolint:nilnil // nil drops the value
}

// saturate cuts off the fraction; what does not fit becomes the nearest
// integer that does, and NaN becomes 0.
func saturate(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func parseFloat(v *doc.Value) (*doc.Value, error) {
	switch v.Kind() {
	case doc.String:
		f, ok := rust.ParseFloat(v.Text())
		if !ok {
			return nil, cannot(v, "a float")
		}
		return doc.NewFloat(f), nil
	case doc.Int:
		return doc.NewFloat(float64(v.Int())), nil
	case doc.Float:
		return doc.NewFloat(v.Float()), nil
	case doc.Char:
		n, ok := digit(v)
		if !ok {
			return nil, cannot(v, "a float")
		}
		return doc.NewFloat(float64(n)), nil
	}
	return nil, nil //nolint:nilnil // nil drops the value
}

func parseBoolean(v *doc.Value) (*doc.Value, error) {
	switch v.Kind() {
	case doc.Bool:
		return doc.NewBool(v.Bool()), nil
	case doc.String:
		switch strings.ToLower(v.Text()) {
		case "true":
			return doc.NewBool(true), nil
		case "false":
			return doc.NewBool(false), nil
		}
		return nil, cannot(v, "a boolean")
	}
	return nil, nil //nolint:nilnil // nil drops the value
}

func parseString(v *doc.Value) (*doc.Value, error) {
	switch v.Kind() {
	case doc.String:
		return doc.NewString(v.Text()), nil
	case doc.Int:
		return doc.NewString(strconv.FormatInt(v.Int(), 10)), nil
	case doc.Float:
		return doc.NewString(strconv.FormatFloat(v.Float(), 'f', -1, 64)), nil
	case doc.Bool:
		return doc.NewString(strconv.FormatBool(v.Bool())), nil
	case doc.Char:
		return doc.NewString(string(v.Rune())), nil
	}
	return nil, nil //nolint:nilnil // nil drops the value
}

func parseChar(v *doc.Value) (*doc.Value, error) {
	switch v.Kind() {
	case doc.Int:
		if n := v.Int(); n >= 0 && n <= 9 {
			return doc.NewChar('0' + rune(n)), nil
		}
		return nil, cannot(v, "a character")
	case doc.String:
		s := v.Text()
		switch len(s) { // in bytes: characters beyond ASCII are refused
		case 0:
			return nil, nil //nolint:nilnil // nil drops the value
		case 1:
			return doc.NewChar(rune(s[0])), nil
		}
		return nil, cannot(v, "a character")
	case doc.Char:
		return doc.NewString(string(v.Rune())), nil
	}
	return nil, nil //nolint:nilnil // nil drops the value
}
