package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// Rows are the answer to an advanced query: the fields selected and one JSON object
// a row, as AWS Config gave it.
type Rows struct {
	Fields []string          `json:"fields"`
	Rows   []json.RawMessage `json:"rows"`
}

// Query runs an advanced query over the aggregator, all pages of it.
func Query(ctx context.Context, a *access.Access, aggregator, text string, progress func(read int)) (*Rows, error) {
	one, err := theAggregator(ctx, a, aggregator)
	if err != nil {
		return nil, err
	}
	return Select(ctx, a, aws.ToString(one.ConfigurationAggregatorName), text, progress)
}

// Select is Query on an aggregator known to exist. The API takes expressions of at
// most 4,096 characters and answers with at most 100 rows a page.
func Select(ctx context.Context, a *access.Access, aggregator, text string, progress func(read int)) (*Rows, error) {
	rows := &Rows{Fields: []string{}, Rows: []json.RawMessage{}}
	pages := configservice.NewSelectAggregateResourceConfigPaginator(a.Config(a.Home()), &configservice.SelectAggregateResourceConfigInput{
		ConfigurationAggregatorName: &aggregator, Expression: &text, Limit: pageRows(text),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			err = access.AtStart(fmt.Errorf("querying aggregator %s: %w", aggregator, err))
			if access.Code(err) == "InvalidExpressionException" {
				err = hint.With(err, "the language has SELECT properties WHERE conditions GROUP BY … ORDER BY …, and no FROM, JOIN, DISTINCT or HAVING")
			}
			return nil, err
		}
		if page.QueryInfo != nil && len(rows.Fields) == 0 {
			for _, f := range page.QueryInfo.SelectFields {
				rows.Fields = append(rows.Fields, aws.ToString(f.Name))
			}
		}
		for _, row := range page.Results {
			rows.Rows = append(rows.Rows, json.RawMessage(row))
		}
		progress(len(rows.Rows))
	}
	return rows, nil
}

// pageRows asks for the largest page; queries that aggregate have a larger one by
// default than may be asked for.
func pageRows(text string) int32 {
	if upper := strings.ToUpper(text); strings.Contains(upper, "GROUP BY") || strings.Contains(upper, "COUNT(") {
		return 0
	}
	return 100
}

// longest is the longest expression that AWS Config takes, in characters.
const longest = 4096

// expression asks for the functions of a request and their layers. One exact layer
// version is looked for by the aggregator; names and older versions are looked for
// in the answer, since how LIKE works inside arrays is not documented.
// What narrows to accounts is left to the answer where it would be too long.
func expression(r Request) string {
	fields := "SELECT accountId, awsRegion, configuration.functionName, configuration.functionArn, " +
		"configuration.version, configuration.runtime, configuration.packageType, configuration.architectures, configuration.layers.arn"
	if r.Tags {
		fields += ", tags"
	}
	text := fields + " WHERE resourceType = " + quote(functionType)
	if arn := r.Layers.ARN; arn != nil {
		text += " AND awsRegion = " + quote(arn.Region)
		if r.Layers.Version > 0 {
			text += " AND configuration.layers.arn = " + quote(arn.At(r.Layers.Version).String())
		}
	} else if in := oneOf("awsRegion", r.Regions); len(text)+len(in) <= longest {
		text += in
	}
	if len(r.Units) == 0 {
		if in := oneOf("accountId", r.Accounts); len(text)+len(in) <= longest {
			text += in
		}
	}
	return text
}

func oneOf(property string, values []string) string {
	if len(values) == 0 {
		return ""
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return " AND " + property + " IN (" + strings.Join(quoted, ", ") + ")"
}

// quote makes a string of the query language. What is quoted here has been checked
// to be an ARN, an account id or a Region, none of which has a quote in it; one that
// slipped through is dropped, which can only make a query find less or fail.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "") + "'" }

// recorded reads a row of expression's query.
func recorded(row json.RawMessage, tags bool) (fleet.Function, error) {
	var item struct {
		AccountID     string `json:"accountId"`
		Region        string `json:"awsRegion"`
		Configuration struct {
			FunctionName, FunctionArn, Version, Runtime, PackageType string
			Architectures                                            []string
			Layers                                                   []struct{ Arn string }
		} `json:"configuration"`
		Tags []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"tags"`
	}
	if err := json.Unmarshal(row, &item); err != nil {
		return fleet.Function{}, fmt.Errorf("reading a row of the aggregator: %w", err)
	}
	c := item.Configuration
	f := fleet.Function{
		Pair: fleet.Pair{AccountID: item.AccountID, Region: item.Region},
		Name: c.FunctionName, ARN: c.FunctionArn, Version: c.Version, Runtime: c.Runtime, Layers: []string{},
		PackageType: c.PackageType, Architectures: c.Architectures, TagsKnown: tags,
	}
	for _, t := range item.Tags {
		if f.Tags == nil {
			f.Tags = map[string]string{}
		}
		f.Tags[t.Key] = t.Value
	}
	for _, l := range c.Layers {
		f.Layers = append(f.Layers, l.Arn)
	}
	return f, nil
}
