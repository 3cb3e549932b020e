package config

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/configsql"
	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// Pages of the Select operations (API reference, SelectAggregateResourceConfig).
const (
	usualRows   = 25
	usualGroups = 500
	maxRows     = 100
)

func (s *Service) selectOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "SelectResourceConfig", s.selectResourceConfig).Accepts("Expression", "Limit", "NextToken"),
		call.Operation("config", "SelectAggregateResourceConfig", s.selectAggregateResourceConfig).
			Accepts("Expression", "ConfigurationAggregatorName", "Limit", "MaxResults", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.SelectAggregateResourceConfigInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
	}
}

// compile compiles a query. What is wrong with it is in the message of AWS's error.
func compile(expression string) (*configsql.Query, error) {
	q, err := configsql.Compile(expression)
	if bad, ok := errors.AsType[*configsql.Error](err); ok {
		message := bad.Error()
		if bad.Hint != "" {
			message += "; " + bad.Hint
		}
		return nil, &types.InvalidExpressionException{Message: aws.String(message)}
	}
	if err != nil {
		return nil, err
	}
	wanted, ok := q.Wanted("resourceType")
	for _, w := range wanted {
		if ok && w != recording.ResourceType {
			return nil, apierr.Unsupported("queries for the resource type %s; it records %s", w, recording.ResourceType)
		}
	}
	return q, nil
}

func (s *Service) selectResourceConfig(_ context.Context, c call.Caller, in *api.SelectResourceConfigInput) (*api.SelectResourceConfigOutput, error) {
	q, err := compile(aws.ToString(in.Expression))
	if err != nil {
		return nil, err
	}
	from := source{pairs: []pair.Key{key(c)}, state: (*recording.Resource).Latest}
	rows, next, err := s.rows(q, from, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	return &api.SelectResourceConfigOutput{Results: rows, QueryInfo: info(q), NextToken: next}, nil
}

func (s *Service) selectAggregateResourceConfig(ctx context.Context, c call.Caller, in *api.SelectAggregateResourceConfigInput) (*api.SelectAggregateResourceConfigOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	q, err := compile(aws.ToString(in.Expression))
	if err != nil {
		return nil, err
	}
	limit := in.Limit
	switch {
	case limit == 0:
		limit = in.MaxResults
	case in.MaxResults != 0 && in.MaxResults != limit:
		return nil, apierr.New(http.StatusBadRequest, "ValidationException", "Limit and MaxResults are the same thing and differ") // UNCONFIRMED
	}
	until := s.aggregatedUntil()
	from := source{state: func(r *recording.Resource) *recording.State { return r.AsOf(until) }}
	if a.collects(recording.ResourceType) {
		from.pairs = s.visible(ctx, c, a)
	}
	rows, next, err := s.rows(q, from, in.NextToken, limit)
	if err != nil {
		return nil, err
	}
	return &api.SelectAggregateResourceConfigOutput{Results: rows, QueryInfo: info(q), NextToken: next}, nil
}

func info(q *configsql.Query) *types.QueryInfo {
	out := &types.QueryInfo{SelectFields: []types.FieldInfo{}}
	for _, f := range q.Fields() {
		out.SelectFields = append(out.SelectFields, types.FieldInfo{Name: aws.String(f)})
	}
	return out
}

// source is what a query runs over: pairs in order, and the state of a resource that it reads (nil for none).
type source struct {
	pairs []pair.Key
	state func(*recording.Resource) *recording.State
}

// rows is a page of results. Without ORDER BY they are in the order of account, Region and name, and the token continues
// after the last one. Groups and sorted rows are computed again for each page.
func (s *Service) rows(q *configsql.Query, from source, token *string, limit int32) ([]string, *string, error) {
	size := usualRows
	if q.Aggregated() {
		size = usualGroups
	}
	size, err := pageSize(limit, size, maxRows)
	if err != nil {
		return nil, nil, err
	}
	after, err := resume(q, token)
	if err != nil {
		return nil, nil, err
	}
	if q.Aggregated() || q.Ordered() {
		rows, next := s.wholeResult(q, from, after.Offset, size)
		return rows, next, nil
	}
	rows := []string{}
	e := q.Evaluate()
	var last *recording.State
	for st := range s.candidates(q, from, after) {
		if !e.Match(st) {
			continue
		}
		if len(rows) == size {
			return rows, place{Account: last.Record.Account, Region: last.Record.Region, Name: last.Record.Name}.token(q), nil
		}
		rows = append(rows, e.Row(st))
		last = st
	}
	return rows, nil, nil
}

// wholeResult is a page of results that exist only after the whole run.
func (s *Service) wholeResult(q *configsql.Query, from source, offset, size int) ([]string, *string) {
	rows, at := []string{}, 0
	all := func(yield func(configsql.Row) bool) {
		for st := range s.candidates(q, from, place{}) {
			if !yield(st) {
				return
			}
		}
	}
	for r := range q.Evaluate().Results(all) {
		if at++; at <= offset {
			continue
		}
		if len(rows) == size {
			if !q.Pageable() {
				return rows, nil
			}
			return rows, place{Offset: offset + size}.token(q)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// candidates are the states after a place that may match, in order.
func (s *Service) candidates(q *configsql.Query, from source, after place) iter.Seq[*recording.State] {
	accounts, someAccounts := q.Wanted("accountId")
	regions, someRegions := q.Wanted("awsRegion")
	return func(yield func(*recording.State) bool) {
		for _, k := range from.pairs {
			if someAccounts && !slices.Contains(accounts, k.Account) || someRegions && !slices.Contains(regions, k.Region) || after.follows(k) {
				continue
			}
			sh, ok := s.shards.Find(k.Account, k.Region)
			if !ok {
				continue
			}
			list := sh.items.Candidates(q)
			if k.Account == after.Account && k.Region == after.Region {
				list = list[firstAfter(list, after.Name):]
			}
			for _, r := range list {
				if st := from.state(r); st != nil && !st.Deleted && !yield(st) {
					return
				}
			}
		}
	}
}
