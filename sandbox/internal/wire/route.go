package wire

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pattern is the path of a REST operation: "/2018-10-31/layers/{LayerName}/versions?find=LayerVersion".
type pattern struct {
	segments []segment
	query    string // a pair that the query string must have, or ""
	literals int
}

// segment is one part of a path: a fixed text, or a label for any text.
type segment struct {
	literal, label string
}

func parsePattern(uri string) pattern {
	path, query, _ := strings.Cut(uri, "?")
	p := pattern{query: query}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if strings.HasPrefix(part, "{") {
			p.segments = append(p.segments, segment{label: strings.Trim(part, "{}+")})
			continue
		}
		p.segments = append(p.segments, segment{literal: part})
		p.literals++
	}
	return p
}

// matches compares path segments in their escaped form, so that an ARN's %2F does not split a label.
func (p *pattern) matches(parts []string, query url.Values) bool {
	for i, seg := range p.segments {
		if seg.label == "" && seg.literal != parts[i] || parts[i] == "" {
			return false
		}
	}
	key, value, _ := strings.Cut(p.query, "=")
	return p.query == "" || query.Get(key) == value
}

// routeTable finds an operation by method and path.
type routeTable map[routeKey][]*operation

type routeKey struct {
	method   string
	segments int
}

func newRouteTable(ops map[string]*operation) routeTable {
	t := routeTable{}
	for _, op := range ops {
		k := routeKey{op.method, len(op.path.segments)}
		t[k] = append(t[k], op)
	}
	for _, list := range t {
		// The most exact path first: a fixed query pair (GetLayerVersionByArn shares its path with ListLayers), then
		// fixed segments before labels.
		slices.SortFunc(list, func(a, b *operation) int {
			return cmp.Or(cmp.Compare(b.path.query, a.path.query), cmp.Compare(b.path.literals, a.path.literals), cmp.Compare(a.name, b.name))
		})
	}
	return t
}

// match finds the operation of a request and the path's segments, still escaped. A slash at the end is as good as
// none: older SDKs list functions with "/2015-03-31/functions/".
func (t routeTable) match(r *http.Request) (*operation, []string) {
	parts := pathSegments(r)
	list := t[routeKey{r.Method, len(parts)}]
	if len(list) == 0 {
		return nil, nil
	}
	query := r.URL.Query()
	for _, op := range list {
		if op.path.matches(parts, query) {
			return op, parts
		}
	}
	return nil, nil
}

func pathSegments(r *http.Request) []string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	return strings.Split(strings.TrimSuffix(path, "/"), "/")
}
