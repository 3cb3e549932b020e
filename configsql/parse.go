package configsql

import (
	"slices"
	"strings"
)

// unsupported are words that AWS's pages exclude or that its synopsis does not have, with what to do instead.
var unsupported = map[string]string{
	"ALL": "", "AS": "results are named by their property", "DISTINCT": "GROUP BY the property instead",
	"FROM": "there is one source; filter with WHERE resourceType = '…'", "HAVING": "", "JOIN": "", "UNION": "",
	"NULL": "", "IS": "null values cannot be tested", "EXISTS": "", "CASE": "", "WITH": "", "INNER": "", "LEFT": "",
	"LIMIT":  "set the page size in the request", // UNCONFIRMED: not in the synopsis
	"OFFSET": "page with NextToken", "ANY": "a test on a list holds if any element passes it",
}

// reserved are the words of the language; none of them is a property.
var reserved = []string{"SELECT", "WHERE", "GROUP", "ORDER", "BY", "ASC", "DESC", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE"}

var aggregates = []string{"COUNT", "MIN", "MAX", "SUM", "AVG"}

type parser struct {
	src    string
	tokens []token
	next   int
	paths  []field // every property, for checks
}

func (p *parser) peek() token { return p.tokens[p.next] }

// accept moves on if the next token is that word.
func (p *parser) accept(word string) bool {
	if p.peek().is(word) {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(word string) error {
	if !p.accept(word) {
		return p.unexpected(word)
	}
	return nil
}

// unexpected is the error for the next token where something else was wanted.
func (p *parser) unexpected(want string) error {
	t := p.peek()
	if t.kind == tokenName {
		word := strings.ToUpper(t.text)
		if hint, ok := unsupported[word]; ok {
			return errorAt(p.src, t.offset, hint, "%s is not supported in AWS Config queries", word)
		}
	}
	return errorAt(p.src, t.offset, "", "expected %s, found %s", want, t.shown())
}

func (p *parser) query() (*Query, error) {
	q := &Query{source: p.src}
	if err := p.expect("SELECT"); err != nil {
		return nil, err
	}
	for first := true; first || p.accept(","); first = false {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		q.fields = append(q.fields, f)
	}
	if p.accept("WHERE") {
		c, err := p.or()
		if err != nil {
			return nil, err
		}
		q.where = c
	}
	if p.accept("GROUP") {
		if err := p.groups(q); err != nil {
			return nil, err
		}
	}
	if p.accept("ORDER") {
		if err := p.order(q); err != nil {
			return nil, err
		}
	}
	if p.peek().kind != tokenEnd {
		return nil, p.unexpected(q.following())
	}
	return q, nil
}

// following says what may come after the parts that were read.
func (q *Query) following() string {
	switch {
	case q.order != nil:
		return "the end of the query"
	case q.groups != nil:
		return "ORDER BY or the end of the query"
	case q.where != nil:
		return "AND, OR, GROUP BY, ORDER BY or the end of the query"
	default:
		return "a comma, WHERE, GROUP BY, ORDER BY or the end of the query"
	}
}

func (p *parser) groups(q *Query) error {
	if err := p.expect("BY"); err != nil {
		return err
	}
	for first := true; first || p.accept(","); first = false {
		f, err := p.property()
		if err != nil {
			return err
		}
		q.groups = append(q.groups, f)
	}
	return nil
}

func (p *parser) order(q *Query) error {
	if err := p.expect("BY"); err != nil {
		return err
	}
	for first := true; first || p.accept(","); first = false {
		f, err := p.output()
		if err != nil {
			return err
		}
		k := key{field: f}
		if !p.accept("ASC") {
			k.descending = p.accept("DESC")
		}
		q.order = append(q.order, k)
	}
	return nil
}

// field reads an element of the SELECT list.
func (p *parser) field() (field, error) {
	if t := p.peek(); p.accept("*") {
		return field{name: "*", path: "*", at: t.offset}, nil
	}
	return p.output()
}

// output reads a property or an aggregate function of one.
func (p *parser) output() (field, error) {
	t := p.peek()
	if t.kind != tokenName || !p.tokens[p.next+1].is("(") {
		return p.property()
	}
	fn := strings.ToUpper(t.text)
	if !slices.Contains(aggregates, fn) {
		return field{}, errorAt(p.src, t.offset, "", "the function %s is not supported; there are %s", fn, strings.Join(aggregates, ", "))
	}
	p.next += 2
	f := field{path: "*"}
	if !p.peek().is("*") || fn != "COUNT" {
		if p.peek().kind == tokenName && p.tokens[p.next+1].is("(") {
			return f, errorAt(p.src, p.peek().offset, "", "an aggregate function cannot take another function")
		}
		inner, err := p.property()
		if err != nil {
			return f, err
		}
		f = inner
	} else {
		p.next++
	}
	if p.peek().is(",") {
		return f, errorAt(p.src, p.peek().offset, "", "an aggregate function takes a single property")
	}
	if err := p.expect(")"); err != nil {
		return f, err
	}
	f.fn, f.name, f.at = fn, fn+"("+f.path+")", t.offset
	return f, nil
}

// property reads a property path. In single quotes it is taken too.
// UNCONFIRMED: no page shows quotes, but production code of DataBiosphere/azul quotes each property.
func (p *parser) property() (field, error) {
	t := p.peek()
	word := strings.ToUpper(t.text)
	_, refused := unsupported[word]
	if t.kind == tokenName && (refused || slices.Contains(reserved, word)) || t.kind != tokenName && t.kind != tokenString {
		return field{}, p.unexpected("a property")
	}
	if i := badName(t.text); i >= 0 {
		return field{}, errorAt(p.src, t.offset+min(i, len(t.text)), "", "%s is not a property path", t.shown())
	}
	p.next++
	f := field{name: t.text, path: t.text, at: t.offset}
	p.paths = append(p.paths, f)
	return f, nil
}

// badName is the place of the first character that breaks a property path, or -1.
func badName(s string) int {
	if s == "" || !letter(s[0]) {
		return 0
	}
	for i := range len(s) {
		if !nameByte(s[i]) || s[i] == '.' && (i+1 == len(s) || s[i+1] == '.') {
			return i
		}
	}
	return -1
}
