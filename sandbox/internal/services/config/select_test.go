package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// aggregate makes an organization aggregator over both Regions.
func (w *world) aggregate() {
	w.Helper()
	mustAt[api.PutConfigurationAggregatorOutput](w, management, region, organizationAggregator())
}

func organizationAggregator() *api.PutConfigurationAggregatorInput {
	return &api.PutConfigurationAggregatorInput{
		ConfigurationAggregatorName: aws.String("all"),
		OrganizationAggregationSource: &types.OrganizationAggregationSource{
			RoleArn: aws.String("arn:aws:iam::" + management + ":role/aggregator"), AllAwsRegions: true,
		},
	}
}

// everywhere runs a query over the aggregator, all pages.
func (w *world) everywhere(expression string, limit int32) (rows []string, pages int) {
	w.Helper()
	in := &api.SelectAggregateResourceConfigInput{ConfigurationAggregatorName: aws.String("all"), Expression: &expression, Limit: limit}
	for {
		out := mustAt[api.SelectAggregateResourceConfigOutput](w, management, region, in)
		rows = append(rows, out.Results...)
		pages++
		if out.NextToken == nil {
			return rows, pages
		}
		in.NextToken = out.NextToken
	}
}

func TestAggregateQueryPages(t *testing.T) {
	inWorld(t, func(w *world) {
		var want []string
		for _, account := range []string{member, other} {
			for _, r := range []string{second, region} {
				w.record(account, r)
				layers := w.layer(account, r, "common", 2)
				for i := range 7 {
					name := fmt.Sprintf("fn-%02d", i)
					w.function(account, r, name, layers[i%2])
					want = append(want, fmt.Sprintf(`{"accountId":"%s","awsRegion":"%s","resourceId":"%s"}`, account, r, name))
				}
			}
		}
		w.aggregate()
		pass(time.Minute)
		const all = "SELECT accountId, awsRegion, resourceId WHERE resourceType = 'AWS::Lambda::Function'"
		for _, tt := range []struct {
			name, expression string
			limit            int32
			rows             []string
			pages            int
		}{
			{name: "default page", expression: all, rows: want, pages: 2},
			{name: "small pages", expression: all, limit: 3, rows: want, pages: 10},
			{name: "exact page", expression: all, limit: 28, rows: want, pages: 1},
			{name: "sorted", expression: all + " ORDER BY accountId, awsRegion, resourceId", limit: 10, rows: want, pages: 3},
			{name: "one pair", expression: all + " AND accountId = '" + other + "' AND awsRegion IN ('" + second + "')", limit: 4, rows: want[14:21], pages: 2},
			{name: "one function", expression: all + " AND resourceId IN ('fn-03', 'none')", limit: 1, rows: []string{want[3], want[10], want[17], want[24]}, pages: 4},
			{
				name: "index by layer", limit: 2, rows: []string{want[0], want[2], want[4], want[6]}, pages: 2,
				expression: all + " AND configuration.layers.arn = 'arn:aws:lambda:" + second + ":" + member + ":layer:common:1'",
			},
			{
				name: "groups", rows: []string{`{"accountId":"` + member + `","COUNT(*)":14}`, `{"accountId":"` + other + `","COUNT(*)":14}`}, limit: 1, pages: 2,
				expression: "SELECT accountId, COUNT(*) GROUP BY accountId",
			},
			{
				name: "no pages by an aggregate", rows: []string{`{"accountId":"` + member + `","COUNT(*)":14}`}, limit: 1, pages: 1,
				expression: "SELECT accountId, COUNT(*) GROUP BY accountId ORDER BY COUNT(*) DESC",
			},
		} {
			rows, pages := w.everywhere(tt.expression, tt.limit)
			if strings.Join(rows, "\n") != strings.Join(tt.rows, "\n") || pages != tt.pages {
				t.Errorf("%s: %d pages\n%s\nwant %d pages\n%s", tt.name, pages, strings.Join(rows, "\n"), tt.pages, strings.Join(tt.rows, "\n"))
			}
		}
		out := mustAt[api.SelectAggregateResourceConfigOutput](w, management, region, &api.SelectAggregateResourceConfigInput{
			ConfigurationAggregatorName: aws.String("all"), Expression: aws.String(all), MaxResults: 5,
		})
		if len(out.Results) != 5 || *out.QueryInfo.SelectFields[2].Name != "resourceId" {
			t.Errorf("MaxResults: %d rows, fields %v", len(out.Results), out.QueryInfo.SelectFields)
		}
		_, err := do[api.SelectAggregateResourceConfigOutput](w, management, region, &api.SelectAggregateResourceConfigInput{
			ConfigurationAggregatorName: aws.String("all"), Expression: aws.String("SELECT resourceId"), NextToken: out.NextToken,
		})
		wantCode(t, err, "InvalidNextTokenException", "")
	})
}

func TestSelectRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, tt := range []struct {
			name, expression, code, words string
			limit                         int32
		}{
			{name: "syntax", expression: "SELECT resourceId WHERE", code: "InvalidExpressionException", words: "syntax error at line 1, column 24"},
			{name: "hint", expression: "SELECT resourceId WHERE resourceId != 'a'", code: "InvalidExpressionException", words: "write NOT"},
			{name: "limit", expression: "SELECT resourceId", limit: 101, code: "InvalidLimitException"},
			{name: "other type", expression: "SELECT resourceId WHERE resourceType = 'AWS::S3::Bucket'", code: "SandboxUnsupported", words: "AWS::S3::Bucket"},
		} {
			_, err := do[api.SelectResourceConfigOutput](w, member, region, &api.SelectResourceConfigInput{Expression: &tt.expression, Limit: tt.limit})
			wantCode(t, err, tt.code, tt.words)
		}
		_, err := do[api.SelectAggregateResourceConfigOutput](w, member, region, &api.SelectAggregateResourceConfigInput{
			ConfigurationAggregatorName: aws.String("none"), Expression: aws.String("SELECT resourceId"),
		})
		wantCode(t, err, "NoSuchConfigurationAggregatorException", "none")
	})
}

func TestAggregatorLagsBehind(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		layers := w.layer(member, region, "common", 2)
		w.function(member, region, "fn", layers[0])
		w.aggregate()
		find := func(arn string) int {
			rows, _ := w.everywhere("SELECT resourceId WHERE configuration.layers.arn = '"+arn+"'", 0)
			return len(rows)
		}
		if find(layers[0]) != 0 {
			t.Error("seen at once")
		}
		w.svc.AggregateNow()
		if find(layers[0]) != 1 {
			t.Error("not seen after AggregateNow")
		}
		pass(time.Minute)
		w.setLayers(member, region, "fn", layers[1])
		if find(layers[0]) != 1 || find(layers[1]) != 0 {
			t.Error("an update is seen at once")
		}
		pass(time.Minute)
		if find(layers[0]) != 0 || find(layers[1]) != 1 {
			t.Error("an update is not seen after a minute")
		}
		must[lambdaapi.DeleteFunctionOutput](w, &lambdaapi.DeleteFunctionInput{FunctionName: aws.String("fn")})
		pass(time.Minute)
		if find(layers[1]) != 0 {
			t.Error("a deleted function is seen")
		}
	})
}

func (w *world) sources(account string) map[string]types.AggregatedSourceStatus {
	w.Helper()
	out := map[string]types.AggregatedSourceStatus{}
	in := &api.DescribeConfigurationAggregatorSourcesStatusInput{ConfigurationAggregatorName: aws.String("all"), Limit: 3}
	for {
		page := mustAt[api.DescribeConfigurationAggregatorSourcesStatusOutput](w, account, region, in)
		for _, s := range page.AggregatedSourceStatusList {
			out[*s.SourceId+" "+*s.AwsRegion] = s
		}
		if page.NextToken == nil {
			return out
		}
		in.NextToken = page.NextToken
	}
}

func TestOrganizationAggregator(t *testing.T) {
	inWorld(t, func(w *world) {
		_, err := do[api.PutConfigurationAggregatorOutput](w, member, region, organizationAggregator())
		wantCode(t, err, "OrganizationAccessDeniedException", "management account")
		w.roleErr = errors.New("AccessDenied")
		_, err = do[api.PutConfigurationAggregatorOutput](w, management, region, organizationAggregator())
		wantCode(t, err, "InvalidRoleException", "AccessDenied")
		w.roleErr = nil
		w.aggregate()
		if !w.access {
			t.Error("trusted access is not on")
		}
		got := w.sources(management)
		if len(got) != 9 { // four accounts in two Regions, and the organization
			t.Errorf("%d sources", len(got))
		}
		for name, want := range map[string]types.AggregatedSourceStatusType{
			"o-example " + region: types.AggregatedSourceStatusTypeSucceeded,
			member + " " + region: types.AggregatedSourceStatusTypeSucceeded,
			// Without a recorder there is nothing to collect, and the status does not say so.
			other + " " + second:     types.AggregatedSourceStatusTypeSucceeded,
			suspended + " " + region: types.AggregatedSourceStatusTypeFailed,
		} {
			if got[name].LastUpdateStatus != want {
				t.Errorf("%s is %s, want %s", name, got[name].LastUpdateStatus, want)
			}
		}
		w.listErr = errors.New("not authorized to perform organizations:ListAccounts")
		pass(2 * time.Minute)
		got = w.sources(management)
		if s := got["o-example "+region]; s.LastUpdateStatus != types.AggregatedSourceStatusTypeFailed || !strings.Contains(*s.LastErrorMessage, "ListAccounts") {
			t.Errorf("organization %+v", s)
		}
		if s := got[member+" "+region]; s.LastUpdateStatus != types.AggregatedSourceStatusTypeOutdated {
			t.Errorf("member %s", s.LastUpdateStatus)
		}
	})
}

func TestAccountAggregator(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, account := range []string{member, other} {
			w.record(account, region)
			w.function(account, region, "fn-"+account)
		}
		in := &api.PutConfigurationAggregatorInput{
			ConfigurationAggregatorName: aws.String("all"),
			AccountAggregationSources:   []types.AccountAggregationSource{{AccountIds: []string{member, other}, AwsRegions: []string{region}}},
		}
		put := mustAt[api.PutConfigurationAggregatorOutput](w, management, region, in)
		pass(time.Minute)
		if rows, _ := w.everywhere("SELECT resourceId", 0); len(rows) != 0 {
			t.Errorf("collected without authorization: %v", rows)
		}
		mustAt[api.PutAggregationAuthorizationOutput](w, other, region, &api.PutAggregationAuthorizationInput{AuthorizedAccountId: aws.String(management), AuthorizedAwsRegion: aws.String(region)})
		if rows, _ := w.everywhere("SELECT resourceId", 0); w.names(rows) != "fn-"+other {
			t.Errorf("collected %v", rows)
		}
		got := w.sources(management)
		if s := got[member+" "+region]; len(got) != 2 || s.LastUpdateStatus != types.AggregatedSourceStatusTypeFailed || !strings.Contains(*s.LastErrorMessage, "Authorization") {
			t.Errorf("sources %+v", got)
		}
		in.AggregatorFilters = &types.AggregatorFilters{ResourceType: &types.AggregatorFilterResourceType{Type: types.AggregatorFilterTypeInclude, Value: []string{"AWS::S3::Bucket"}}}
		again := mustAt[api.PutConfigurationAggregatorOutput](w, management, region, in)
		if *again.ConfigurationAggregator.ConfigurationAggregatorArn != *put.ConfigurationAggregator.ConfigurationAggregatorArn {
			t.Error("an update changed the ARN")
		}
		if rows, _ := w.everywhere("SELECT resourceId", 0); len(rows) != 0 {
			t.Errorf("a filter let %v through", rows)
		}
		mustAt[api.DeleteConfigurationAggregatorOutput](w, management, region, &api.DeleteConfigurationAggregatorInput{ConfigurationAggregatorName: aws.String("all")})
		if got := mustAt[api.DescribeConfigurationAggregatorsOutput](w, management, region, &api.DescribeConfigurationAggregatorsInput{}); len(got.ConfigurationAggregators) != 0 {
			t.Error("it is still there")
		}
	})
}

func TestStoredQueries(t *testing.T) {
	inWorld(t, func(w *world) {
		put := func(name, expression string) (*api.PutStoredQueryOutput, error) {
			return do[api.PutStoredQueryOutput](w, member, region, &api.PutStoredQueryInput{
				StoredQuery: &types.StoredQuery{QueryName: &name, Expression: &expression}, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
			})
		}
		_, err := put("outdated", "SELECT resourceId FROM x")
		wantCode(t, err, "ValidationException", "FROM")
		_, err = put("a b", "SELECT resourceId")
		wantCode(t, err, "ValidationException", "queryName")
		first, err := put("outdated", "SELECT resourceId")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := put("a-query", "SELECT arn"); err != nil {
			t.Fatal(err)
		}
		again, err := put("outdated", "SELECT arn")
		if err != nil || *again.QueryArn != *first.QueryArn {
			t.Errorf("update: %v", err)
		}
		got := must[api.GetStoredQueryOutput](w, &api.GetStoredQueryInput{QueryName: aws.String("outdated")}).StoredQuery
		if *got.Expression != "SELECT arn" {
			t.Errorf("expression %q", *got.Expression)
		}
		if tags := must[api.ListTagsForResourceOutput](w, &api.ListTagsForResourceInput{ResourceArn: got.QueryArn}).Tags; len(tags) != 1 {
			t.Errorf("tags %v", tags)
		}
		if list := must[api.ListStoredQueriesOutput](w, &api.ListStoredQueriesInput{}).StoredQueryMetadata; len(list) != 2 || *list[0].QueryName != "a-query" {
			t.Errorf("list %v", list)
		}
		must[api.DeleteStoredQueryOutput](w, &api.DeleteStoredQueryInput{QueryName: aws.String("outdated")})
		_, err = do[api.GetStoredQueryOutput](w, member, region, &api.GetStoredQueryInput{QueryName: aws.String("outdated")})
		wantCode(t, err, "ResourceNotFoundException", "outdated")
		_, err = do[api.ListTagsForResourceOutput](w, member, region, &api.ListTagsForResourceInput{ResourceArn: got.QueryArn})
		wantCode(t, err, "ResourceNotFoundException", "")
	})
}
