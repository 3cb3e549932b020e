package config

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

const (
	maxAggregators        = 50
	maxAggregatedAccounts = 10000
)

// aggregator is a view over many pairs. Its settings are replaced, never changed, so they may be read without a lock.
type aggregator struct {
	types.ConfigurationAggregator
	access access
}

// access is whether the aggregator could read the organization when that was checked last.
type access struct {
	checked time.Time
	ever    bool // it could once
	err     error
}

func (a *aggregator) name() string { return aws.ToString(a.ConfigurationAggregatorName) }

// collects says whether the aggregator's filter includes a resource type.
func (a *aggregator) collects(resourceType string) bool {
	f := a.AggregatorFilters
	return f == nil || f.ResourceType == nil || slices.Contains(f.ResourceType.Value, resourceType)
}

func (s *Service) aggregatorOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "PutConfigurationAggregator", s.putConfigurationAggregator).
			Accepts("ConfigurationAggregatorName", "AccountAggregationSources", "OrganizationAggregationSource", "AggregatorFilters.ResourceType", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.PutConfigurationAggregatorInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			}).And(call.PassRole(Principal, func(in *api.PutConfigurationAggregatorInput) *string {
				if in.OrganizationAggregationSource == nil {
					return nil
				}
				return in.OrganizationAggregationSource.RoleArn
			}))),
		call.Operation("config", "DescribeConfigurationAggregators", s.describeConfigurationAggregators).
			Accepts("ConfigurationAggregatorNames", "Limit", "NextToken"),
		call.Operation("config", "DescribeConfigurationAggregatorSourcesStatus", s.describeConfigurationAggregatorSourcesStatus).
			Accepts("ConfigurationAggregatorName", "UpdateStatus", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeConfigurationAggregatorSourcesStatusInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
		call.Operation("config", "DeleteConfigurationAggregator", s.deleteConfigurationAggregator).Accepts("ConfigurationAggregatorName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteConfigurationAggregatorInput) string {
				return s.aggregatorARN(c, in.ConfigurationAggregatorName)
			})),
	}
}

// aggregatorARN is the ARN of an aggregator, or a wildcard if there is none of that name.
func (s *Service) aggregatorARN(c call.Caller, name *string) string {
	if a, err := s.aggregator(c, name); err == nil {
		return aws.ToString(a.ConfigurationAggregatorArn)
	}
	return anyOf(key(c), "config-aggregator")
}

// aggregator finds an aggregator of the caller's pair.
func (s *Service) aggregator(c call.Caller, name *string) (*aggregator, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a := sh.aggregators[aws.ToString(name)]
	if a == nil {
		return nil, noAggregator(aws.ToString(name))
	}
	return a, nil
}

func (s *Service) putConfigurationAggregator(ctx context.Context, c call.Caller, in *api.PutConfigurationAggregatorInput) (*api.PutConfigurationAggregatorOutput, error) {
	name := aws.ToString(in.ConfigurationAggregatorName)
	if !aggregatorName.MatchString(name) {
		return nil, apierr.Constraint(name, "configurationAggregatorName", apierr.Pattern(`[\w\-]+`))
	}
	if err := s.checkSources(in); err != nil {
		return nil, err
	}
	next := &aggregator{ConfigurationAggregator: types.ConfigurationAggregator{
		ConfigurationAggregatorName: &name, AccountAggregationSources: in.AccountAggregationSources,
		OrganizationAggregationSource: in.OrganizationAggregationSource, AggregatorFilters: in.AggregatorFilters,
	}}
	if o := in.OrganizationAggregationSource; o != nil {
		if err := s.joinOrganization(ctx, c, *o.RoleArn); err != nil {
			return nil, err
		}
		next.access = access{checked: s.Clock.Now(), ever: true}
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.Clock.Now()
	next.LastUpdatedTime = &now
	switch have := sh.aggregators[name]; {
	case have != nil:
		next.ConfigurationAggregatorArn, next.CreationTime = have.ConfigurationAggregatorArn, have.CreationTime
	case len(sh.aggregators) >= maxAggregators:
		return nil, &types.LimitExceededException{Message: apierr.Text("You have reached the limit of %d configuration aggregators", maxAggregators)}
	default:
		id := s.IDs.Next(c.Account, c.Region, "config-aggregator", name).Alnum(8)
		next.ConfigurationAggregatorArn, next.CreationTime = aws.String(arn(sh.Key, "config-aggregator/config-aggregator-"+id)), &now
	}
	sh.aggregators[name] = next
	sh.tag(*next.ConfigurationAggregatorArn, in.Tags)
	view := next.ConfigurationAggregator
	return &api.PutConfigurationAggregatorOutput{ConfigurationAggregator: &view}, nil
}

func (s *Service) checkSources(in *api.PutConfigurationAggregatorInput) error {
	accounts, o := in.AccountAggregationSources, in.OrganizationAggregationSource
	all, regions := false, []string(nil)
	switch {
	case len(accounts) > 1:
		return apierr.TooLong("accountAggregationSources", 1)
	case (len(accounts) == 1) == (o != nil):
		return invalid("You must specify either AccountAggregationSources or OrganizationAggregationSource, and not both")
	case o != nil:
		if !roleARN.MatchString(aws.ToString(o.RoleArn)) {
			return &types.InvalidRoleException{Message: apierr.Text("The role ARN is not valid: %s", aws.ToString(o.RoleArn))}
		}
		all, regions = o.AllAwsRegions, o.AwsRegions
	default:
		a := accounts[0]
		if len(a.AccountIds) == 0 {
			return apierr.Missing("accountAggregationSources.1.member.accountIds")
		}
		if len(a.AccountIds) > maxAggregatedAccounts {
			return &types.LimitExceededException{Message: apierr.Text("An aggregator can have at most %d accounts", maxAggregatedAccounts)}
		}
		for _, id := range a.AccountIds {
			if !accountID.MatchString(id) {
				return invalid("The account id %s is not valid", id)
			}
		}
		all, regions = a.AllAwsRegions, a.AwsRegions
	}
	if all == (len(regions) > 0) {
		return invalid("You must specify either AllAwsRegions or AwsRegions, and not both")
	}
	for _, r := range regions {
		if !slices.Contains(s.Regions.All(), r) {
			return invalid("The Region %s is not valid", r)
		}
	}
	if f := in.AggregatorFilters; f != nil && f.ResourceType != nil && (f.ResourceType.Type != types.AggregatorFilterTypeInclude || len(f.ResourceType.Value) == 0) {
		return invalid("AggregatorFilters.ResourceType must have the type INCLUDE and at least one value")
	}
	return nil
}

// joinOrganization checks the owner of an aggregator of the organization, enables trusted access, and tries the role.
func (s *Service) joinOrganization(ctx context.Context, c call.Caller, role string) error {
	if c.Account != s.Organization.ManagementAccount() {
		// UNCONFIRMED: the text. The sandbox has no delegated administrators.
		return &types.OrganizationAccessDeniedException{Message: apierr.Text("This action can be only made by accounts which are the management account or delegated administrators of an organization.")}
	}
	if !s.Organization.ServiceAccess(Principal) {
		_, err := call.Do[organizations.EnableAWSServiceAccessOutput](ctx, s.Dispatcher, c.Through(Principal),
			&organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(Principal)})
		if err != nil {
			return &types.OrganizationAccessDeniedException{Message: apierr.Text("You do not have permission to enable service access: %v", err)}
		}
	}
	if err := s.readOrganization(ctx, c, role); err != nil {
		return &types.InvalidRoleException{Message: apierr.Text("The role %s cannot be used: %v", role, err)}
	}
	return nil
}

// readOrganization reads the organization with the aggregator's role, as AWS Config does.
func (s *Service) readOrganization(ctx context.Context, owner call.Caller, role string) error {
	as, err := session.Assume(ctx, s.Dispatcher, call.ServiceCaller(Principal, owner.Account, owner.Region), role, sessionName)
	if err != nil {
		return err
	}
	_, err = call.Do[organizations.ListAccountsOutput](ctx, s.Dispatcher, as.Caller, &organizations.ListAccountsInput{})
	return err
}

func (s *Service) describeConfigurationAggregators(_ context.Context, c call.Caller, in *api.DescribeConfigurationAggregatorsInput) (*api.DescribeConfigurationAggregatorsOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	list := sorted(sh.aggregators)
	for _, n := range in.ConfigurationAggregatorNames {
		if sh.aggregators[n] == nil {
			return nil, noAggregator(n)
		}
	}
	if len(in.ConfigurationAggregatorNames) > 0 {
		list = slices.DeleteFunc(list, func(a *aggregator) bool { return !slices.Contains(in.ConfigurationAggregatorNames, a.name()) })
	}
	part, next, err := cut(list, (*aggregator).name, in.NextToken, in.Limit, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeConfigurationAggregatorsOutput{ConfigurationAggregators: []types.ConfigurationAggregator{}, NextToken: next}
	for _, a := range part {
		out.ConfigurationAggregators = append(out.ConfigurationAggregators, a.ConfigurationAggregator)
	}
	return out, nil
}

func (s *Service) deleteConfigurationAggregator(_ context.Context, c call.Caller, in *api.DeleteConfigurationAggregatorInput) (*api.DeleteConfigurationAggregatorOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	delete(sh.aggregators, a.name())
	delete(sh.tags, *a.ConfigurationAggregatorArn)
	return &api.DeleteConfigurationAggregatorOutput{}, nil
}
