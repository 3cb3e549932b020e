package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

// authorizationOps are the operations by which a pair allows another account's aggregator to collect from it. An
// organization's aggregator needs no authorization.
func (s *Service) authorizationOps() []*call.Op {
	resource := func(c call.Caller, account, region *string) string {
		return arn(key(c), "aggregation-authorization/"+aws.ToString(account)+"/"+aws.ToString(region))
	}
	return []*call.Op{
		call.Operation("config", "PutAggregationAuthorization", s.putAggregationAuthorization).Accepts("AuthorizedAccountId", "AuthorizedAwsRegion", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.PutAggregationAuthorizationInput) string {
				return resource(c, in.AuthorizedAccountId, in.AuthorizedAwsRegion)
			})),
		call.Operation("config", "DescribeAggregationAuthorizations", s.describeAggregationAuthorizations).Accepts("Limit", "NextToken"),
		call.Operation("config", "DeleteAggregationAuthorization", s.deleteAggregationAuthorization).Accepts("AuthorizedAccountId", "AuthorizedAwsRegion").
			Permissions(call.On(func(c call.Caller, in *api.DeleteAggregationAuthorizationInput) string {
				return resource(c, in.AuthorizedAccountId, in.AuthorizedAwsRegion)
			})),
	}
}

// authorized says whether a pair allows another pair's aggregator to collect.
func (s *Service) authorized(source pair.Key, aggregator call.Caller) bool {
	sh, ok := s.shards.Find(source.Account, source.Region)
	if !ok {
		return false
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.authorizations[key(aggregator)] != nil
}

func (s *Service) putAggregationAuthorization(_ context.Context, c call.Caller, in *api.PutAggregationAuthorizationInput) (*api.PutAggregationAuthorizationOutput, error) {
	if !accountID.MatchString(aws.ToString(in.AuthorizedAccountId)) {
		return nil, apierr.Constraint(aws.ToString(in.AuthorizedAccountId), "authorizedAccountId", apierr.Pattern(`\d{12}`))
	}
	if in.AuthorizedAwsRegion == nil {
		return nil, apierr.Missing("authorizedAwsRegion")
	}
	who := pair.Key{Account: *in.AuthorizedAccountId, Region: *in.AuthorizedAwsRegion}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a := sh.authorizations[who]
	if a == nil {
		now := s.Clock.Now()
		a = &types.AggregationAuthorization{
			AuthorizedAccountId: in.AuthorizedAccountId, AuthorizedAwsRegion: in.AuthorizedAwsRegion, CreationTime: &now,
			AggregationAuthorizationArn: aws.String(arn(sh.Key, "aggregation-authorization/"+who.Account+"/"+who.Region)),
		}
		sh.authorizations[who] = a
	}
	sh.tag(*a.AggregationAuthorizationArn, in.Tags)
	view := *a
	return &api.PutAggregationAuthorizationOutput{AggregationAuthorization: &view}, nil
}

func (s *Service) describeAggregationAuthorizations(_ context.Context, c call.Caller, in *api.DescribeAggregationAuthorizationsInput) (*api.DescribeAggregationAuthorizationsOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	named := map[string]types.AggregationAuthorization{}
	for _, a := range sh.authorizations {
		named[*a.AggregationAuthorizationArn] = *a
	}
	part, next, err := cut(sorted(named), func(a types.AggregationAuthorization) string { return *a.AggregationAuthorizationArn }, in.NextToken, in.Limit, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	return &api.DescribeAggregationAuthorizationsOutput{AggregationAuthorizations: part, NextToken: next}, nil
}

func (s *Service) deleteAggregationAuthorization(_ context.Context, c call.Caller, in *api.DeleteAggregationAuthorizationInput) (*api.DeleteAggregationAuthorizationOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	who := pair.Key{Account: aws.ToString(in.AuthorizedAccountId), Region: aws.ToString(in.AuthorizedAwsRegion)}
	if a := sh.authorizations[who]; a != nil { // a missing one is no error at AWS
		delete(sh.tags, *a.AggregationAuthorizationArn)
		delete(sh.authorizations, who)
	}
	return &api.DeleteAggregationAuthorizationOutput{}, nil
}
