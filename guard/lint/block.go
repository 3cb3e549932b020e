package lint

import (
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// typeBlock checks a block over the resources of a template.
func (l *linter) typeBlock(c *syntax.TypeBlock, s *scope) {
	if l.dialect == syntax.DialectConfig {
		l.add(TypeBlockConfig, s, c.TypeSpan, "a configuration item has no Resources: the engine crashes on it", "")
		return
	}
	at := syntax.Span{}
	for _, line := range c.When {
		for _, cl := range line {
			if k, ok := cl.(*syntax.Check); ok && at == (syntax.Span{}) && ofResource(k.Query) {
				at = k.Span
			}
		}
	}
	if at == (syntax.Span{}) {
		return
	}
	when := syntax.Span{Start: c.When[0][0].At().Start, End: c.When[len(c.When)-1][len(c.When[len(c.When)-1])-1].At().End}
	l.add(TypeBlockWhen, s, at, "the conditions of a type block are evaluated once, on the whole template, not on each resource: the block skips",
		c.Type+" {\n    when "+l.file.Text(when)+" "+indented(l.file.Text(c.Body.Span))+"\n}")
	l.found[len(l.found)-1].RewriteSpan = c.Span
}

// indented moves all lines but the first to the right.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }

// ofResource reports whether a query begins with what only a resource has.
func ofResource(q *syntax.Query) bool {
	first := &q.Parts[0]
	if !property(first) {
		return first.Kind == syntax.PartThis
	}
	switch first.Name {
	case "Properties", "Type", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "CreationPolicy", "UpdatePolicy", "Condition":
		return true
	}
	return false
}

// skipAsFail finds references to rules that may skip, where that makes a
// difference.
func (l *linter) skipAsFail(c *syntax.RuleRef, s *scope) {
	rules := l.rules[c.Name]
	if len(rules) == 0 || s.place == condition && !c.Not {
		return // a condition that names a rule skips when the rule does
	}
	for _, r := range rules {
		if !skips(r) {
			return
		}
	}
	message := "if " + c.Name + " skips, this fails: a skipped rule counts as one that failed"
	if c.Not {
		message = "if " + c.Name + " skips, this passes: a skipped rule counts as one that failed"
	}
	l.add(SkipAsFail, s, c.Span, message, "")
}

// skips reports whether a rule may come to no verdict.
func skips(r *syntax.Rule) bool { return len(r.When) > 0 || mayskip(r.Body) }

func mayskip(b *syntax.Block) bool {
	for _, line := range b.Clauses {
		for _, c := range line {
			switch c := c.(type) {
			case *syntax.WhenBlock, *syntax.TypeBlock:
				continue
			case *syntax.BlockClause:
				if !c.NotEmpty && (filters(c.Query) || mayskip(c.Body)) {
					continue
				}
			case *syntax.Check:
				if filters(c.Query) && c.Op != syntax.OpEmpty {
					continue
				}
			}
			return false
		}
	}
	return true
}

// filters reports whether a query may select nothing.
func filters(q *syntax.Query) bool {
	for i := range q.Parts {
		if k := q.Parts[i].Kind; k == syntax.PartFilter || k == syntax.PartKeysFilter {
			return true
		}
	}
	return false
}
