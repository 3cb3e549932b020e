package difftest

import (
	"strings"
)

// yaml writes a YAML document, whose scalars the loaders of the engines read
// in different ways.
func (g *generator) yaml() string {
	var b strings.Builder
	if g.chance(8) {
		b.WriteString(g.pick("---\n", "# comment\n", "%YAML 1.1\n---\n"))
	}
	g.yamlMap(&b, 0, 3)
	if g.chance(10) {
		b.WriteString(g.pick("---\na: 1\n", "...\n", "--- [\n"))
	}
	return b.String()
}

func (g *generator) yamlMap(b *strings.Builder, indent, depth int) {
	for range 1 + g.IntN(3) {
		b.WriteString(strings.Repeat(" ", indent))
		key := g.pick(keys...)
		if g.chance(15) {
			key = g.pick("'x-y'", `"a"`, "some_key", "1", "true", "null", "0x1", "!!str b", "? a", "&x c")
		}
		b.WriteString(key + ":")
		g.yamlValue(b, indent, depth-1)
	}
}

// yamlValue writes what is after a colon or dash, to the end of the line
// or of what is indented below.
func (g *generator) yamlValue(b *strings.Builder, indent, depth int) {
	switch n := g.IntN(10); {
	case n < 2 && depth > 0:
		b.WriteString(g.pick("", "", "", " !If", " !Foo", " !!map") + "\n")
		g.yamlMap(b, indent+2, depth)
	case n < 4 && depth > 0:
		b.WriteString(g.pick("", "", "", " !Sub", " !Join", " !Ref") + "\n")
		for range 1 + g.IntN(3) {
			b.WriteString(strings.Repeat(" ", indent+2) + "-")
			g.yamlValue(b, indent+4, depth-1)
		}
	case n == 4:
		b.WriteString(" " + g.object(2) + "\n")
	default:
		b.WriteString(" " + g.yamlScalar() + "\n")
	}
}

func (g *generator) yamlScalar() string {
	if g.chance(3) {
		return g.pick("1", "-1", "a", "b", "x", "true")
	}
	return g.pick(
		"0", "+5", "010", "0x10", "0o10", "1_0", "1.5", "-1.5", ".5", "5.", "1e3", "1E3", "+1.5", "-0", "00", "inf", "-.inf", ".nan", "nan",
		"true", "false", "True", "yes", "no", "on", "null", "~", "Null", "NULL", "", `""`, "''", "'1'", `"true"`, "2001-01-01", "a b", "a#b", "a #b",
		"!Ref a", `!Sub "x"`, "!GetAtt a.b", "!Foo x", "!Foo 1", "!Condition c", "!Ref [a]", "!Select [0, [a]]", "!If [c, 1, !Ref b]", "!GetAtt [a, b]",
		"!!int 5", "!!str 5", "!!float 5", "!!bool true", "!!bool x", "!!null x", `!!int "5"`, "!!binary YQ==", "! 5", "&x 1", "&y [1]", "[1, a]", "{a: 1}",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "99999999999999999999999", "1e400",
		`"\u00e9"`, `"a\nb"`, "'it''s'", "|\n    a\n    b", ">-\n    a\n    b", "a\n   b",
	)
}
