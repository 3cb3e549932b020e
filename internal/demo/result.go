package demo

import (
	"cmp"
	"slices"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Result is what a run did, as one value: the table, the JSON and the report are views of it.
type Result struct {
	FormatVersion string  `json:"format_version"`
	Seconds       float64 `json:"seconds"` // real time from the first call to the last
	// OutdatedBefore counts the functions that find listed: $LATEST on a version other than the wanted one.
	OutdatedBefore int `json:"outdated_before"`
	// Remediated are those of them that carry the wanted version now, in the same place of the same list.
	Remediated int `json:"remediated"`
	// Unchanged counts the functions, outdated or not, whose layer list is byte for byte what it was.
	Unchanged  int                `json:"unchanged"`
	Left       []Left             `json:"left"`
	NotCovered []fleet.NotCovered `json:"not_covered"`

	pairs  []pairLine
	points []point
	moves  []string
}

// Left is a function that is still outdated, and why.
type Left struct {
	fleet.Pair
	Function string `json:"function_name"`
	fleet.Reason
}

// Why is the reason as a sentence.
func (l Left) Why() string { return enforce.Why(l.Reason) }

// pairLine is one row of the closing table and one cell of the map.
type pairLine struct {
	fleet.Pair
	account                    string // name
	outdated, remediated, left int
	notCovered                 string // reason, or empty
}

// point is one moment of the curve.
type point struct {
	seconds  float64
	outdated int
}

// Line is one pair of the closing table.
type Line struct {
	fleet.Pair
	Name                  string // of the account
	Outdated, Moved, Left int    // not known of a pair that is not covered
	NotCovered            string // why, or empty
}

// Lines are the pairs in order.
func (r *Result) Lines() []Line {
	out := make([]Line, len(r.pairs))
	for i, l := range r.pairs {
		out[i] = Line{Pair: l.Pair, Name: l.account, Outdated: l.outdated, Moved: l.remediated, Left: l.left, NotCovered: l.notCovered}
	}
	return out
}

// line finds or makes the row of a pair.
func (r *Result) line(p fleet.Pair) *pairLine {
	i := slices.IndexFunc(r.pairs, func(l pairLine) bool { return l.Pair == p })
	if i < 0 {
		r.pairs = append(r.pairs, pairLine{Pair: p})
		i = len(r.pairs) - 1
	}
	return &r.pairs[i]
}

// sort puts everything in order of account, Region and name.
func (r *Result) sort() {
	slices.SortFunc(r.pairs, func(a, b pairLine) int { return a.Pair.Compare(b.Pair) })
	slices.SortFunc(r.Left, func(a, b Left) int {
		return cmp.Or(a.Pair.Compare(b.Pair), cmp.Compare(a.Function, b.Function))
	})
}
