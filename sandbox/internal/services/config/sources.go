package config

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// accessPeriod is how long the result of trying an aggregator's role is used. AWS publishes no period.
const accessPeriod = time.Minute

// state is the state of collecting from one source.
type state struct {
	pair.Key
	status        types.AggregatedSourceStatusType
	code, message string
}

// organizationAccess is whether the aggregator can read the organization now.
func (s *Service) organizationAccess(ctx context.Context, owner call.Caller, a *aggregator) access {
	sh := s.at(owner)
	sh.mu.Lock()
	have := a.access
	sh.mu.Unlock()
	if s.Clock.Now().Sub(have.checked) < accessPeriod {
		return have
	}
	c := call.Caller{Account: owner.Account, Region: owner.Region}
	err := s.readOrganization(ctx, c, *a.OrganizationAggregationSource.RoleArn)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a.access = access{checked: s.Clock.Now(), ever: have.ever || err == nil, err: err}
	return a.access
}

// states are the states of all pairs that an aggregator collects from, by account and Region. organization is the state
// of reading the organization, or nil for an aggregator of accounts.
//
// UNCONFIRMED: how AWS shows an account without a recorder (here SUCCEEDED: there is nothing to collect, and the
// status does not say so) and a suspended one (here FAILED, and its data is no longer shown).
func (s *Service) states(ctx context.Context, owner call.Caller, a *aggregator) (organization *state, all []state) {
	var accounts, regions []string
	everywhere := false
	status := types.AggregatedSourceStatusTypeSucceeded
	code, message := "", ""
	if o := a.OrganizationAggregationSource; o != nil {
		got := s.organizationAccess(ctx, owner, a)
		organization = &state{Key: pair.Key{Account: s.Organization.ID(), Region: owner.Region}, status: status}
		if got.err != nil {
			organization.status = types.AggregatedSourceStatusTypeFailed
			organization.code, organization.message = "InvalidRole", got.err.Error()
			status, code, message = types.AggregatedSourceStatusTypeOutdated, organization.code, organization.message
		} else if !s.Organization.ServiceAccess(Principal) {
			organization.status = types.AggregatedSourceStatusTypeFailed
			organization.code, organization.message = "OrganizationAccessDenied", "AWS Config service access is disabled in your organization"
			status, code, message = types.AggregatedSourceStatusTypeOutdated, organization.code, organization.message
		}
		for _, x := range s.Organization.Accounts() {
			accounts = append(accounts, x.ID)
		}
		everywhere, regions = o.AllAwsRegions, o.AwsRegions
	} else {
		from := a.AccountAggregationSources[0]
		accounts = slices.Sorted(slices.Values(from.AccountIds))
		accounts = slices.Compact(accounts)
		everywhere, regions = from.AllAwsRegions, from.AwsRegions
	}
	if everywhere {
		regions = s.Regions.All()
	}
	regions = slices.Compact(slices.Sorted(slices.Values(regions)))
	for _, account := range accounts {
		for _, region := range regions {
			if everywhere && !s.Regions.Enabled(account, region) {
				continue
			}
			st := state{Key: pair.Key{Account: account, Region: region}, status: status, code: code, message: message}
			s.checkSource(owner, organization != nil, &st)
			all = append(all, st)
		}
	}
	return organization, all
}

// checkSource sets the state of a pair that cannot be collected from.
func (s *Service) checkSource(owner call.Caller, byOrganization bool, st *state) {
	fail := func(code, message string) {
		st.status, st.code, st.message = types.AggregatedSourceStatusTypeFailed, code, message
	}
	known, ok := s.Organization.Account(st.Account)
	switch {
	case ok && known.State != "ACTIVE":
		fail("AccountNotActive", "The account "+st.Account+" is "+known.State)
	case !s.Regions.Enabled(st.Account, st.Region):
		fail("RegionNotEnabled", "The Region "+st.Region+" is not enabled in account "+st.Account)
	case byOrganization || st.Account == owner.Account:
	case !s.authorized(st.Key, owner):
		fail("AccessDenied", "Authorization is not granted to the aggregator account "+owner.Account)
	}
}

// visible are the pairs whose data an aggregator shows.
func (s *Service) visible(ctx context.Context, owner call.Caller, a *aggregator) []pair.Key {
	_, all := s.states(ctx, owner, a)
	var out []pair.Key
	for _, st := range all {
		if st.status != types.AggregatedSourceStatusTypeFailed {
			out = append(out, st.Key)
		}
	}
	return out
}

func (s *Service) describeConfigurationAggregatorSourcesStatus(ctx context.Context, c call.Caller, in *api.DescribeConfigurationAggregatorSourcesStatusInput) (*api.DescribeConfigurationAggregatorSourcesStatusOutput, error) {
	a, err := s.aggregator(c, in.ConfigurationAggregatorName)
	if err != nil {
		return nil, err
	}
	organization, all := s.states(ctx, c, a)
	at := s.aggregatedUntil()
	list := make([]types.AggregatedSourceStatus, 0, len(all)+1)
	if organization != nil {
		list = append(list, organization.view(types.AggregatedSourceTypeOrganization, at))
	}
	kind := types.AggregatedSourceTypeAccount
	if organization != nil && s.Quirks.Is(quirk.AggregatorRows, "organization") {
		kind = types.AggregatedSourceTypeOrganization
	}
	for _, st := range all {
		list = append(list, st.view(kind, at))
	}
	if len(in.UpdateStatus) > 0 {
		list = slices.DeleteFunc(list, func(x types.AggregatedSourceStatus) bool {
			return !slices.Contains(in.UpdateStatus, x.LastUpdateStatus)
		})
	}
	// Accounts are digits and sort before the organization's o-….
	slices.SortStableFunc(list, func(x, y types.AggregatedSourceStatus) int { return strings.Compare(sourceName(x), sourceName(y)) })
	part, next, err := cut(list, sourceName, in.NextToken, in.Limit, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	return &api.DescribeConfigurationAggregatorSourcesStatusOutput{AggregatedSourceStatusList: part, NextToken: next}, nil
}

func sourceName(x types.AggregatedSourceStatus) string {
	return aws.ToString(x.SourceId) + "/" + aws.ToString(x.AwsRegion)
}

func (st *state) view(kind types.AggregatedSourceType, at time.Time) types.AggregatedSourceStatus {
	return types.AggregatedSourceStatus{
		SourceId: aws.String(st.Account), SourceType: kind, AwsRegion: aws.String(st.Region), LastUpdateStatus: st.status,
		LastUpdateTime: &at, LastErrorCode: optional.Text(st.code), LastErrorMessage: optional.Text(st.message),
	}
}
