// Package count writes numbers together with what they count: "1 function",
// "2 functions".
package count

import (
	"strconv"
	"strings"
)

// Of writes n and its noun, in the plural unless n is 1. The noun is English and
// regular: "entry" becomes "entries", "alias" "aliases".
func Of(n int, noun string) string {
	if n != 1 {
		noun = plural(noun)
	}
	return strconv.Itoa(n) + " " + noun
}

// Word is the word that agrees with n: Word(n, "uses", "use"), Word(n, "is", "are").
func Word(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func plural(noun string) string {
	switch before, y := strings.CutSuffix(noun, "y"); {
	case y && !strings.ContainsAny(before[max(0, len(before)-1):], "aeiou"):
		return before + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "sh"):
		return noun + "es"
	}
	return noun + "s"
}
