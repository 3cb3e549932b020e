package watch

import (
	"context"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// Source reads a pair. A [Reader] is one.
type Source interface {
	Read(ctx context.Context, c Change) (Reading, error)
}

// Inspect reads the pairs of changes and judges them, in their order. A pair that refuses or fails is not covered; it
// does not end the others. progress hears of each pair.
func Inspect(ctx context.Context, s Source, clock access.Clock, changes []Change, progress func(done, total int)) ([]Pair, error) {
	out := make([]Pair, len(changes))
	err := parallel.Each(ctx, len(changes), concurrency, progress, func(ctx context.Context, i int) error {
		c := changes[i]
		reading, err := s.Read(ctx, c)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			out[i] = Pair{Pair: c.Pair, Outcomes: []Outcome{}, NotCovered: &fleet.Reason{Code: why(err), Detail: access.Message(err)}}
		default:
			out[i] = Judge(c, reading, clock.Now())
		}
		return nil
	})
	return out, err
}

// followEvery is how often open pairs are read, in AWS's time.
const followEvery = 15 * time.Second

// Follow inspects pairs until no function of them is open, or until they were open for limit of AWS's time. Pairs
// without open functions are not read again. After each look notify is told of all pairs; it may do what is owed, such
// as asking for evaluation, and ends following by an error. The first look is made in any case.
func Follow(ctx context.Context, s Source, clock access.Clock, changes []Change, limit time.Duration, notify func([]Pair) error) ([]Pair, error) {
	start := clock.Now()
	all, err := Inspect(ctx, s, clock, changes, func(int, int) {})
	for err == nil {
		if err = notify(all); err != nil {
			return all, err
		}
		open := openIn(all)
		if len(open) == 0 || clock.Now().Sub(start) >= limit {
			return all, nil
		}
		if err = clock.Sleep(ctx, followEvery); err != nil {
			return all, err
		}
		again := make([]Change, len(open))
		for i, at := range open {
			again[i] = changes[at]
		}
		var seen []Pair
		if seen, err = Inspect(ctx, s, clock, again, func(int, int) {}); err != nil {
			return all, err
		}
		all = slices.Clone(all)
		for i, at := range open {
			all[at] = seen[i]
		}
	}
	return all, err
}

// openIn are the places of pairs with open functions.
func openIn(pairs []Pair) []int {
	var out []int
	for i, p := range pairs {
		if p.Counts.Open > 0 {
			out = append(out, i)
		}
	}
	return out
}

// Total sums the counts of pairs up, and says how many were not covered.
func Total(pairs []Pair) (total Counts, notCovered int) {
	for _, p := range pairs {
		total.Add(p.Counts)
		if p.NotCovered != nil {
			notCovered++
		}
	}
	return total, notCovered
}

// why is the reason code of a pair that could not be read.
func why(err error) fleet.Code {
	if access.Denied(err) {
		return fleet.RoleDenied
	}
	return fleet.Unreadable
}
