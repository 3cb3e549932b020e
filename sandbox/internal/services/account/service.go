// Package account is the sandbox's AWS Account Management: which Regions an account may use.
//
// The Regions that the sandbox was started with are on in every account, all others of the partition are off. AWS
// has no such choice for the Regions that are on by default; the sandbox has it so that a small organization has
// few pairs.
package account

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// Config is what the service gets from the sandbox.
type Config struct {
	// Partition is the sandbox's partition; empty means aws.
	Partition string
	// Regions are on in every account.
	Regions      []string
	Organization ports.Organization
}

// Service knows the Regions of all accounts.
type Service struct {
	Config
	base map[string]bool // Region → on; all Regions of the partition

	mu      sync.RWMutex
	changed map[pair.Key]bool // what differs from base
}

var _ ports.Regions = (*Service)(nil)

// New makes a service.
func New(c Config) *Service {
	if c.Partition == "" {
		c.Partition = "aws"
	}
	s := &Service{Config: c, base: map[string]bool{}, changed: map[pair.Key]bool{}}
	for _, r := range regionsOf(c.Partition) {
		s.base[r] = false
	}
	for _, r := range c.Regions {
		s.base[r] = true
	}
	return s
}

// All implements [ports.Regions].
func (s *Service) All() []string {
	out := slices.Clone(s.Regions)
	slices.Sort(out)
	return out
}

// Enabled implements [ports.Regions].
func (s *Service) Enabled(account, region string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if on, ok := s.changed[pair.Key{Account: account, Region: region}]; ok {
		return on
	}
	return s.base[region]
}

// Set turns a Region of an account on or off, as opting in and out does.
func (s *Service) Set(account, region string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed[pair.Key{Account: account, Region: region}] = on
}

// status is a Region's opt-in status in an account.
func (s *Service) status(account, region string) types.RegionOptStatus {
	switch {
	case !s.Enabled(account, region):
		return types.RegionOptStatusDisabled
	case optIn(region):
		return types.RegionOptStatusEnabled
	}
	return types.RegionOptStatusEnabledByDefault
}

// trustedAccess is the principal whose trusted access lets the management account ask about members.
const trustedAccess = "account.amazonaws.com"

var accountPattern = regexp.MustCompile(`^\d{12}$`)

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	return []*call.Op{
		call.Operation("account", "ListRegions", s.listRegions).Accepts("AccountId", "MaxResults", "NextToken", "RegionOptStatusContains").
			Permissions(call.On(func(c call.Caller, in *api.ListRegionsInput) string { return s.arn(c, in.AccountId) })),
		call.Operation("account", "GetRegionOptStatus", s.getRegionOptStatus).Accepts("AccountId", "RegionName").
			Permissions(call.On(func(c call.Caller, in *api.GetRegionOptStatusInput) string { return s.arn(c, in.AccountId) })),
	}
}

// arn is the account in question: the caller's own, or a member by way of the organization, whose ARN is the
// management account's.
func (s *Service) arn(c call.Caller, member *string) string {
	if member == nil {
		return "arn:" + s.Partition + ":account::" + c.Account + ":account"
	}
	return "arn:" + s.Partition + ":account::" + s.Organization.ManagementAccount() + ":account/" + s.Organization.ID() + "/" + *member
}

func constraint(value any, member, rule string) error {
	return &types.ValidationException{Message: aws.String(apierr.ConstraintText(value, member, rule))}
}

func denied(format string, args ...any) error {
	return &types.AccessDeniedException{Message: apierr.Text(format, args...)}
}

// maxPage is how many Regions a page has at most.
const maxPage = 50

// account is the account in question, once the caller may ask about it. UNCONFIRMED: the texts.
func (s *Service) account(c call.Caller, member *string) (string, error) {
	if member == nil {
		return c.Account, nil
	}
	_, known := s.Organization.Account(*member)
	switch {
	case !accountPattern.MatchString(*member):
		return "", constraint(*member, "accountId", apierr.Pattern(`\d{12}`))
	case c.Account != s.Organization.ManagementAccount():
		return "", denied("User: %s is not authorized to perform this operation on account %s", c.Principal, *member)
	case *member == c.Account:
		return "", denied("The management account can't specify its own AccountId; leave the parameter out.")
	case !known:
		return "", denied("Account %s is not a member of the organization.", *member)
	case !s.Organization.ServiceAccess(trustedAccess):
		return "", denied("Trusted access for AWS Account Management is not enabled in the organization.")
	}
	return *member, nil
}

func (s *Service) listRegions(_ context.Context, c call.Caller, in *api.ListRegionsInput) (*api.ListRegionsOutput, error) {
	id, err := s.account(c, in.AccountId)
	if err != nil {
		return nil, err
	}
	size := int32(maxPage)
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if rule := apierr.Range(size, 1, maxPage); rule != "" {
		return nil, constraint(size, "maxResults", rule)
	}
	for _, want := range in.RegionOptStatusContains {
		if !slices.Contains(want.Values(), want) {
			return nil, constraint([]types.RegionOptStatus{want}, "regionOptStatusContains", apierr.OneOf(want.Values()...))
		}
	}
	regions := []types.Region{}
	for _, r := range slices.Sorted(maps.Keys(s.base)) {
		st := s.status(id, r)
		if len(in.RegionOptStatusContains) == 0 || slices.Contains(in.RegionOptStatusContains, st) {
			regions = append(regions, types.Region{RegionName: aws.String(r), RegionOptStatus: st})
		}
	}
	part, next, ok := page.Cut(regions, func(r types.Region) string { return *r.RegionName }, in.NextToken, int(size))
	if !ok {
		return nil, &types.ValidationException{Message: aws.String("Invalid NextToken.")}
	}
	return &api.ListRegionsOutput{Regions: part, NextToken: next}, nil
}

func (s *Service) getRegionOptStatus(_ context.Context, c call.Caller, in *api.GetRegionOptStatusInput) (*api.GetRegionOptStatusOutput, error) {
	id, err := s.account(c, in.AccountId)
	if err != nil {
		return nil, err
	}
	region := aws.ToString(in.RegionName)
	if _, ok := s.base[region]; !ok {
		return nil, &types.ValidationException{Message: aws.String("The Region " + strings.TrimSpace(region) + " does not exist.")}
	}
	return &api.GetRegionOptStatusOutput{RegionName: &region, RegionOptStatus: s.status(id, region)}, nil
}
