package configsql

import (
	"slices"
	"unicode/utf8"
)

// MaxLength is the most characters that AWS takes as an expression (API reference, SelectResourceConfig).
const MaxLength = 4096

// maxGroups is the most properties in GROUP BY (Developer Guide, "Limitations").
const maxGroups = 3

// everything are the properties that SELECT * returns: the top-level scalars (Developer Guide, "Limitations").
var everything = []string{
	"accountId", "awsRegion", "arn", "availabilityZone", "configurationItemCaptureTime", "resourceCreationTime",
	"resourceId", "resourceName", "resourceType", "version",
}

// topLevel are the properties that every resource type has in AWS's published schema of queryable properties.
var topLevel = append([]string{
	"configuration", "configurationItemStatus", "configurationStateId", "relationships", "supplementaryConfiguration", "tags",
}, everything...)

// field is one element of the SELECT list.
type field struct {
	name string // as results and SelectFields show it
	path string // property; * for all or for COUNT(*)
	fn   string // COUNT, MIN, MAX, SUM, AVG, or empty for a plain property
	at   int
}

// key is one element of ORDER BY.
type key struct {
	field
	descending bool
}

// Query is a compiled query. It is immutable and safe for concurrent use.
type Query struct {
	source string
	fields []field
	where  condition // nil for all rows
	groups []field
	order  []key
	shape  *shape
}

// Compile checks a query and makes it ready to run. An error is an [*Error].
func Compile(source string) (*Query, error) {
	if source == "" {
		return nil, errorAt(source, 0, "", "the query is empty")
	}
	if n := utf8.RuneCountInString(source); n > MaxLength {
		return nil, errorAt(source, 0, "", "the query has %d characters, AWS Config takes %d", n, MaxLength)
	}
	if !utf8.ValidString(source) {
		return nil, errorAt(source, 0, "", "the query is not UTF-8 text")
	}
	tokens, err := scan(source)
	if err != nil {
		return nil, err
	}
	p := &parser{src: source, tokens: tokens}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	if err := q.check(p.paths); err != nil {
		return nil, err
	}
	q.shape = newShape(q.fields)
	return q, nil
}

// String is the query as it was given to [Compile].
func (q *Query) String() string { return q.source }

// Fields are the names of the selected fields in order, as the API's QueryInfo.SelectFields lists them.
// UNCONFIRMED: that AWS lists SELECT * as "*".
func (q *Query) Fields() []string {
	names := make([]string, len(q.fields))
	for i, f := range q.fields {
		names[i] = f.name
	}
	return names
}

// Aggregated says whether results are groups instead of rows (GROUP BY or an aggregate function): the API's default
// page then has 500 results instead of 25.
func (q *Query) Aggregated() bool {
	return len(q.groups) > 0 || slices.ContainsFunc(q.fields, func(f field) bool { return f.fn != "" })
}

// Ordered says whether results are sorted, so that all rows must be seen before the first result is known.
func (q *Query) Ordered() bool { return len(q.order) > 0 }

// Pageable says whether AWS gives the results in pages: not when ORDER BY has an aggregate function.
func (q *Query) Pageable() bool {
	return !slices.ContainsFunc(q.order, func(k key) bool { return k.fn != "" })
}
