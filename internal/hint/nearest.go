package hint

import (
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// DidYouMean asks for the name nearest to the one typed; "" when none is near.
func DidYouMean(typed string, names []string) string {
	if near := Nearest(typed, names); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Nearest is the name that differs least from the one typed, if at most a third of
// its letters and one more do, or else the only one that begins with it; "" when there
// is none. Upper and lower case are the same here.
func Nearest(typed string, names []string) string {
	typed = strings.ToLower(typed)
	best, least := "", utf8.RuneCountInString(typed)/3+2
	for _, name := range names {
		if d := levenshtein.ComputeDistance(typed, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	if best != "" || typed == "" {
		return best
	}
	for _, name := range names {
		switch {
		case !strings.HasPrefix(strings.ToLower(name), typed):
		case best != "":
			return "" // several
		default:
			best = name
		}
	}
	return best
}
