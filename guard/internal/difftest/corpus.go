package difftest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// vocabulary is what a rule file speaks of.
type vocabulary struct {
	paths    [][]string // the names that queries go along; "*" for elements
	literals []string   // as JSON
	types    []string
}

// Documents writes n templates that have what the queries of a rule file ask
// for, or nearly.
func Documents(rules string, d guard.Dialect, seed uint64, n int) ([]string, error) {
	f, err := syntax.Parse(rules, syntax.Options{Dialect: d})
	if err != nil {
		return nil, err
	}
	v := read(f)
	const stream = 7
	g := &writer{Rand: rand.New(rand.NewPCG(seed, stream)), vocabulary: v} //nolint:gosec // repeatable on purpose
	out := make([]string, n)
	for i := range out {
		out[i] = g.template()
	}
	return out, nil
}

func read(f *syntax.File) vocabulary {
	v := vocabulary{literals: []string{`true`, `false`, `"x"`, `1`, `{}`, `[]`, `{"Ref":"x"}`}}
	syntax.Visitor{
		Query: func(q *syntax.Query, _ syntax.Place) {
			var path []string
			for i := range q.Parts {
				p := &q.Parts[i]
				if _, isVar := p.Variable(); p.Kind == syntax.PartKey && !isVar && p.Name != "Resources" {
					path = append(path, p.Name)
				} else if p.Kind == syntax.PartAllIndices && !p.Implied || p.Kind == syntax.PartIndex || p.Kind == syntax.PartFilter {
					path = append(path, "*")
				}
			}
			if len(path) > 0 {
				v.paths = append(v.paths, path)
			}
		},
		Expr: func(e syntax.Expr, _ syntax.Place) { v.literal(e) },
	}.Walk(f)
	for _, l := range v.literals {
		if strings.Count(l, "::") >= 2 {
			v.types = append(v.types, l)
		}
	}
	v.types = append(v.types, `"AWS::Other::Type"`)
	return v
}

func (v *vocabulary) literal(e syntax.Expr) {
	l, ok := e.(*syntax.Literal)
	if !ok {
		return
	}
	switch l.Kind {
	case syntax.LiteralString:
		v.literals = append(v.literals, strconv.Quote(l.Text))
	case syntax.LiteralRegex:
		v.literals = append(v.literals, strconv.Quote(strings.Trim(l.Text, "^$")))
	case syntax.LiteralInt:
		v.literals = append(v.literals, fmt.Sprint(l.Int), fmt.Sprint(l.Int+1))
	case syntax.LiteralList:
		for _, it := range l.Items {
			v.literal(it)
		}
	}
}

type writer struct {
	*rand.Rand
	vocabulary
}

func (w *writer) pick(words []string) string { return words[w.IntN(len(words))] }

func (w *writer) template() string {
	members := make([]string, w.IntN(4))
	for i := range members {
		members[i] = fmt.Sprintf(`"Res%d": {"Type": %s, "Properties": %s}`, i, w.pick(w.types), w.object(3))
	}
	return `{"Resources": {` + strings.Join(members, ", ") + `}}`
}

// object holds some of the things that queries go along.
func (w *writer) object(depth int) string {
	seen := map[string]string{}
	for range 1 + w.IntN(8) {
		if len(w.paths) == 0 {
			break
		}
		path := w.paths[w.IntN(len(w.paths))]
		at := w.IntN(len(path))
		if path[at] != "*" && path[at] != "Properties" && path[at] != "Type" {
			seen[path[at]] = w.value(path[at+1:], depth)
		}
	}
	names := make([]string, 0, len(seen))
	for k := range seen {
		names = append(names, k)
	}
	sort.Strings(names)
	for i, k := range names {
		names[i] = strconv.Quote(k) + ": " + seen[k]
	}
	return "{" + strings.Join(names, ", ") + "}"
}

func (w *writer) value(rest []string, depth int) string {
	switch {
	case depth == 0 || w.IntN(4) == 0 || len(rest) == 0 && w.IntN(3) > 0:
		return w.pick(w.literals)
	case len(rest) > 0 && rest[0] == "*":
		items := make([]string, w.IntN(3))
		for i := range items {
			items[i] = w.value(rest[1:], depth-1)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case len(rest) > 0 && w.IntN(2) == 0:
		return "{" + strconv.Quote(rest[0]) + ": " + w.value(rest[1:], depth-1) + "}"
	}
	return w.object(depth - 1)
}
