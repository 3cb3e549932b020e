package hint

import (
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Nearest is the name that differs least from the one typed, if at most a third of
// its letters and one more do; else "". Upper and lower case are the same here.
func Nearest(typed string, names []string) string {
	typed = strings.ToLower(typed)
	best, least := "", utf8.RuneCountInString(typed)/3+2
	for _, name := range names {
		if d := levenshtein.ComputeDistance(typed, strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}
