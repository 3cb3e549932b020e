package eval

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

func (r result) stuck(onRight bool) *Stuck {
	s := &Stuck{At: r.value, OnRight: onRight}
	if r.query == nil {
		return s
	}
	s.Query, s.Part = r.query.src, int(r.part)
	p := &r.query.parts[r.part]
	kind := r.value.Kind()
	switch r.reason {
	case noKey:
		s.Reason = fmt.Sprintf("no property %s", p.name)
		s.Nearest = nearest(p.name, r.value)
	case notMap:
		s.Reason = fmt.Sprintf("a %s has no property %s", kind, p.name)
		if p.kind == syntax.KeysFilter {
			s.Reason = fmt.Sprintf("a %s has no keys", kind)
		}
	case notList:
		s.Reason = fmt.Sprintf("a %s has no elements", kind)
	case outOfRange:
		s.Reason = fmt.Sprintf("the list has only %d elements", r.value.Len())
	case noElements:
		s.Reason = fmt.Sprintf("the %s is empty", kind)
	case notFilterable:
		s.Reason = fmt.Sprintf("a %s cannot be filtered", kind)
	case noInterpolated:
		s.Reason = fmt.Sprintf("no property of the name that %s holds", p.name)
	case unresolvedName:
		s.Reason = fmt.Sprintf("%s holds no name", p.name)
	}
	return s
}

// nearest finds the member whose name is most like a name, if any is.
func nearest(name string, v *doc.Value) string {
	best, found := 1+len(name)/3, ""
	for i := range v.Len() {
		key := v.At(i).Key()
		if d := distance(strings.ToLower(name), strings.ToLower(key), best); d < best || d == best && found == "" && d < len(name) {
			best, found = d, key
		}
	}
	return found
}

// distance counts the edits between two words, up to a little over limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
