package difftest

import (
	"context"
	"encoding/json"
	"strings"
)

// Shrink reduces a case with one document on which the engines disagree, by
// leaving out what is not needed for that.
func (e Engine) Shrink(ctx context.Context, rules, document string) (smallRules, smallDocument string) {
	first := Case{Rules: rules, Documents: []string{document}}
	theirs, err := e.Theirs(ctx, first)
	if err != nil {
		return rules, document
	}
	theirKind, ourKind := theirs[0].Kind(), e.Ours(first)[0].Kind()
	differ := func(r, d string) bool {
		c := Case{Rules: r, Documents: []string{d}}
		ours := e.Ours(c)[0]
		if ours.Kind() != ourKind || json.Valid([]byte(d)) != json.Valid([]byte(document)) {
			return false
		}
		theirs, err := e.Theirs(ctx, c)
		return err == nil && theirs[0] != ours && theirs[0].Kind() == theirKind
	}
	for range 3 {
		before := len(rules) + len(document)
		rules = reduce(rules, func(s string) bool { return differ(s, document) })
		document = reduce(document, func(s string) bool { return differ(rules, s) })
		if len(rules)+len(document) == before {
			break
		}
	}
	return rules, document
}

// reduce leaves out runs of tokens, long ones first.
func reduce(s string, keep func(string) bool) string {
	parts := tokens(s)
	for size := len(parts) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(parts); {
			without := append(append([]string{}, parts[:i]...), parts[i+size:]...)
			if keep(strings.Join(without, "")) {
				parts = without
				continue
			}
			i += max(1, size/2)
		}
	}
	return strings.Join(parts, "")
}
