package eval

import (
	"slices"
	"strconv"

	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/inflect"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

type compiler struct {
	*Program
	keys map[string]*spelled
}

// Compile prepares a file for evaluation.
func Compile(f *syntax.File) *Program {
	p := &Program{File: f, dialect: f.Dialect, byName: map[string]*group{}, params: map[string]*rule{}, symbols: map[string]int{}}
	c := &compiler{Program: p, keys: map[string]*spelled{}}
	for _, r := range f.Params {
		p.params[r.Name] = &rule{src: r} // the last of a name is in force
	}
	sources := f.Rules
	if f.Default != nil {
		sources = append([]*syntax.Rule{f.Default}, f.Rules...)
	}
	for i, r := range sources {
		made := &rule{src: r, index: i}
		p.rules = append(p.rules, made)
		if r == f.Default && f.Dialect == syntax.DialectV3 {
			continue // 3.x names it FILE/default, which no rule can refer to
		}
		g := p.byName[r.Name]
		if g == nil {
			g = &group{index: len(p.byName)}
			p.byName[r.Name] = g
		}
		g.rules = append(g.rules, made)
	}
	p.lets = c.lets(f.Lets)
	for _, r := range p.params {
		c.rule(r)
	}
	for _, r := range p.rules {
		c.rule(r)
	}
	p.roots = make([]*let, len(p.symbols))
	for _, l := range p.lets {
		p.roots[l.symbol] = l
	}
	return p
}

func (c *compiler) symbol(name string) int {
	n, ok := c.symbols[name]
	if !ok {
		n = len(c.symbols)
		c.symbols[name] = n
	}
	return n
}

func (c *compiler) rule(r *rule) {
	for _, name := range r.src.Params {
		r.params = append(r.params, c.symbol(name))
	}
	r.when = c.lines(r.src.When)
	r.body = c.block(r.src.Body)
}

func (c *compiler) block(b *syntax.Block) *block {
	return &block{lets: c.lets(b.Lets), lines: c.lines(b.Clauses)}
}

func (c *compiler) lets(src []*syntax.Let) []*let {
	var out []*let
	at := map[int]*let{}
	for _, s := range src {
		n := c.symbol(s.Name)
		l := at[n]
		if l == nil {
			l = &let{symbol: n}
			at[n] = l
			out = append(out, l)
		}
		switch v := s.Value.(type) {
		case *syntax.Literal:
			l.literal = []result{{value: c.value(v), kind: literal}}
		case *syntax.FuncCall:
			l.call = c.call(v)
		case *syntax.Query:
			l.query = c.query(v)
		}
	}
	return out
}

func (c *compiler) lines(src syntax.Conditions) lines {
	out := make(lines, len(src))
	for i, line := range src {
		out[i] = make([]clause, len(line))
		for j, cl := range line {
			out[i][j] = c.clause(cl)
		}
	}
	return out
}

func (c *compiler) clause(src syntax.Clause) clause {
	switch s := src.(type) {
	case *syntax.Check:
		k := &check{src: s, query: c.query(s.Query)}
		last := &k.query.parts[len(k.query.parts)-1]
		k.onQuery = last.kind == syntax.PartFilter || last.kind == syntax.PartKeysFilter || last.isVar && len(k.query.parts) == 1
		if s.Right != nil {
			k.right = c.operand(s.Right, literal)
		}
		return k
	case *syntax.RuleRef:
		return &ruleRef{src: s, group: c.byName[s.Name]}
	case *syntax.Call:
		k := &ruleCall{src: s, target: c.params[s.Name]}
		for _, a := range s.Args {
			k.args = append(k.args, c.operand(a, resolved)) // a literal argument is no literal inside
		}
		return k
	case *syntax.BlockClause:
		return &blockClause{src: s, query: c.query(s.Query), body: c.block(s.Body)}
	case *syntax.WhenBlock:
		return &whenBlock{src: s, when: c.lines(s.When), body: c.block(s.Body)}
	case *syntax.TypeBlock:
		return &typeBlock{src: s, when: c.lines(s.When), query: c.query(typeQuery(s)), body: c.block(s.Body)}
	}
	return nil
}

// typeQuery is what a type block stands for: Resources.*[ Type == 'TYPE' ].
func typeQuery(s *syntax.TypeBlock) *syntax.Query {
	at := s.TypeSpan
	typ := &syntax.Check{
		Span: at, OpSpan: at, Op: syntax.OpEq,
		Query: &syntax.Query{Span: at, Parts: []syntax.Part{{Span: at, Kind: syntax.PartKey, Name: "Type"}}},
		Right: &syntax.Literal{Span: at, Kind: syntax.LiteralString, Text: s.Type},
	}
	return &syntax.Query{Span: at, Parts: []syntax.Part{
		{Span: at, Kind: syntax.PartKey, Name: "Resources"},
		{Span: at, Kind: syntax.PartAllValues},
		{Span: at, Kind: syntax.PartFilter, Filter: syntax.Conditions{{typ}}},
	}}
}

func (c *compiler) operand(e syntax.Expr, kind resultKind) operand {
	switch e := e.(type) {
	case *syntax.Literal:
		return operand{literal: []result{{value: c.value(e), kind: kind}}}
	case *syntax.FuncCall:
		return operand{call: c.call(e)}
	case *syntax.Query:
		return operand{query: c.query(e)}
	}
	return operand{}
}

func (c *compiler) call(src *syntax.FuncCall) *call {
	k := &call{src: src}
	for _, a := range src.Args {
		k.args = append(k.args, c.operand(a, literal))
	}
	return k
}

func (c *compiler) query(src *syntax.Query) *query {
	q := &query{src: src, some: src.Some, parts: make([]part, len(src.Parts))}
	for i := range src.Parts {
		s := &src.Parts[i]
		p := &q.parts[i]
		p.kind, p.name, p.index = s.Kind, s.Name, magnitude(int(s.Index))
		switch s.Kind {
		case syntax.PartKey:
			c.key(p, s)
		case syntax.PartFilter:
			p.filter = c.lines(s.Filter)
		case syntax.PartKeysFilter:
			p.keys, p.with = s.Keys, c.operand(s.Keys.With, literal)
		}
		// A name before a filter on keys is read and never bound.
		if s.Name != "" && s.Kind != syntax.PartKey && s.Kind != syntax.PartKeysFilter {
			p.symbol = c.symbol(s.Name)
			c.captures = true
		}
	}
	return q
}

func (c *compiler) key(p *part, s *syntax.Part) {
	if name, ok := s.Variable(); ok {
		p.isVar, p.symbol = true, c.symbol(name)
		return
	}
	// A name that reads as a number is an index, even in quotes and on maps.
	if s.Name != "" && s.Name[0] <= '9' {
		if n, err := strconv.ParseInt(s.Name, 10, 32); err == nil {
			p.isIndex, p.index = true, magnitude(int(n))
			return
		}
	}
	known, ok := c.keys[s.Name]
	if !ok {
		known = spell(s.Name)
		c.keys[s.Name] = known
	}
	p.spelled = known
}

// spell prepares the other spellings of a name.
func spell(name string) *spelled {
	s := &spelled{all: inflect.Spellings(name)}
	for i, word := range s.all {
		if word != name && !slices.Contains(s.all[:i], word) {
			s.tries = append(s.tries, int8(i))
		}
	}
	return s
}

// magnitude drops the sign of an index: [-1] is the second element.
func magnitude(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// value turns a literal into a value.
func (c *compiler) value(l *syntax.Literal) *doc.Value {
	switch l.Kind {
	case syntax.LiteralString:
		return doc.NewString(l.Text)
	case syntax.LiteralRegex:
		return doc.NewRegex(l.Text, l.Match)
	case syntax.LiteralBool:
		return doc.NewBool(l.Bool)
	case syntax.LiteralInt:
		return doc.NewInt(l.Int)
	case syntax.LiteralFloat:
		return doc.NewFloat(l.Num)
	case syntax.LiteralChar:
		return doc.NewChar(l.Rune)
	case syntax.LiteralList, syntax.LiteralMap:
		items := make([]*doc.Value, len(l.Items))
		for i, it := range l.Items {
			items[i] = c.value(it)
		}
		if l.Kind == syntax.LiteralMap {
			return doc.NewMap(l.Keys, items)
		}
		return doc.NewList(items)
	case syntax.LiteralRangeInt, syntax.LiteralRangeFloat, syntax.LiteralRangeChar:
		return doc.NewRange(c.value(l.Items[0]), c.value(l.Items[1]), l.LowIn, l.HighIn)
	}
	return doc.NewNull()
}
