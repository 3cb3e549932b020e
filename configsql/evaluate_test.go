package configsql_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/configsql"
)

// item is a configuration item with a few settings of a function.
func item(t testing.TB, name, account, settings string) configsql.Document {
	t.Helper()
	var d configsql.Document
	text := fmt.Sprintf(`{"resourceType":"AWS::Lambda::Function","resourceId":%q,"resourceName":%q,"accountId":%q,"awsRegion":"us-east-1",
		"version":"1.3","arn":"arn:x=y","configuration":%s,"tags":[{"key":"team","value":"a","tag":"team=a"}]}`, name, name, account, settings)
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func fleet(t testing.TB) []configsql.Document {
	t.Helper()
	return []configsql.Document{
		item(t, "api", "1", `{"functionName":"api","timeout":3,"runtime":"python3.12","layers":[{"arn":"L:1","codeSize":10},{"arn":"M:1","codeSize":20}]}`),
		item(t, "batch", "2", `{"functionName":"batch","timeout":30,"runtime":"python3.9","layers":[{"arn":"L:2","codeSize":11}]}`),
		item(t, "cron", "1", `{"functionName":"cron","timeout":15,"runtime":"nodejs22.x","layers":[],"tracing":true}`),
		item(t, "image", "2", `{"functionName":"image","timeout":15,"ip":"10.0.0.0/24"}`),
	}
}

func rows(docs []configsql.Document) iter.Seq[configsql.Row] {
	return func(yield func(configsql.Row) bool) {
		for _, d := range docs {
			if !yield(d) {
				return
			}
		}
	}
}

func run(t *testing.T, query string, docs []configsql.Document) []string {
	t.Helper()
	q, err := configsql.Compile(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return slices.Collect(q.Evaluate().Results(rows(docs)))
}

func TestWhere(t *testing.T) {
	tests := []struct {
		name, where string
		want        string // names, joined by spaces
	}{
		{name: "any element", where: "configuration.layers.arn = 'M:1'", want: "api"},
		{name: "two tests, two elements", where: "configuration.layers.arn = 'L:1' AND configuration.layers.codeSize = 20", want: "api"},
		{name: "no element", where: "NOT configuration.layers.arn = 'L:1'", want: "batch cron image"},
		{name: "no element of several", where: "NOT configuration.layers.arn IN ('L:1', 'L:2')", want: "cron image"},
		{name: "not the right one, though others", where: "NOT configuration.layers.arn = 'M:1' AND configuration.layers.arn LIKE 'L:2%'", want: "batch"},
		{name: "in", where: "resourceId IN ('api', 'cron', 'none')", want: "api cron"},
		{name: "and before or", where: "resourceId = 'api' OR resourceId = 'cron' AND accountId = '2'", want: "api"},
		{name: "parentheses", where: "(resourceId = 'api' OR resourceId = 'batch') AND accountId = '2'", want: "batch"},
		{name: "not of group", where: "NOT (accountId = '1' OR resourceId = 'image')", want: "batch"},
		{name: "double not", where: "NOT NOT resourceId = 'api'", want: "api"},
		{name: "not binds tighter than and", where: "NOT accountId = '1' AND resourceId = 'batch'", want: "batch"},
		{name: "below", where: "configuration.timeout < 15", want: "api"},
		{name: "above", where: "configuration.timeout > 15", want: "batch"},
		{name: "between takes its ends", where: "configuration.timeout BETWEEN 3 AND 15", want: "api cron image"},
		{name: "between then and", where: "configuration.timeout BETWEEN 3 AND 15 AND accountId = '2'", want: "image"},
		{name: "texts compare as texts", where: "configuration.runtime > 'python3.12'", want: "batch"},
		{name: "number in quotes", where: "configuration.timeout = '15'", want: "cron image"},
		{name: "account as number", where: "accountId = 2", want: "batch image"},
		{name: "decimal", where: "configuration.timeout = 15.0", want: "cron image"},
		{name: "true", where: "configuration.tracing = TRUE", want: "cron"},
		{name: "true in quotes", where: "configuration.tracing = 'true'", want: "cron"},
		{name: "like", where: "configuration.runtime LIKE 'python%'", want: "api batch"},
		{name: "like one character", where: "configuration.runtime LIKE 'python3._'", want: "batch"},
		{name: "like two at least", where: "configuration.runtime LIKE 'python3._%_'", want: "api"},
		{name: "like is case-sensitive", where: "configuration.runtime LIKE 'Python%'", want: ""},
		{name: "like without wildcard", where: "configuration.runtime LIKE 'python3.9'", want: "batch"},
		{name: "missing property", where: "configuration.handler = 'x'", want: ""},
		{name: "not of missing property", where: "NOT configuration.handler = 'x'", want: "api batch cron image"},
		{name: "object is no value", where: "configuration.layers = 'L:1'", want: ""},
		{name: "tag", where: "tags.tag = 'team=a' AND tags.key = 'team'", want: "api batch cron image"},
		{name: "address in block", where: "configuration.ip = '10.0.0.7'", want: "image"},
		{name: "address outside block", where: "configuration.ip = '10.0.1.7'", want: ""},
		{name: "exactly the block", where: "configuration.ip BETWEEN '10.0.0.0' AND '10.0.0.255' AND NOT configuration.ip < '10.0.0.0' AND NOT configuration.ip > '10.0.0.255'", want: "image"},
		{name: "block reaches further", where: "configuration.ip = '10.0.0.2' AND NOT configuration.ip > '10.0.0.2'", want: ""},
		{name: "quote in string", where: "resourceId = 'a''b'", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			for _, r := range run(t, "SELECT resourceId WHERE "+tt.where, fleet(t)) {
				var x struct{ ResourceID string }
				if err := json.Unmarshal([]byte(r), &x); err != nil {
					t.Fatal(err)
				}
				names = append(names, x.ResourceID)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("matches %q, want %q", got, tt.want)
			}
		})
	}
}

func TestResults(t *testing.T) {
	tests := []struct {
		name, query string
		want        []string
	}{
		{
			name:  "the published query",
			query: "SELECT resourceId, configuration.functionName, configuration.version, configuration.functionArn, configuration.layers.arn WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = 'L:1'",
			want:  []string{`{"resourceId":"api","configuration":{"functionName":"api","layers":[{"arn":"L:1"},{"arn":"M:1"}]}}`},
		},
		{
			name:  "empty list stays, absent is absent, empty object goes",
			query: "SELECT resourceId, configuration.layers.arn WHERE resourceId IN ('cron', 'image')",
			want:  []string{`{"resourceId":"cron","configuration":{"layers":[]}}`, `{"resourceId":"image"}`},
		},
		{
			name:  "whole property, numbers and escapes",
			query: "SELECT arn, configuration, configuration.timeout WHERE resourceId = 'cron'",
			want:  []string{`{"arn":"arn:x\u003dy","configuration":{"functionName":"cron","layers":[],"runtime":"nodejs22.x","timeout":15.0,"tracing":true}}`},
		},
		{
			name:  "all",
			query: "SELECT * WHERE resourceId = 'cron'",
			want:  []string{`{"accountId":"1","awsRegion":"us-east-1","arn":"arn:x\u003dy","resourceId":"cron","resourceName":"cron","resourceType":"AWS::Lambda::Function","version":"1.3"}`},
		},
		{
			name:  "tags",
			query: "SELECT tags.tag WHERE resourceId = 'cron'",
			want:  []string{`{"tags":[{"tag":"team\u003da"}]}`},
		},
		{
			name:  "sorted, missing last",
			query: "SELECT resourceId, configuration.runtime ORDER BY configuration.runtime DESC",
			want: []string{
				`{"resourceId":"batch","configuration":{"runtime":"python3.9"}}`, `{"resourceId":"api","configuration":{"runtime":"python3.12"}}`,
				`{"resourceId":"cron","configuration":{"runtime":"nodejs22.x"}}`, `{"resourceId":"image"}`,
			},
		},
		{
			name:  "sorted by two",
			query: "SELECT accountId, resourceId ORDER BY accountId DESC, resourceId ASC",
			want: []string{
				`{"accountId":"2","resourceId":"batch"}`, `{"accountId":"2","resourceId":"image"}`,
				`{"accountId":"1","resourceId":"api"}`, `{"accountId":"1","resourceId":"cron"}`,
			},
		},
		{
			name:  "sorted by a part of a selected property",
			query: "SELECT configuration WHERE accountId = '1' ORDER BY configuration.timeout DESC",
			want: []string{
				`{"configuration":{"functionName":"cron","layers":[],"runtime":"nodejs22.x","timeout":15.0,"tracing":true}}`,
				`{"configuration":{"functionName":"api","layers":[{"arn":"L:1","codeSize":10.0},{"arn":"M:1","codeSize":20.0}],"runtime":"python3.12","timeout":3.0}}`,
			},
		},
		{name: "count", query: "SELECT COUNT(*) WHERE accountId = '1'", want: []string{`{"COUNT(*)":2}`}},
		{name: "count of nothing", query: "SELECT COUNT(*), MAX(configuration.timeout), SUM(configuration.timeout) WHERE accountId = '9'", want: []string{`{"COUNT(*)":0,"SUM(configuration.timeout)":0.0}`}},
		{
			name:  "groups",
			query: "SELECT COUNT(*), accountId group by accountId",
			want:  []string{`{"COUNT(*)":2,"accountId":"1"}`, `{"COUNT(*)":2,"accountId":"2"}`},
		},
		{
			name:  "groups by nested properties; the row without is in none",
			query: "SELECT configuration.runtime, accountId, COUNT(*) GROUP BY configuration.runtime, accountId",
			want: []string{
				`{"configuration":{"runtime":"nodejs22.x"},"accountId":"1","COUNT(*)":1}`,
				`{"configuration":{"runtime":"python3.12"},"accountId":"1","COUNT(*)":1}`,
				`{"configuration":{"runtime":"python3.9"},"accountId":"2","COUNT(*)":1}`,
			},
		},
		{
			name:  "a group for each element",
			query: "SELECT configuration.layers.arn, COUNT(*) GROUP BY configuration.layers.arn ORDER BY configuration.layers.arn DESC",
			want: []string{
				`{"configuration":{"layers":{"arn":"M:1"}},"COUNT(*)":1}`, `{"configuration":{"layers":{"arn":"L:2"}},"COUNT(*)":1}`,
				`{"configuration":{"layers":{"arn":"L:1"}},"COUNT(*)":1}`,
			},
		},
		{
			name:  "every function, sorted by one",
			query: "SELECT accountId, MIN(configuration.timeout), MAX(configuration.timeout), SUM(configuration.timeout), AVG(configuration.timeout), COUNT(configuration.runtime) GROUP BY accountId ORDER BY MAX(configuration.timeout) DESC",
			want: []string{
				`{"accountId":"2","MIN(configuration.timeout)":15.0,"MAX(configuration.timeout)":30.0,"SUM(configuration.timeout)":45.0,"AVG(configuration.timeout)":22.5,"COUNT(configuration.runtime)":1}`,
				`{"accountId":"1","MIN(configuration.timeout)":3.0,"MAX(configuration.timeout)":15.0,"SUM(configuration.timeout)":18.0,"AVG(configuration.timeout)":9.0,"COUNT(configuration.runtime)":2}`,
			},
		},
		{name: "latest of texts", query: "SELECT MAX(configuration.runtime)", want: []string{`{"MAX(configuration.runtime)":"python3.9"}`}},
		{name: "nothing", query: "SELECT resourceId WHERE resourceId = 'none'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, run(t, tt.query, fleet(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResultsStopEarly(t *testing.T) {
	for _, query := range []string{"SELECT resourceId", "SELECT resourceId ORDER BY resourceId", "SELECT accountId GROUP BY accountId"} {
		q, err := configsql.Compile(query)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range q.Evaluate().Results(rows(fleet(t))) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%s: %d results", query, n)
		}
	}
}
