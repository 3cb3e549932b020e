package resource

import (
	"maps"
	"slices"
)

// tag is a Tags element of most types.
type tag struct{ Key, Value string }

// tags are the stack's tags and the resource's own, which win, in order of key.
func tags[T any](s *Step, own []tag, of func(key, value string) T) []T {
	m := maps.Clone(s.Tags)
	if m == nil {
		m = map[string]string{}
	}
	for _, t := range own {
		m[t.Key] = t.Value
	}
	var out []T
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, of(k, m[k]))
	}
	return out
}

// retagged are the tags to set and the keys to remove for old to become next.
func retagged(old, next []tag) (set []tag, removed []string) {
	for _, t := range next {
		if !slices.Contains(old, t) {
			set = append(set, t)
		}
	}
	for _, t := range old {
		if !slices.ContainsFunc(next, func(n tag) bool { return n.Key == t.Key }) {
			removed = append(removed, t.Key)
		}
	}
	return set, removed
}
