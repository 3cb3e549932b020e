package difftest

import (
	"fmt"
	"strconv"
	"strings"
)

// document writes a document: JSON, or sometimes YAML.
func (g *generator) document() string {
	switch {
	case g.chance(4):
		return g.template()
	case g.chance(4): //nolint:gocritic // every call draws again
		return g.yaml()
	}
	return g.object(3)
}

func (g *generator) object(depth int) string {
	n := g.IntN(5)
	seen := map[string]bool{}
	members := []string{}
	for range n {
		k := g.pick(keys...)
		if g.chance(12) {
			k = g.pick("x-y", "0", "some_key", "Some-Key", "names")
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		members = append(members, strconv.Quote(k)+": "+g.value(depth-1))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func (g *generator) value(depth int) string {
	switch n := g.IntN(20); {
	case n < 5 && depth > 0:
		return g.object(depth)
	case n < 9 && depth > 0:
		items := []string{}
		objects := g.chance(2)
		for range g.IntN(4) {
			if objects {
				items = append(items, g.object(depth-1))
				continue
			}
			items = append(items, g.value(depth-1))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case n < 13:
		return fmt.Sprint(g.IntN(5) - 1)
	case n == 13:
		return g.pick("true", "false")
	case n == 14:
		return "null"
	case n == 15:
		return g.pick("1.0", "1.5", "25.0", "1e3")
	}
	return strconv.Quote(g.pick(g.pick(words...), g.pick("aa", "bab", "x1", "A", "a b", "é", "aé", "A.b", "-", "a\n")))
}

// template writes a document with resources, for type blocks.
func (g *generator) template() string {
	members := []string{}
	for i := range g.IntN(3) {
		typ := g.pick("AWS::X::Y", "AWS::X::Y", "AWS::A::B")
		members = append(members, fmt.Sprintf(`"n%d": {"Type": %q, "a": %s, "b": %s}`, i, typ, g.value(2), g.value(1)))
	}
	return fmt.Sprintf(`{"Resources": {%s}, "a": %s, "Names": %s}`, strings.Join(members, ", "), g.value(2), g.pick(`["n0","n1"]`, `"a"`, "[]"))
}
