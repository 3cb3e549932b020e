package configsql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/configsql"
)

func TestCompileRefuses(t *testing.T) {
	tests := []struct {
		name, query, message, hint string
		line, column               int
	}{
		{name: "empty", query: "", line: 1, column: 1, message: "empty"},
		{name: "not a select", query: "DELETE resourceId", line: 1, column: 1, message: "expected SELECT, found DELETE"},
		{name: "nothing selected", query: "SELECT WHERE resourceId = 'x'", line: 1, column: 8, message: "expected a property"},
		{name: "from", query: "SELECT resourceId FROM functions", line: 1, column: 19, message: "FROM is not supported", hint: "resourceType"},
		{name: "as", query: "SELECT resourceId AS id", line: 1, column: 19, message: "AS is not supported"},
		{name: "distinct", query: "select distinct accountId", line: 1, column: 8, message: "DISTINCT is not supported", hint: "GROUP BY"},
		{name: "all", query: "SELECT ALL accountId", line: 1, column: 8, message: "ALL is not supported"},
		{name: "having", query: "SELECT COUNT(*), accountId GROUP BY accountId HAVING COUNT(*) > 1", line: 1, column: 47, message: "HAVING is not supported"},
		{name: "join", query: "SELECT resourceId JOIN x", line: 1, column: 19, message: "JOIN is not supported"},
		{name: "union", query: "SELECT resourceId UNION SELECT arn", line: 1, column: 19, message: "UNION is not supported"},
		{name: "limit", query: "SELECT resourceId LIMIT 5", line: 1, column: 19, message: "LIMIT is not supported", hint: "page size"},
		{name: "null", query: "SELECT resourceId WHERE resourceName = NULL", line: 1, column: 40, message: "NULL is not supported"},
		{name: "is null", query: "SELECT resourceId WHERE resourceName IS NULL", line: 1, column: 38, message: "IS is not supported"},
		{name: "not equal", query: "SELECT resourceId\nWHERE resourceName != 'x'", line: 2, column: 20, message: "operator != is not supported", hint: "NOT property = value"},
		{name: "sql not equal", query: "SELECT resourceId WHERE resourceName <> 'x'", line: 1, column: 38, message: "operator <> is not supported"},
		{name: "at most", query: "SELECT resourceId WHERE configuration.timeout <= 3", line: 1, column: 47, message: "operator <= is not supported"},
		{name: "at least", query: "SELECT resourceId WHERE configuration.timeout >= 3", line: 1, column: 47, message: "operator >= is not supported"},
		{name: "not in", query: "SELECT resourceId WHERE accountId NOT IN ('1')", line: 1, column: 35, message: "NOT IN is not supported", hint: "NOT accountId IN"},
		{name: "double quotes", query: `SELECT resourceId WHERE resourceName = "x"`, line: 1, column: 40, message: "unexpected character", hint: "single quotes"},
		{name: "unquoted string", query: "SELECT resourceId WHERE resourceType = AWS", line: 1, column: 40, message: "expected a value, found AWS", hint: "single quotes"},
		{name: "open string", query: "SELECT resourceId WHERE resourceName = 'x", line: 1, column: 40, message: "no closing quote"},
		{name: "semicolon", query: "SELECT resourceId;", line: 1, column: 18, message: "unexpected character", hint: "semicolon"},
		{name: "short pattern", query: "SELECT resourceId WHERE resourceName LIKE 'ab%'", line: 1, column: 43, message: "3 characters before"},
		{name: "leading wildcard", query: "SELECT resourceId WHERE resourceName LIKE '%abc'", line: 1, column: 44, message: "inside a LIKE pattern"},
		{name: "inner underscore", query: "SELECT resourceId WHERE resourceName LIKE 'abc_d%'", line: 1, column: 47, message: "inside a LIKE pattern"},
		{name: "pattern not a string", query: "SELECT resourceId WHERE resourceName LIKE 5", line: 1, column: 43, message: "pattern in single quotes"},
		{name: "unknown function", query: "SELECT LOWER(resourceId)", line: 1, column: 8, message: "function LOWER is not supported"},
		{name: "nested function", query: "SELECT MAX(COUNT(resourceId))", line: 1, column: 12, message: "cannot take another function"},
		{name: "two arguments", query: "SELECT COUNT(resourceId, arn)", line: 1, column: 24, message: "single property"},
		{name: "sum of all", query: "SELECT SUM(*)", line: 1, column: 12, message: "expected a property"},
		{name: "function in where", query: "SELECT resourceId WHERE COUNT(*) = 1", line: 1, column: 25, message: "not supported in WHERE"},
		{name: "ungrouped property", query: "SELECT resourceId, COUNT(*)", line: 1, column: 8, message: "must be in GROUP BY"},
		{name: "four groups", query: "SELECT COUNT(*) GROUP BY accountId, awsRegion, resourceType, version", line: 1, column: 62, message: "at most 3"},
		{name: "order by aggregate over two groups", query: "SELECT accountId, awsRegion, COUNT(*) GROUP BY accountId, awsRegion ORDER BY COUNT(*)", line: 1, column: 78, message: "allows one property"},
		{name: "order by what is not selected", query: "SELECT accountId ORDER BY awsRegion", line: 1, column: 27, message: "results do not have it", hint: "SELECT"},
		{name: "wrong case", query: "SELECT resourceid", line: 1, column: 8, message: "not a property", hint: "resourceId"},
		{name: "case pair", query: "SELECT configuration.A WHERE configuration.a = 1", line: 1, column: 30, message: "differ only in case"},
		{name: "tag by name", query: "SELECT resourceId WHERE tags.Team = 'a'", line: 1, column: 25, message: "tags are a list", hint: "tags.tag"},
		{name: "dots", query: "SELECT configuration..arn", line: 1, column: 21, message: "not a property path"},
		{name: "characters not bytes", query: "SELECT resourceId WHERE resourceName = 'ü' OR", line: 1, column: 46, message: "the end of the query"},
		{name: "rest", query: "SELECT resourceId WHERE resourceName = 'x' resourceId", line: 1, column: 44, message: "expected AND, OR"},
		{name: "open parenthesis", query: "SELECT resourceId WHERE (resourceName = 'x'", line: 1, column: 44, message: "expected )"},
		{name: "too long", query: "SELECT resourceId WHERE resourceName = '" + strings.Repeat("x", 4096) + "'", line: 1, column: 1, message: "AWS Config takes 4096"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := configsql.Compile(tt.query)
			var e *configsql.Error
			if !errors.As(err, &e) {
				t.Fatalf("error = %v, want one about %q", err, tt.message)
			}
			if !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Hint, tt.hint) || (tt.hint != "" && e.Hint == "") {
				t.Errorf("message %q, hint %q; want %q, %q", e.Message, e.Hint, tt.message, tt.hint)
			}
			if e.Line != tt.line || e.Column != tt.column {
				t.Errorf("at line %d, column %d; want %d, %d", e.Line, e.Column, tt.line, tt.column)
			}
		})
	}
}

func TestErrorDetail(t *testing.T) {
	_, err := configsql.Compile("SELECT resourceId\n  WHERE\taccountId != '1'")
	var e *configsql.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"syntax error at line 2, column 19: the operator != is not supported",
		"    WHERE accountId != '1'",
		"                    ^",
		"hint: write NOT property = value",
	}, "\n")
	if diff := cmp.Diff(want, e.Detail()); diff != "" {
		t.Error(diff)
	}
}

func TestProperties(t *testing.T) {
	tests := []struct {
		name, query                   string
		fields                        []string
		aggregated, ordered, pageable bool
	}{
		{name: "plain", query: "SELECT resourceId, configuration.layers.arn", fields: []string{"resourceId", "configuration.layers.arn"}, pageable: true},
		{name: "all", query: "select * where resourceType = 'x'", fields: []string{"*"}, pageable: true},
		{name: "quoted", query: "SELECT 'arn', 'tags' ORDER BY 'arn'", fields: []string{"arn", "tags"}, ordered: true, pageable: true},
		{name: "count", query: "SELECT count(*), accountId group by accountId", fields: []string{"COUNT(*)", "accountId"}, aggregated: true, pageable: true},
		{name: "distinct values", query: "SELECT accountId GROUP BY accountId ORDER BY accountId DESC", fields: []string{"accountId"}, aggregated: true, ordered: true, pageable: true},
		{name: "by count", query: "SELECT accountId, COUNT(*) GROUP BY accountId ORDER BY COUNT(*) DESC", fields: []string{"accountId", "COUNT(*)"}, aggregated: true, ordered: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := configsql.Compile(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.fields, q.Fields()); diff != "" {
				t.Error(diff)
			}
			if q.Aggregated() != tt.aggregated || q.Ordered() != tt.ordered || q.Pageable() != tt.pageable {
				t.Errorf("aggregated %t, ordered %t, pageable %t", q.Aggregated(), q.Ordered(), q.Pageable())
			}
		})
	}
}

func TestWanted(t *testing.T) {
	const arn = "configuration.layers.arn"
	tests := []struct {
		name, where, path string
		want              []string
		ok                bool
	}{
		{name: "equal", where: arn + " = 'a'", path: arn, want: []string{"a"}, ok: true},
		{name: "other path", where: arn + " = 'a'", path: "accountId"},
		{name: "in", where: "accountId IN ('2', '1', '2')", path: "accountId", want: []string{"1", "2"}, ok: true},
		{name: "number", where: "accountId = 100000000001", path: "accountId", want: []string{"100000000001"}, ok: true},
		{name: "smallest of and", where: "accountId IN ('1', '2') AND accountId = '2'", path: "accountId", want: []string{"2"}, ok: true},
		{name: "union of or", where: "(accountId = '2' OR accountId = '1') AND awsRegion = 'x'", path: "accountId", want: []string{"1", "2"}, ok: true},
		{name: "open or", where: "accountId = '2' OR awsRegion = 'x'", path: "accountId"},
		{name: "not", where: "NOT accountId = '2'", path: "accountId"},
		{name: "range", where: "accountId > '2'", path: "accountId"},
		{name: "like", where: arn + " LIKE 'arn:%'", path: arn},
		{name: "address", where: "configuration.ip = '10.0.0.1'", path: "configuration.ip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := configsql.Compile("SELECT resourceId WHERE " + tt.where)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := q.Wanted(tt.path)
			if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
				t.Errorf("ok %t: %s", ok, diff)
			}
		})
	}
}
