package recording

import (
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/configsql"
)

var _ configsql.Row = (*State)(nil)

// Values implements [configsql.Row]. Most properties that fleets are searched by are read from the record, without
// building a tree.
func (s *State) Values(path string, into []configsql.Value) []configsql.Value {
	p := find(path)
	switch {
	case p == nil:
	case p.scalars != nil:
		return p.scalars(s, into)
	case p.text != nil:
		return text(p.text(s), into)
	case p.number != nil:
		return append(into, configsql.Number(float64(p.number(s))))
	}
	top, _, _ := strings.Cut(path, ".")
	return configsql.Document(s.item(top, true)).Values(path, into)
}

// Property implements [configsql.Row].
func (s *State) Property(name string) (any, bool) {
	if p := find(name); p != nil {
		v := p.in(s, true)
		return v, v != nil
	}
	v, ok := s.item(name+".", true)[name]
	return v, ok
}

func text(v string, into []configsql.Value) []configsql.Value {
	if v == "" {
		return into
	}
	return append(into, configsql.String(v))
}

func architecture(s *State, into []configsql.Value) []configsql.Value {
	return text(s.Record.Arch, into)
}

func layerARNs(s *State, into []configsql.Value) []configsql.Value {
	for i := range s.Record.Layers {
		into = append(into, configsql.String(s.Record.Layers[i].ARN))
	}
	return into
}

func tagKeys(s *State, into []configsql.Value) []configsql.Value {
	for k := range s.Record.Tags {
		into = append(into, configsql.String(k))
	}
	return into
}

func tagPairs(s *State, into []configsql.Value) []configsql.Value {
	for k, v := range s.Record.Tags {
		into = append(into, configsql.String(k+"="+v))
	}
	return into
}

// Candidates are the resources that may match a query, by name: those of an index where the query asks for certain
// values of a property that has one, and all others.
func (st *Store) Candidates(q *configsql.Query) []*Resource {
	for _, by := range []index{byName, byLayer} {
		for i := range properties {
			if properties[i].index != by {
				continue
			}
			if wanted, ok := q.Wanted(properties[i].path); ok {
				return st.indexed(by, wanted)
			}
		}
	}
	return st.All()
}

// indexed are the resources that have one of the values, and others that once had it, by name.
func (st *Store) indexed(by index, values []string) []*Resource {
	if by == byLayer && len(values) == 1 {
		return st.EverUsing(values[0])
	}
	var out []*Resource
	for _, v := range values {
		if by == byLayer {
			out = append(out, st.EverUsing(v)...)
		} else if r, ok := st.Find(v); ok {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, compareNames)
	return slices.Compact(out)
}
