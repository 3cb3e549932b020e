// Package rust reads texts as Rust's standard library does, which the engines of
// Guard are written with.
package rust

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// ParseFloat reads what str::parse::<f64> reads: numbers, and the words inf,
// infinity and nan in any case; no hexadecimal, no underscores.
func ParseFloat(s string) (float64, bool) {
	unsigned := strings.TrimLeft(s, "+-")
	if len(s)-len(unsigned) > 1 {
		return 0, false
	}
	switch strings.ToLower(unsigned) {
	case "inf", "infinity":
		return math.Inf(1 - 2*strings.Count(s[:1], "-")), true
	case "nan":
		return math.NaN(), true
	}
	if unsigned == "" || strings.Trim(unsigned, "0123456789.eE+-") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, true
}
