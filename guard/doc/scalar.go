package doc

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/guard/internal/rust"
)

// plainCLI reads an unquoted scalar as "cfn-guard validate" does.
func plainCLI(s string, l Loader) Value {
	if l == LoadCLI2 {
		return plainCLI2(s)
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return *NewInt(n)
	}
	if f, ok := rust.ParseFloat(s); ok {
		return *NewFloat(f)
	}
	switch {
	case s == "true", s == "false":
		return *NewBool(s == "true")
	case s == "~", strings.EqualFold(s, "null"):
		return Value{}
	}
	return Value{kind: String, str: s}
}

// plainCLI2 knows numbers of digits alone, true and false; "null" and "-1" are
// text.
func plainCLI2(s string) Value {
	switch {
	case s == "true", s == "false":
		return *NewBool(s == "true")
	case s != "" && digits(s) == len(s):
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return *NewInt(n)
		}
		f, _ := rust.ParseFloat(s)
		return *NewFloat(f)
	}
	return Value{kind: String, str: s}
}

// plainCore reads an unquoted scalar by YAML's core schema, as serde_yaml 0.9
// does.
func plainCore(s string) (Value, error) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Value{}, nil
	case "true", "True", "TRUE":
		return *NewBool(true), nil
	case "false", "False", "FALSE":
		return *NewBool(false), nil
	}
	if v, ok, err := coreInt(s); ok || err != nil {
		return v, err
	}
	if leadingZero(s) {
		return Value{kind: String, str: s}, nil
	}
	switch unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-"); unsigned {
	case ".inf", ".Inf", ".INF":
		return *NewFloat(math.Inf(1 - 2*strings.Count(s[:1], "-"))), nil
	}
	switch s {
	case ".nan", ".NaN", ".NAN":
		return *NewFloat(math.NaN()), nil
	}
	if f, ok := rust.ParseFloat(s); ok && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return *NewFloat(f), nil
	}
	return Value{kind: String, str: s}, nil
}

// coreInt reads decimal, hexadecimal (0x), octal (0o) and binary (0b) numbers.
// From 2^63 on they wrap around, as in the engines; those that need more than 64
// but not more than 128 bits are errors, longer ones no integers.
func coreInt(s string) (v Value, ok bool, err error) {
	unsigned := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	if len(s)-len(unsigned) > 1 || unsigned == "" {
		return Value{}, false, nil
	}
	base := 10
	for prefix, b := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
		if strings.HasPrefix(unsigned, prefix) {
			base, unsigned = b, unsigned[len(prefix):]
		}
	}
	if base == 10 && leadingZero(s) || unsigned == "" || strings.ContainsAny(unsigned, "_+-") {
		return Value{}, false, nil
	}
	negative := strings.HasPrefix(s, "-")
	if n, err := strconv.ParseInt("-"+unsigned, base, 64); negative && err == nil {
		return *NewInt(n), true, nil
	}
	if n, err := strconv.ParseUint(unsigned, base, 64); !negative && err == nil {
		return Value{kind: Int, num: n}, true, nil
	}
	const most = 128
	if long, isNumber := new(big.Int).SetString(unsigned, base); isNumber && len(s) < most && long.BitLen() <= most {
		return Value{}, false, errors.New("number " + s + " does not fit 64 bits")
	}
	return Value{}, false, nil
}

// leadingZero reports whether a text looks like a number with a zero before
// it, which the core schema reads as text.
func leadingZero(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	return len(s) > 1 && s[0] == '0' && digits(s) == len(s)
}
