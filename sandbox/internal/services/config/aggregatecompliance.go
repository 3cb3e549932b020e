package config

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

const (
	usualAggregates = 100
	maxAggregates   = 1000
)

func (s *Service) aggregateComplianceOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "DescribeAggregateComplianceByConfigRules", s.describeAggregateComplianceByConfigRules).
			Accepts("ConfigurationAggregatorName", "Filters", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeAggregateComplianceByConfigRulesInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
		call.Operation("config", "GetAggregateComplianceDetailsByConfigRule", s.getAggregateComplianceDetailsByConfigRule).
			Accepts("ConfigurationAggregatorName", "ConfigRuleName", "AccountId", "AwsRegion", "ComplianceType", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.GetAggregateComplianceDetailsByConfigRuleInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
		call.Operation("config", "GetAggregateConfigRuleComplianceSummary", s.getAggregateConfigRuleComplianceSummary).
			Accepts("ConfigurationAggregatorName", "Filters", "GroupByKey", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.GetAggregateConfigRuleComplianceSummaryInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
	}
}

// aggregatedRules are the roll-ups of all rules that an aggregator shows, by account, Region and rule.
func (s *Service) aggregatedRules(ctx context.Context, c call.Caller, a *aggregator, wanted func(pair.Key) bool) []types.AggregateComplianceByConfigRule {
	until := s.aggregatedUntil()
	list := []types.AggregateComplianceByConfigRule{}
	for _, k := range s.visible(ctx, c, a) {
		sh, ok := s.shards.Find(k.Account, k.Region)
		if !ok || !wanted(k) {
			continue
		}
		sh.mu.Lock()
		for _, r := range sorted(sh.rules) {
			if r.activated.After(until) {
				continue
			}
			list = append(list, types.AggregateComplianceByConfigRule{
				AccountId: aws.String(k.Account), AwsRegion: aws.String(k.Region), ConfigRuleName: r.conf.ConfigRuleName,
				Compliance: r.tally(func(x result) verdict { return x.seen(until) }).compliance(),
			})
		}
		sh.mu.Unlock()
	}
	return list
}

// only says whether a value passes a filter, which may be absent.
func only(filter *string, have string) bool { return filter == nil || *filter == have }

func (s *Service) describeAggregateComplianceByConfigRules(ctx context.Context, c call.Caller, in *api.DescribeAggregateComplianceByConfigRulesInput) (*api.DescribeAggregateComplianceByConfigRulesOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	f := in.Filters
	if f == nil {
		f = &types.ConfigRuleComplianceFilters{}
	}
	if err := aggregateKind(f.ComplianceType); err != nil {
		return nil, err
	}
	var list []types.AggregateComplianceByConfigRule
	for _, x := range s.aggregatedRules(ctx, c, a, func(k pair.Key) bool { return only(f.AccountId, k.Account) && only(f.AwsRegion, k.Region) }) {
		if only(f.ConfigRuleName, *x.ConfigRuleName) && (f.ComplianceType == "" || f.ComplianceType == x.Compliance.ComplianceType) {
			list = append(list, x)
		}
	}
	part, next, err := cut(list, func(x types.AggregateComplianceByConfigRule) string {
		return *x.AccountId + "/" + *x.AwsRegion + "/" + *x.ConfigRuleName
	}, in.NextToken, in.Limit, usualAggregates, maxAggregates)
	if err != nil {
		return nil, err
	}
	return &api.DescribeAggregateComplianceByConfigRulesOutput{AggregateComplianceByConfigRules: part, NextToken: next}, nil
}

func (s *Service) getAggregateComplianceDetailsByConfigRule(ctx context.Context, c call.Caller, in *api.GetAggregateComplianceDetailsByConfigRuleInput) (*api.GetAggregateComplianceDetailsByConfigRuleOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	switch {
	case in.ConfigRuleName == nil:
		return nil, apierr.Missing("configRuleName")
	case in.AccountId == nil:
		return nil, apierr.Missing("accountId")
	case in.AwsRegion == nil:
		return nil, apierr.Missing("awsRegion")
	}
	if err := aggregateKind(in.ComplianceType); err != nil {
		return nil, err
	}
	size, err := pageSize(in.Limit, usualAggregates/2, maxItems)
	if err != nil {
		return nil, err
	}
	out := &api.GetAggregateComplianceDetailsByConfigRuleOutput{AggregateEvaluationResults: []types.AggregateEvaluationResult{}}
	sh, r := s.aggregatedRule(ctx, c, a, pair.Key{Account: *in.AccountId, Region: *in.AwsRegion}, *in.ConfigRuleName)
	if r == nil {
		return out, nil
	}
	until := s.aggregatedUntil()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	passes := func(x result) bool {
		switch v := x.seen(until); v {
		case compliant, nonCompliant:
			return in.ComplianceType == "" || in.ComplianceType == v.complianceType()
		default:
			return false
		}
	}
	names, next, err := sh.results(r, passes, in.NextToken, size)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		x := r.results[n]
		recorded, invoked := time.Unix(0, x.recorded).UTC(), time.Unix(0, x.invoked).UTC()
		out.AggregateEvaluationResults = append(out.AggregateEvaluationResults, types.AggregateEvaluationResult{
			AccountId: in.AccountId, AwsRegion: in.AwsRegion, EvaluationResultIdentifier: r.identifier(n, x),
			ComplianceType: x.seen(until).complianceType(), ResultRecordedTime: &recorded, ConfigRuleInvokedTime: &invoked,
		})
	}
	out.NextToken = next
	return out, nil
}

// aggregatedRule is a rule in a pair that the aggregator shows, or nil.
func (s *Service) aggregatedRule(ctx context.Context, c call.Caller, a *aggregator, where pair.Key, name string) (*shard, *rule) {
	for _, k := range s.visible(ctx, c, a) {
		sh, ok := s.shards.Find(k.Account, k.Region)
		if k != where || !ok {
			continue
		}
		sh.mu.Lock()
		defer sh.mu.Unlock()
		return sh, sh.rules[name]
	}
	return nil, nil
}

// getAggregateConfigRuleComplianceSummary counts rules, not resources, by account or Region.
func (s *Service) getAggregateConfigRuleComplianceSummary(ctx context.Context, c call.Caller, in *api.GetAggregateConfigRuleComplianceSummaryInput) (*api.GetAggregateConfigRuleComplianceSummaryOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	f := in.Filters
	if f == nil {
		f = &types.ConfigRuleComplianceSummaryFilters{}
	}
	counts := map[string]tally{}
	for _, x := range s.aggregatedRules(ctx, c, a, func(k pair.Key) bool { return only(f.AccountId, k.Account) && only(f.AwsRegion, k.Region) }) {
		group := ""
		switch in.GroupByKey {
		case types.ConfigRuleComplianceSummaryGroupKeyAccountId:
			group = *x.AccountId
		case types.ConfigRuleComplianceSummaryGroupKeyAwsRegion:
			group = *x.AwsRegion
		case "":
		default:
			return nil, apierr.Validation("The GroupByKey %s is not valid", in.GroupByKey)
		}
		t := counts[group]
		switch x.Compliance.ComplianceType {
		case types.ComplianceTypeCompliant:
			t.compliant++
		case types.ComplianceTypeNonCompliant:
			t.nonCompliant++
		}
		counts[group] = t
	}
	now := s.Clock.Now()
	named := map[string]types.AggregateComplianceCount{}
	for group, t := range counts {
		named[group] = types.AggregateComplianceCount{GroupName: optional.Text(group), ComplianceSummary: &types.ComplianceSummary{
			ComplianceSummaryTimestamp: &now, CompliantResourceCount: capped(t.compliant), NonCompliantResourceCount: capped(t.nonCompliant),
		}}
	}
	part, next, err := cut(sorted(named), func(x types.AggregateComplianceCount) string { return aws.ToString(x.GroupName) }, in.NextToken, in.Limit, maxAggregates, maxAggregates)
	if err != nil {
		return nil, err
	}
	return &api.GetAggregateConfigRuleComplianceSummaryOutput{
		AggregateComplianceCounts: part, GroupByKey: optional.Text(string(in.GroupByKey)), NextToken: next,
	}, nil
}
