package configsql

import (
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"strings"
)

// group is one row of an aggregated result.
type group struct {
	keys  []Value // by q.groups
	tally []tally // by the query's aggregate functions
}

// tally is the running state of one aggregate function. It counts values: of a property in a list, each element.
// UNCONFIRMED: AWS's pages do not say what aggregates of list properties count.
type tally struct {
	n        int64
	numbers  int64
	sum      float64
	min, max Value
}

func (t *tally) add(v Value) {
	if t.n == 0 || v.order(t.min) < 0 {
		t.min = v
	}
	if t.n == 0 || v.order(t.max) > 0 {
		t.max = v
	}
	t.n++
	if v.kind == kindNumber {
		t.numbers++
		t.sum += v.num
	}
}

// result is the function's value; false if it has none (a minimum of nothing).
func (t *tally) result(fn string) (Value, bool) {
	switch fn {
	case "COUNT":
		return Number(float64(t.n)), true
	case "SUM":
		return Number(t.sum), true
	case "AVG":
		return Number(t.sum / float64(max(t.numbers, 1))), t.numbers > 0
	case "MIN":
		return t.min, t.n > 0
	default:
		return t.max, t.n > 0
	}
}

// grouping is one run of an aggregated query.
type grouping struct {
	e    *Evaluator
	fns  []field
	byID map[string]*group
	list []*group

	touched []*group           // groups of the row at hand, each once
	keys    [maxGroups]Value   // grouping values at hand
	values  [maxGroups][]Value // all values of each grouping property of the row
	id      []byte
}

// grouped collects all groups, then yields them in order. A row whose grouping property is a list belongs to the
// group of each element; a row without the property belongs to none.
// UNCONFIRMED: AWS's pages show grouping by scalars only.
func (e *Evaluator) grouped(rows iter.Seq[Row]) iter.Seq[string] {
	return func(yield func(string) bool) {
		g := &grouping{e: e, fns: e.q.functions(), byID: map[string]*group{}}
		if len(e.q.groups) == 0 {
			g.enter(0) // the count of nothing is a result too
		}
		for r := range rows {
			if !e.Match(r) {
				continue
			}
			for i, f := range e.q.groups {
				g.values[i] = r.Values(f.path, g.values[i][:0])
			}
			g.touched = g.touched[:0]
			g.enter(0)
			g.count(r)
		}
		slices.SortFunc(g.list, func(a, b *group) int { return e.q.compareGroups(g.fns, a, b) })
		for _, x := range g.list {
			if !yield(e.groupRow(g.fns, x)) {
				return
			}
		}
	}
}

// enter touches the group of each combination of the row's grouping values, from the given property on.
func (g *grouping) enter(depth int) {
	if depth < len(g.e.q.groups) {
		for _, v := range g.values[depth] {
			g.keys[depth] = v
			g.enter(depth + 1)
		}
		return
	}
	keys := g.keys[:depth]
	g.id = g.id[:0]
	for _, v := range keys {
		g.id = append(g.id, byte(v.kind))
		g.id = binary.BigEndian.AppendUint64(g.id, math.Float64bits(v.num))
		g.id = binary.AppendUvarint(g.id, uint64(len(v.text)))
		g.id = append(g.id, v.text...)
	}
	x := g.byID[string(g.id)]
	if x == nil {
		x = &group{keys: slices.Clone(keys), tally: make([]tally, len(g.fns))}
		g.byID[string(g.id)] = x
		g.list = append(g.list, x)
	}
	if !slices.Contains(g.touched, x) {
		g.touched = append(g.touched, x)
	}
}

// count adds a row to its groups.
func (g *grouping) count(r Row) {
	for i, f := range g.fns {
		if f.path == "*" {
			for _, x := range g.touched {
				x.tally[i].n++
			}
			continue
		}
		for _, v := range g.e.values(r, f.path) {
			for _, x := range g.touched {
				x.tally[i].add(v)
			}
		}
	}
}

// functions are the aggregate functions of SELECT and ORDER BY, each once.
func (q *Query) functions() []field {
	var out []field
	for _, f := range q.fields {
		if f.fn != "" {
			out = append(out, f)
		}
	}
	return out
}

// compareGroups sorts by ORDER BY, then by the groups' own values, which makes the order total.
func (q *Query) compareGroups(fns []field, a, b *group) int {
	for _, k := range q.order {
		var va, vb Value
		hasA, hasB := true, true
		if i := slices.IndexFunc(fns, func(f field) bool { return f.name == k.name }); i >= 0 {
			va, hasA = a.tally[i].result(k.fn)
			vb, hasB = b.tally[i].result(k.fn)
		} else if i := slices.IndexFunc(q.groups, func(g field) bool { return g.path == k.path }); i >= 0 {
			va, vb = a.keys[i], b.keys[i]
		}
		if c := k.compare(va, hasA, vb, hasB); c != 0 {
			return c
		}
	}
	return slices.CompareFunc(a.keys, b.keys, Value.order)
}

// groupRow writes the result of one group.
func (e *Evaluator) groupRow(fns []field, g *group) string {
	e.out = e.q.shape.append(e.out[:0], func(name string) (any, bool) {
		if i := slices.IndexFunc(fns, func(f field) bool { return f.name == name }); i >= 0 {
			v, ok := g.tally[i].result(fns[i].fn)
			if ok && fns[i].fn == "COUNT" {
				return count(g.tally[i].n), true
			}
			return v.tree(), ok
		}
		tree := map[string]any{}
		for i, f := range e.q.groups {
			if top, _, _ := strings.Cut(f.path, "."); top == name {
				put(tree, strings.Split(f.path, "."), g.keys[i].tree())
			}
		}
		v, ok := tree[name]
		return v, ok
	})
	return string(e.out)
}

// put sets a leaf of a tree of objects.
func put(tree map[string]any, path []string, leaf any) {
	for _, name := range path[:len(path)-1] {
		child, ok := tree[name].(map[string]any)
		if !ok {
			child = map[string]any{}
			tree[name] = child
		}
		tree = child
	}
	tree[path[len(path)-1]] = leaf
}
