package lint

import "github.com/layerfleet/layerfleet/guard/syntax"

// linter holds what is known of a file.
type linter struct {
	file    *syntax.File
	dialect syntax.Dialect
	root    *scope
	rules   map[string][]*syntax.Rule
	params  map[string]*syntax.Rule
	calls   map[string][]call // of parameterized rules, by name
	// captured are the names that queries capture; they are visible everywhere.
	captured map[string]bool
	// bound are all names that a let or parameter binds anywhere.
	bound map[string]bool
	// lists are the properties that the file treats as lists.
	lists map[string]bool
	found []Finding
}

type call struct {
	args []syntax.Expr
	from *scope
}

// place says what kind of conditions a clause is part of.
type place uint8

const (
	body place = iota
	condition
	filter
)

// scope is where a clause or query is.
type scope struct {
	parent *scope
	rule   *syntax.Rule
	lets   []*syntax.Let
	params []string
	place  place
	// inside is true if queries begin below the root of the document; rebased
	// if they begin elsewhere than in the scope around.
	inside, rebased bool
	// holds are the conditions that hold here or stand next to it, line the
	// alternatives of a clause.
	holds syntax.Conditions
	line  syntax.Line
}

func (s *scope) child() *scope {
	return &scope{parent: s, rule: s.rule, place: s.place, inside: s.inside}
}

func (s *scope) ruleName() string {
	if s.rule == nil {
		return ""
	}
	return s.rule.Name
}

// visit is called for every clause, query, literal, function call and let.
type visit func(node any, s *scope)

func newLinter(f *syntax.File, d syntax.Dialect) *linter {
	l := &linter{
		file: f, dialect: d, root: &scope{lets: f.Lets}, rules: map[string][]*syntax.Rule{}, params: map[string]*syntax.Rule{},
		calls: map[string][]call{}, captured: map[string]bool{}, bound: map[string]bool{}, lists: map[string]bool{},
	}
	for _, r := range f.Params {
		l.params[r.Name] = r
		for _, name := range r.Params {
			l.bound[name] = true
		}
	}
	for _, r := range f.Rules {
		l.rules[r.Name] = append(l.rules[r.Name], r)
	}
	if f.Default != nil && f.Dialect == syntax.DialectConfig {
		l.rules[f.Default.Name] = append(l.rules[f.Default.Name], f.Default)
	}
	l.walk(l.learn)
	delete(l.lists, resources) // those of a template are a map, whatever other Resources are
	return l
}

// learn collects what the checks need to know of the whole file.
func (l *linter) learn(node any, s *scope) {
	switch n := node.(type) {
	case *syntax.Let:
		l.bound[n.Name] = true
	case *syntax.Call:
		l.calls[n.Name] = append(l.calls[n.Name], call{n.Args, s})
	case *syntax.Check:
		if name, ok := l.lastKey(n.Query, s, 0); ok && n.Op == syntax.OpIsList && n.Not == n.Negated {
			l.lists[name] = true
		}
	case *syntax.Query:
		for i := range n.Parts {
			p := &n.Parts[i]
			if p.Name != "" && p.Kind != syntax.PartKey && p.Kind != syntax.PartKeysFilter {
				l.captured[p.Name] = true
			}
			if i > 0 && !p.Implied && p.Name == "" && (p.Kind == syntax.PartAllIndices || p.Kind == syntax.PartIndex) && property(&n.Parts[i-1]) {
				l.lists[n.Parts[i-1].Name] = true
			}
		}
	}
}

// property reports whether a part is a member by name.
func property(p *syntax.Part) bool {
	_, variable := p.Variable()
	return p.Kind == syntax.PartKey && !variable
}

func (l *linter) walk(v visit) {
	l.letsOf(l.root, v)
	all := append([]*syntax.Rule{}, l.file.Params...)
	if l.file.Default != nil {
		all = append(all, l.file.Default)
	}
	for _, r := range append(all, l.file.Rules...) {
		s := l.root.child()
		s.rule, s.params = r, r.Params
		l.conditions(r.When, s, v)
		in := s.child()
		in.holds = r.When
		l.block(r.Body, in, v)
	}
}

func (l *linter) letsOf(s *scope, v visit) {
	for _, let := range s.lets {
		v(let, s)
		l.expr(let.Value, s, v)
	}
}

func (l *linter) conditions(when syntax.Conditions, s *scope, v visit) {
	in := s.child()
	in.place, in.holds = condition, when
	l.lines(when, in, v)
}

// block walks a body; s already holds what is particular to it.
func (l *linter) block(b *syntax.Block, s *scope, v visit) {
	in := s.child()
	in.place, in.lets, in.holds = body, b.Lets, b.Clauses
	l.letsOf(in, v)
	l.lines(b.Clauses, in, v)
}

func (l *linter) lines(all syntax.Conditions, s *scope, v visit) {
	for _, line := range all {
		in := s.child()
		in.line = line
		for _, c := range line {
			l.clause(c, in, v)
		}
	}
}

func (l *linter) clause(c syntax.Clause, s *scope, v visit) {
	v(c, s)
	below := s.child()
	switch c := c.(type) {
	case *syntax.Check:
		l.query(c.Query, s, v)
		l.expr(c.Right, s, v)
	case *syntax.Call:
		for _, a := range c.Args {
			l.expr(a, s, v)
		}
	case *syntax.BlockClause:
		l.query(c.Query, s, v)
		below.inside, below.rebased = !l.whole(c.Query, s), true
		l.block(c.Body, below, v)
	case *syntax.WhenBlock:
		l.conditions(c.When, s, v)
		below.holds = c.When
		l.block(c.Body, below, v)
	case *syntax.TypeBlock:
		l.conditions(c.When, s, v)
		below.inside, below.rebased = true, true
		l.block(c.Body, below, v)
	}
}

// whole reports whether a query may give the whole document: "this" at the
// root, or a variable or parameter that was given it.
func (l *linter) whole(q *syntax.Query, s *scope) bool {
	name, variable := q.Parts[0].Variable()
	switch {
	case len(q.Parts) > 1:
		return false
	case !variable:
		return q.Parts[0].Kind == syntax.PartThis && !s.inside
	}
	b := l.lookup(s, name)
	if b.let == nil {
		return b.rule != nil
	}
	bound, ok := b.let.Value.(*syntax.Query)
	return ok && len(bound.Parts) == 1 && bound.Parts[0].Kind == syntax.PartThis && !b.scope.inside
}

func (l *linter) query(q *syntax.Query, s *scope, v visit) {
	v(q, s)
	for i := range q.Parts {
		switch p := &q.Parts[i]; p.Kind {
		case syntax.PartFilter:
			in := s.child()
			in.place, in.inside, in.rebased, in.holds = filter, true, true, p.Filter
			l.lines(p.Filter, in, v)
		case syntax.PartKeysFilter:
			l.expr(p.Keys.With, s, v)
		}
	}
}

func (l *linter) expr(e syntax.Expr, s *scope, v visit) {
	switch e := e.(type) {
	case *syntax.Query:
		l.query(e, s, v)
	case *syntax.FuncCall:
		v(e, s)
		for _, a := range e.Args {
			l.expr(a, s, v)
		}
	case *syntax.Literal:
		l.literal(e, s, v)
	}
}

func (l *linter) literal(e *syntax.Literal, s *scope, v visit) {
	v(e, s)
	for _, item := range e.Items {
		l.literal(item, s, v)
	}
}
