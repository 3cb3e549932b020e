package configsql_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/layerfleet/layerfleet/configsql"
)

var seeds = []string{
	"SELECT resourceId, configuration.layers.arn WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = 'L:1'",
	"SELECT * WHERE NOT (accountId IN ('1', 2) OR configuration.timeout BETWEEN 3 AND -1.5)",
	"select COUNT(*), accountId group by accountId order by COUNT(*) desc",
	"SELECT configuration.ip WHERE configuration.ip = '10.0.0.1' AND configuration.ip < '::1'",
	"SELECT tags, arn WHERE resourceId LIKE 'abc_%' ORDER BY arn",
	"SELECT 'arn' WHERE resourceName = 'it''s'",
	"SELECT a.b..c WHERE \x00 != \"",
}

// FuzzCompile looks for panics and for errors that point outside of the query.
func FuzzCompile(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := configsql.Compile(query)
		if err == nil {
			if len(q.Fields()) == 0 || utf8.RuneCountInString(query) > configsql.MaxLength {
				t.Error("compiled to nothing")
			}
			return
		}
		var e *configsql.Error
		if !errors.As(err, &e) {
			t.Fatalf("error is a %T", err)
		}
		lines := strings.Split(query, "\n")
		if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > utf8.RuneCountInString(lines[e.Line-1])+1 {
			t.Errorf("line %d, column %d is outside of %q", e.Line, e.Column, query)
		}
		if e.Detail() == "" || e.Message == "" {
			t.Error("no text")
		}
	})
}

// FuzzEvaluate holds what must be true of every query: results are JSON, an index loses no row, and a condition and
// its negation share the rows between them.
func FuzzEvaluate(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "L:1", 3.0)
	}
	f.Fuzz(func(t *testing.T, query, text string, number float64) {
		q, err := configsql.Compile(query)
		if err != nil {
			return
		}
		doc := configsql.Document{
			"resourceId": text, "accountId": "1", "tags": []any{},
			"configuration": map[string]any{"timeout": number, "ip": text, "layers": []any{map[string]any{"arn": text}, map[string]any{"arn": "L:1"}}},
		}
		for r := range q.Evaluate().Results(rows([]configsql.Document{doc, doc})) {
			if !json.Valid([]byte(r)) {
				t.Errorf("%s: result %s is not JSON", query, r)
			}
		}
		for _, path := range []string{"resourceId", "accountId", "configuration.layers.arn"} {
			wanted, ok := q.Wanted(path)
			if !ok || !q.Evaluate().Match(doc) {
				continue
			}
			held := []string{text}
			switch path {
			case "accountId":
				held = []string{"1"}
			case "configuration.layers.arn":
				held = append(held, "L:1")
			}
			if !slices.ContainsFunc(held, func(h string) bool { return slices.Contains(wanted, h) }) {
				t.Errorf("%s matches, but an index on %s by %q would lose it", query, path, wanted)
			}
		}
		before, where, found := strings.Cut(query, "WHERE")
		if !found || strings.Contains(before, "'") {
			return
		}
		if n, err := configsql.Compile("SELECT resourceId WHERE NOT (" + where + ")"); err == nil && n.Evaluate().Match(doc) == q.Evaluate().Match(doc) {
			t.Errorf("%s and its negation agree", query)
		}
	})
}
