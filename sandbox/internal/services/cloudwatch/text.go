package cloudwatch

import (
	"strconv"
	"strings"
)

func itoa(n int32) string { return strconv.FormatInt(int64(n), 10) }

// thousands writes a number as 16,666.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// double writes a number as Java does: 2.0, 21.5.
func double(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
