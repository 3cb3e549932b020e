package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

const (
	maxQueries     = 300 // in a pair
	maxDescription = 256
	maxQueryPage   = 100
)

type storedQuery struct{ types.StoredQuery }

func (q *storedQuery) name() string { return aws.ToString(q.QueryName) }

func (s *Service) storedQueryOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "PutStoredQuery", s.putStoredQuery).
			Accepts("StoredQuery.QueryName", "StoredQuery.Description", "StoredQuery.Expression", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.PutStoredQueryInput) string {
				if in.StoredQuery == nil {
					return anyOf(key(c), "stored-query")
				}
				return s.queryARN(c, in.StoredQuery.QueryName)
			})),
		call.Operation("config", "GetStoredQuery", s.getStoredQuery).Accepts("QueryName").
			Permissions(call.On(func(c call.Caller, in *api.GetStoredQueryInput) string { return s.queryARN(c, in.QueryName) })),
		call.Operation("config", "ListStoredQueries", s.listStoredQueries).Accepts("MaxResults", "NextToken"),
		call.Operation("config", "DeleteStoredQuery", s.deleteStoredQuery).Accepts("QueryName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteStoredQueryInput) string { return s.queryARN(c, in.QueryName) })),
	}
}

// queryARN is the ARN of a stored query, or of any if there is none of that name.
func (s *Service) queryARN(c call.Caller, name *string) string {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if q := sh.queries[aws.ToString(name)]; q != nil {
		return *q.QueryArn
	}
	return anyOf(sh.Key, "stored-query")
}

func (s *Service) putStoredQuery(_ context.Context, c call.Caller, in *api.PutStoredQueryInput) (*api.PutStoredQueryOutput, error) {
	if in.StoredQuery == nil {
		return nil, apierr.Missing("storedQuery")
	}
	q := *in.StoredQuery
	name := aws.ToString(q.QueryName)
	if !queryName.MatchString(name) {
		return nil, apierr.Constraint(name, "storedQuery.queryName", apierr.Pattern("^[a-zA-Z0-9-_]+$"))
	}
	if len(aws.ToString(q.Description)) > maxDescription {
		return nil, apierr.TooLong("storedQuery.description", maxDescription)
	}
	if _, err := compile(aws.ToString(q.Expression)); err != nil {
		return nil, apierr.Validation("The query expression is not valid: %s", err) // UNCONFIRMED: that AWS compiles it
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	have := sh.queries[name]
	switch {
	case have != nil:
		q.QueryArn, q.QueryId = have.QueryArn, have.QueryId
	case len(sh.queries) >= maxQueries:
		return nil, apierr.Validation("You have reached the limit of %d stored queries", maxQueries)
	default:
		id := "query-" + s.IDs.Next(c.Account, c.Region, "stored-query", name).Alnum(17)
		q.QueryId, q.QueryArn = aws.String(id), aws.String(arn(sh.Key, "stored-query/"+name+"/"+id))
	}
	sh.queries[name] = &storedQuery{q}
	sh.tag(*q.QueryArn, in.Tags)
	return &api.PutStoredQueryOutput{QueryArn: q.QueryArn}, nil
}

func (sh *shard) query(name *string) (*storedQuery, error) {
	q := sh.queries[aws.ToString(name)]
	if q == nil {
		return nil, &types.ResourceNotFoundException{Message: apierr.Text("The specified query name does not exist: %s", aws.ToString(name))}
	}
	return q, nil
}

func (s *Service) getStoredQuery(_ context.Context, c call.Caller, in *api.GetStoredQueryInput) (*api.GetStoredQueryOutput, error) {
	sh, q, err := lockAndFind(s, c, (*shard).query, in.QueryName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	view := q.StoredQuery
	return &api.GetStoredQueryOutput{StoredQuery: &view}, nil
}

func (s *Service) listStoredQueries(_ context.Context, c call.Caller, in *api.ListStoredQueriesInput) (*api.ListStoredQueriesOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	part, next, err := cut(sorted(sh.queries), (*storedQuery).name, in.NextToken, aws.ToInt32(in.MaxResults), maxQueryPage, maxQueryPage)
	if err != nil {
		return nil, apierr.Validation("%v", err)
	}
	out := &api.ListStoredQueriesOutput{StoredQueryMetadata: []types.StoredQueryMetadata{}, NextToken: next}
	for _, q := range part {
		out.StoredQueryMetadata = append(out.StoredQueryMetadata, types.StoredQueryMetadata{
			QueryName: q.QueryName, QueryArn: q.QueryArn, QueryId: q.QueryId, Description: q.Description,
		})
	}
	return out, nil
}

func (s *Service) deleteStoredQuery(_ context.Context, c call.Caller, in *api.DeleteStoredQueryInput) (*api.DeleteStoredQueryOutput, error) {
	sh, q, err := lockAndFind(s, c, (*shard).query, in.QueryName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	delete(sh.queries, q.name())
	delete(sh.tags, *q.QueryArn)
	return &api.DeleteStoredQueryOutput{}, nil
}
