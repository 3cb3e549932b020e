package enforce

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/move"
)

// moveLines say what a move does, Region by Region, for people.
func moveLines(m move.Move) []string {
	var out []string
	for _, region := range slices.Sorted(maps.Keys(m.Regions)) {
		r, ok := m.In(region)
		if !ok {
			continue
		}
		from := "every other version"
		if r.Old != nil {
			from = "version " + numbers(r.Old)
		}
		line := fmt.Sprintf("%s in %s: %s → version %d", m.Layer.Name, region, from, r.New.Number)
		if len(r.Also) > 0 {
			line += "; version " + numbers(r.Also) + " is right too"
		}
		out = append(out, line)
	}
	return out
}

func numbers(list []int64) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(out, ", ")
}
