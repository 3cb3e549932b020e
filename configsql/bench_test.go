package configsql_test

import (
	"testing"

	"github.com/layerfleet/layerfleet/configsql"
)

// compact is a row as a service keeps it: no JSON is built to test it.
type compact struct {
	name, account string
	layers        []string
}

func (c *compact) Values(path string, into []configsql.Value) []configsql.Value {
	switch path {
	case "resourceType":
		return append(into, configsql.String("AWS::Lambda::Function"))
	case "resourceId":
		return append(into, configsql.String(c.name))
	case "accountId":
		return append(into, configsql.String(c.account))
	case "configuration.layers.arn":
		for _, l := range c.layers {
			into = append(into, configsql.String(l))
		}
	}
	return into
}

func (c *compact) Property(name string) (any, bool) {
	switch name {
	case "resourceId":
		return c.name, true
	case "configuration":
		layers := make([]any, len(c.layers))
		for i, l := range c.layers {
			layers[i] = map[string]any{"arn": l}
		}
		return map[string]any{"functionName": c.name, "layers": layers}, true
	}
	return nil, false
}

const layer = "arn:aws:lambda:us-east-1:100000000000:layer:common:"

const published = "SELECT resourceId, configuration.functionName, configuration.layers.arn WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = '" + layer + "3'"

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := configsql.Compile(published); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkMatch(b *testing.B, row configsql.Row, want bool) {
	b.Helper()
	q, err := configsql.Compile(published)
	if err != nil {
		b.Fatal(err)
	}
	e := q.Evaluate()
	b.ReportAllocs()
	for b.Loop() {
		if e.Match(row) != want {
			b.Fatal("wrong")
		}
	}
}

func BenchmarkMatchCompact(b *testing.B) {
	benchmarkMatch(b, &compact{name: "fn", account: "1", layers: []string{layer + "1", layer + "2"}}, false)
}

func BenchmarkMatchDocument(b *testing.B) {
	benchmarkMatch(b, item(b, "fn", "1", `{"layers":[{"arn":"`+layer+`1"},{"arn":"`+layer+`2"}]}`), false)
}

func BenchmarkRow(b *testing.B) {
	q, err := configsql.Compile(published)
	if err != nil {
		b.Fatal(err)
	}
	e := q.Evaluate()
	row := &compact{name: "fn", account: "1", layers: []string{layer + "3"}}
	b.ReportAllocs()
	for b.Loop() {
		if e.Row(row) == "" {
			b.Fatal("empty")
		}
	}
}

func BenchmarkGroup(b *testing.B) {
	q, err := configsql.Compile("SELECT configuration.layers.arn, COUNT(*) GROUP BY configuration.layers.arn")
	if err != nil {
		b.Fatal(err)
	}
	row := &compact{name: "fn", account: "1", layers: []string{layer + "3", layer + "2"}}
	b.ReportAllocs()
	b.ResetTimer()
	for range q.Evaluate().Results(func(yield func(configsql.Row) bool) {
		for range b.N {
			if !yield(row) {
				return
			}
		}
	}) {
		continue
	}
}
