package config

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

const (
	usualResults = 10 // of the compliance operations, in a page
	maxKinds     = 3  // ComplianceTypes in one call
	// contributorCap is the highest count of a roll-up. UNCONFIRMED: the value.
	contributorCap = 25
	// maxShortName is the longest rule name that the compliance operations accept. PutConfigRule accepts longer ones.
	maxShortName = 64
)

func (s *Service) complianceOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "GetComplianceDetailsByConfigRule", s.getComplianceDetailsByConfigRule).Accepts("ConfigRuleName", "ComplianceTypes", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.GetComplianceDetailsByConfigRuleInput) string {
				return s.ruleARN(c, in.ConfigRuleName)
			})),
		call.Operation("config", "DescribeComplianceByConfigRule", s.describeComplianceByConfigRule).Accepts("ConfigRuleNames", "ComplianceTypes", "NextToken"),
		call.Operation("config", "DescribeComplianceByResource", s.describeComplianceByResource).
			Accepts("ResourceType", "ResourceId", "ComplianceTypes", "Limit", "NextToken"),
		call.Operation("config", "GetComplianceDetailsByResource", s.getComplianceDetailsByResource).
			Accepts("ResourceType", "ResourceId", "ComplianceTypes", "NextToken"),
	}
}

// kinds checks a filter by compliance type and makes a function that says whether a type passes it.
func kinds(list []types.ComplianceType, roundUp bool) (func(types.ComplianceType) bool, error) {
	if len(list) > maxKinds {
		return nil, apierr.TooLong("complianceTypes", maxKinds)
	}
	for _, k := range list {
		if k == types.ComplianceTypeInsufficientData && !roundUp || k == types.ComplianceTypeNotApplicable && roundUp {
			return nil, invalid("%s cannot be used as a filter here", k)
		}
	}
	return func(t types.ComplianceType) bool { return len(list) == 0 || slices.Contains(list, t) }, nil
}

// identifier is the identifier of a result.
func (r *rule) identifier(resource string, x result) *types.EvaluationResultIdentifier {
	at := time.Unix(0, x.ordered).UTC()
	return &types.EvaluationResultIdentifier{
		EvaluationResultQualifier: &types.EvaluationResultQualifier{
			ConfigRuleName: r.conf.ConfigRuleName, ResourceType: aws.String(recording.ResourceType), ResourceId: &resource,
			EvaluationMode: types.EvaluationModeDetective,
		},
		OrderingTimestamp: &at,
	}
}

func (r *rule) view(resource string, x result) types.EvaluationResult {
	recorded, invoked := time.Unix(0, x.recorded).UTC(), time.Unix(0, x.invoked).UTC()
	return types.EvaluationResult{
		EvaluationResultIdentifier: r.identifier(resource, x), ComplianceType: x.verdict.complianceType(),
		ResultRecordedTime: &recorded, ConfigRuleInvokedTime: &invoked,
	}
}

// results is a page of the names of the resources whose result passes. The shard is locked.
func (sh *shard) results(r *rule, passes func(result) bool, token *string, size int) ([]string, *string, error) {
	var names []string
	for _, x := range sh.items.All() {
		if found, ok := r.results[x.Name]; ok && passes(found) {
			names = append(names, x.Name)
		}
	}
	return part(names, page.Self, token, size)
}

func (s *Service) getComplianceDetailsByConfigRule(_ context.Context, c call.Caller, in *api.GetComplianceDetailsByConfigRuleInput) (*api.GetComplianceDetailsByConfigRuleOutput, error) {
	if len(aws.ToString(in.ConfigRuleName)) > maxShortName {
		return nil, apierr.TooLong("configRuleName", maxShortName)
	}
	passes, err := kinds(in.ComplianceTypes, false)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(in.Limit, usualResults, maxItems)
	if err != nil {
		return nil, err
	}
	sh, r, err := lockAndFind(s, c, (*shard).ruleNamed, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	names, next, err := sh.results(r, func(x result) bool { return passes(x.verdict.complianceType()) }, in.NextToken, size)
	if err != nil {
		return nil, err
	}
	out := &api.GetComplianceDetailsByConfigRuleOutput{EvaluationResults: []types.EvaluationResult{}, NextToken: next}
	for _, n := range names {
		out.EvaluationResults = append(out.EvaluationResults, r.view(n, r.results[n]))
	}
	return out, nil
}

// tally counts verdicts for a roll-up.
type tally struct{ compliant, nonCompliant int }

func (t *tally) add(v verdict) {
	switch v {
	case compliant:
		t.compliant++
	case nonCompliant:
		t.nonCompliant++
	}
}

// compliance is the roll-up: one failure makes it NON_COMPLIANT, and NOT_APPLICABLE alone is INSUFFICIENT_DATA.
func (t tally) compliance() *types.Compliance {
	switch {
	case t.nonCompliant > 0:
		return &types.Compliance{ComplianceType: types.ComplianceTypeNonCompliant, ComplianceContributorCount: capped(t.nonCompliant)}
	case t.compliant > 0:
		return &types.Compliance{ComplianceType: types.ComplianceTypeCompliant}
	default:
		return &types.Compliance{ComplianceType: types.ComplianceTypeInsufficientData}
	}
}

func capped(n int) *types.ComplianceContributorCount {
	return &types.ComplianceContributorCount{CappedCount: int32(min(n, contributorCap)), CapExceeded: n > contributorCap} //nolint:gosec // at most contributorCap
}

// tally counts the rule's results.
func (r *rule) tally(seen func(result) verdict) tally {
	var t tally
	for _, x := range r.results {
		t.add(seen(x))
	}
	return t
}

// latest is the verdict of a result as the pair itself shows it.
func latest(x result) verdict { return x.verdict }

func (s *Service) describeComplianceByConfigRule(_ context.Context, c call.Caller, in *api.DescribeComplianceByConfigRuleInput) (*api.DescribeComplianceByConfigRuleOutput, error) {
	passes, err := kinds(in.ComplianceTypes, true)
	if err != nil {
		return nil, err
	}
	sh, rules, err := lockAndFind(s, c, (*shard).rulesNamed, in.ConfigRuleNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	var list []types.ComplianceByConfigRule
	for _, r := range rules {
		if view := r.tally(latest).compliance(); passes(view.ComplianceType) {
			list = append(list, types.ComplianceByConfigRule{ConfigRuleName: r.conf.ConfigRuleName, Compliance: view})
		}
	}
	part, next, err := cut(list, func(x types.ComplianceByConfigRule) string { return *x.ConfigRuleName }, in.NextToken, 0, maxNames, maxNames)
	if err != nil {
		return nil, err
	}
	return &api.DescribeComplianceByConfigRuleOutput{ComplianceByConfigRules: part, NextToken: next}, nil
}

func (s *Service) describeComplianceByResource(_ context.Context, c call.Caller, in *api.DescribeComplianceByResourceInput) (*api.DescribeComplianceByResourceOutput, error) {
	passes, err := kinds(in.ComplianceTypes, true)
	if err != nil {
		return nil, err
	}
	if in.ResourceId != nil && in.ResourceType == nil {
		return nil, invalid("A resource id needs a resource type")
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	var list []types.ComplianceByResource
	if in.ResourceType == nil || *in.ResourceType == recording.ResourceType {
		for _, x := range sh.items.All() {
			if in.ResourceId != nil && *in.ResourceId != x.Name {
				continue
			}
			var t tally
			evaluated := false
			for _, r := range sh.rules {
				if found, ok := r.results[x.Name]; ok {
					evaluated = true
					t.add(found.verdict)
				}
			}
			if view := t.compliance(); evaluated && passes(view.ComplianceType) {
				list = append(list, types.ComplianceByResource{ResourceType: aws.String(recording.ResourceType), ResourceId: aws.String(x.Name), Compliance: view})
			}
		}
	}
	part, next, err := cut(list, func(x types.ComplianceByResource) string { return *x.ResourceId }, in.NextToken, in.Limit, usualResults, maxItems)
	if err != nil {
		return nil, err
	}
	return &api.DescribeComplianceByResourceOutput{ComplianceByResources: part, NextToken: next}, nil
}

func (s *Service) getComplianceDetailsByResource(_ context.Context, c call.Caller, in *api.GetComplianceDetailsByResourceInput) (*api.GetComplianceDetailsByResourceOutput, error) {
	passes, err := kinds(in.ComplianceTypes, false)
	if err != nil {
		return nil, err
	}
	if in.ResourceType == nil || in.ResourceId == nil {
		return nil, invalid("ResourceType and ResourceId must be given")
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := []types.EvaluationResult{}
	if *in.ResourceType == recording.ResourceType {
		for _, r := range sorted(sh.rules) {
			if x, ok := r.results[*in.ResourceId]; ok && passes(x.verdict.complianceType()) {
				list = append(list, r.view(*in.ResourceId, x))
			}
		}
	}
	part, next, err := cut(list, func(x types.EvaluationResult) string {
		return *x.EvaluationResultIdentifier.EvaluationResultQualifier.ConfigRuleName
	}, in.NextToken, 0, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	return &api.GetComplianceDetailsByResourceOutput{EvaluationResults: part, NextToken: next}, nil
}

// aggregateKind checks the filter of the aggregate operations.
func aggregateKind(k types.ComplianceType) error {
	switch k {
	case "", types.ComplianceTypeCompliant, types.ComplianceTypeNonCompliant:
		return nil
	default:
		return apierr.Validation("The compliance type %s cannot be used as a filter here", k)
	}
}
