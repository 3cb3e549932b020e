package difftest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
)

// generator writes rule files and documents that have something to say to
// each other. The same seed gives the same case.
type generator struct {
	*rand.Rand
	dialect guard.Dialect
	vars    []string // that may be referred to
	rules   []string // that may be referred to
	params  []string
}

// Case is a rule file with the documents to evaluate it on.
type Case struct {
	Rules     string
	Documents []string
}

// Generate makes the case of a seed with n documents.
func Generate(seed uint64, d guard.Dialect, n int) Case {
	g := newGenerator(seed, d)
	c := Case{Rules: g.file()}
	if g.chance(8) {
		c.Rules = g.mutate(c.Rules)
	}
	for range n {
		c.Documents = append(c.Documents, g.document())
	}
	return c
}

func newGenerator(seed uint64, d guard.Dialect) *generator {
	const stream = 20260717
	return &generator{Rand: rand.New(rand.NewPCG(seed, stream)), dialect: d} //nolint:gosec // repeatable on purpose
}

func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

// pick chooses one of the words.
func (g *generator) pick(words ...string) string { return words[g.IntN(len(words))] }

// file writes a whole rule file.
func (g *generator) file() string {
	var b strings.Builder
	for range g.IntN(3) {
		b.WriteString(g.let() + "\n")
	}
	if g.chance(5) {
		vars := g.vars
		g.vars = append([]string{"arg"}, vars...)
		b.WriteString("rule p0(arg) " + g.body(2, true) + "\n")
		g.vars, g.params = vars, append(g.params, "p0")
	}
	if g.chance(8) {
		b.WriteString(g.line(2, false) + "\n")
	}
	for i := range 1 + g.IntN(2) {
		name := fmt.Sprintf("r%d", i)
		b.WriteString("rule " + name)
		if g.chance(3) {
			b.WriteString(" when " + g.conditions())
		}
		b.WriteString(" " + g.body(3, true) + "\n")
		g.rules = append(g.rules, name)
	}
	return b.String()
}

func (g *generator) let() string {
	name := g.pick("v", "w", "u")
	value := g.query()
	switch {
	case g.chance(3):
		value = g.literal(2)
	case g.dialect == guard.DialectV3 && g.chance(4):
		value = g.call()
	}
	g.vars = append(g.vars, name)
	return "let " + name + g.pick(" = ", " := ") + value
}

func (g *generator) conditions() string {
	parts := []string{}
	for range 1 + g.IntN(2) {
		parts = append(parts, g.check())
	}
	return strings.Join(parts, g.pick("\n  ", " or "))
}

// body writes a block; rules may be named in it if it stands directly in a
// rule.
func (g *generator) body(depth int, inRule bool) string {
	vars := g.vars
	var b strings.Builder
	b.WriteString("{\n")
	if g.chance(5) {
		b.WriteString(g.let() + "\n")
	}
	for range 1 + g.IntN(2) {
		b.WriteString(g.line(depth, inRule) + "\n")
	}
	b.WriteString("}")
	g.vars = vars
	return b.String()
}

func (g *generator) line(depth int, inRule bool) string {
	var s strings.Builder
	s.WriteString(g.clause(depth, inRule))
	for g.chance(5) {
		s.WriteString(" or\n" + g.clause(depth, inRule))
	}
	return s.String()
}

func (g *generator) clause(depth int, inRule bool) string {
	switch n := g.IntN(20); {
	case n == 0 && depth > 0:
		return "when " + g.conditions() + " " + g.body(depth-1, false)
	case n <= 2 && depth > 0:
		return g.query() + g.pick("", "", "", " not empty", " !empty") + " " + g.body(depth-1, false)
	case n == 3 && depth > 0 && inRule:
		typ := "AWS::X::Y" + g.pick("", "", " when "+g.check())
		return typ + " " + g.body(depth-1, false)
	case n == 4 && inRule && len(g.rules) > 0:
		return g.pick("", "not ", "!") + g.pick(g.rules...) + g.pick("\n", " # c\n", " <<msg>>\n")
	case n == 5 && len(g.params) > 0:
		return g.pick("", "not ") + g.pick(g.params...) + "(" + g.argument() + ")"
	}
	return g.check() + g.pick("", "", "", " <<msg>>")
}

func (g *generator) argument() string {
	switch {
	case g.dialect == guard.DialectV3 && g.chance(5):
		return g.call()
	case g.chance(2):
		return g.literal(2)
	}
	return g.query()
}

func (g *generator) check() string {
	left := g.pick("", "", "", "", "not ", "!") + g.query() + " "
	if g.chance(3) {
		return left + g.pick("", "not ", "!") + g.unary()
	}
	op := g.pick("==", "==", "==", "!=", "!=", "in", "in", "not in", "!in", "IN", ">", "<", ">=", "<=")
	right := g.literal(2)
	switch {
	case g.chance(3):
		right = g.query()
	case g.dialect == guard.DialectV3 && g.chance(15):
		right = g.call()
	}
	return left + op + " " + right
}

func (g *generator) unary() string {
	words := []string{"exists", "empty", "empty", "EXISTS", "is_string", "is_list", "is_struct", "is_int", "is_bool"}
	if g.dialect == guard.DialectV3 {
		words = append(words, "is_null", "is_float")
	}
	return g.pick(words...)
}

func (g *generator) call() string {
	q := g.query()
	switch g.IntN(8) {
	case 0:
		return "join(" + q + `, ",")`
	case 1:
		return fmt.Sprintf("substring(%s, %d, %d)", q, g.IntN(3), g.IntN(4))
	case 2:
		return fmt.Sprintf("regex_replace(%s, %q, %q)", q, g.pick("a", "(.)b", "^(?P<n>.)", "x*"), g.pick("z", "${1}y", "$n", "$1"))
	case 3:
		return "json_parse(" + q + ")"
	case 4:
		return "parse_" + g.pick("int", "float", "boolean", "string", "char") + "(" + q + ")"
	case 5:
		return g.pick("to_upper", "to_lower", "url_decode") + "(" + q + ")"
	}
	return "count(" + q + ")"
}
