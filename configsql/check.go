package configsql

import (
	"slices"
	"strings"
)

// check applies the rules that need the whole query; paths are all properties in it.
func (q *Query) check(paths []field) error {
	if err := q.checkNames(paths); err != nil {
		return err
	}
	if q.Aggregated() {
		if err := q.checkGroups(); err != nil {
			return err
		}
	}
	return q.checkOrder()
}

// checkNames refuses properties that no resource has at its top, and names that differ only in case (Developer
// Guide, "Limitations").
// UNCONFIRMED: AWS may answer an unknown property with no results; an error finds the misspelt query.
func (q *Query) checkNames(paths []field) error {
	folded := map[string]string{}
	for _, f := range paths {
		top, rest, _ := strings.Cut(f.path, ".")
		if !slices.Contains(topLevel, top) {
			hint := ""
			if i := slices.IndexFunc(topLevel, func(s string) bool { return strings.EqualFold(s, top) }); i >= 0 {
				hint = "did you mean " + topLevel[i] + "?"
			} else if strings.Contains(top, "-") || rest == "" {
				hint = "strings stand in single quotes; settings of a resource begin with configuration."
			}
			return errorAt(q.source, f.at, hint, "%s is not a property of configuration items", f.path)
		}
		if top == "tags" && rest != "" && rest != "key" && rest != "value" && rest != "tag" {
			return errorAt(q.source, f.at, "compare tags.tag with 'KEY=VALUE'", "tags are a list of key, value and tag; %s cannot be read", f.path)
		}
		low := strings.ToLower(f.path)
		if other, ok := folded[low]; ok && other != f.path {
			return errorAt(q.source, f.at, "", "%s and %s differ only in case", other, f.path)
		}
		folded[low] = f.path
	}
	return nil
}

func (q *Query) checkGroups() error {
	if len(q.groups) > maxGroups {
		return errorAt(q.source, q.groups[maxGroups].at, "", "GROUP BY takes at most %d properties", maxGroups)
	}
	for _, f := range q.fields {
		if f.fn == "" && !slices.ContainsFunc(q.groups, func(g field) bool { return g.path == f.path }) {
			return errorAt(q.source, f.at, "", "%s is selected beside a group and must be in GROUP BY", f.name)
		}
	}
	return nil
}

// checkOrder refuses keys that are not in the result ("sorts a result set by one or more output properties").
func (q *Query) checkOrder() error {
	all := slices.ContainsFunc(q.fields, func(f field) bool { return f.path == "*" && f.fn == "" })
	for _, k := range q.order {
		selected := slices.ContainsFunc(q.fields, func(f field) bool {
			return f.name == k.name || f.fn == "" && k.fn == "" && strings.HasPrefix(k.path, f.path+".")
		})
		if !selected && (!all || !slices.Contains(everything, k.path)) {
			return errorAt(q.source, k.at, "add it to SELECT", "ORDER BY %s: the results do not have it", k.name)
		}
		if k.fn != "" && len(q.groups) > 1 {
			return errorAt(q.source, k.at, "", "ORDER BY with an aggregate function allows one property in GROUP BY, not %d", len(q.groups))
		}
	}
	return nil
}
