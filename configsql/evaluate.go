package configsql

import (
	"cmp"
	"iter"
	"slices"
)

// Evaluator runs a query. It keeps buffers between rows, so one goroutine uses it at a time.
type Evaluator struct {
	q   *Query
	buf []Value
	out []byte
}

// Evaluate makes an evaluator.
func (q *Query) Evaluate() *Evaluator { return &Evaluator{q: q} }

func (e *Evaluator) values(r Row, path string) []Value {
	e.buf = r.Values(path, e.buf[:0])
	return e.buf
}

// Match says whether a row passes WHERE.
func (e *Evaluator) Match(r Row) bool { return e.q.where == nil || e.q.where.match(e, r) }

// Row is the result for a row of a query that is not [Query.Aggregated]: a JSON object of the selected properties,
// nested as in the item. Properties that the row does not have are left out.
func (e *Evaluator) Row(r Row) string {
	e.out = e.q.shape.append(e.out[:0], r.Property)
	return string(e.out)
}

// Results runs the whole query: rows are filtered, then projected in the order they come or as ORDER BY says;
// an aggregated query yields its groups, sorted by their properties if ORDER BY says nothing.
func (e *Evaluator) Results(rows iter.Seq[Row]) iter.Seq[string] {
	switch {
	case e.q.Aggregated():
		return e.grouped(rows)
	case e.q.Ordered():
		return e.sorted(rows)
	}
	return func(yield func(string) bool) {
		for r := range rows {
			if e.Match(r) && !yield(e.Row(r)) {
				return
			}
		}
	}
}

// sorted holds the matching rows, not their results, until all are seen.
func (e *Evaluator) sorted(rows iter.Seq[Row]) iter.Seq[string] {
	return func(yield func(string) bool) {
		type entry struct {
			row  Row
			keys []Value
			has  []bool
		}
		var all []entry
		for r := range rows {
			if !e.Match(r) {
				continue
			}
			x := entry{row: r, keys: make([]Value, len(e.q.order)), has: make([]bool, len(e.q.order))}
			for i, k := range e.q.order {
				x.keys[i], x.has[i] = k.of(e.values(r, k.path))
			}
			all = append(all, x)
		}
		slices.SortStableFunc(all, func(a, b entry) int {
			for i, k := range e.q.order {
				if c := k.compare(a.keys[i], a.has[i], b.keys[i], b.has[i]); c != 0 {
					return c
				}
			}
			return 0
		})
		for _, x := range all {
			if !yield(e.Row(x.row)) {
				return
			}
		}
	}
}

// of is what a row sorts by: of several values the first in the key's direction.
func (k key) of(values []Value) (Value, bool) {
	if len(values) == 0 {
		return Value{}, false
	}
	if k.descending {
		return slices.MaxFunc(values, Value.order), true
	}
	return slices.MinFunc(values, Value.order), true
}

// compare sorts missing values last in both directions. UNCONFIRMED: where AWS puts them.
func (k key) compare(a Value, hasA bool, b Value, hasB bool) int {
	if hasA != hasB || !hasA {
		return cmp.Compare(rank(hasA), rank(hasB))
	}
	if k.descending {
		return b.order(a)
	}
	return a.order(b)
}

func rank(has bool) int {
	if has {
		return 0
	}
	return 1
}
