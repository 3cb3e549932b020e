package organizations

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// arn is an ARN of the organization: kind account, ou, root or organization.
func (s *Service) arn(kind, id string) string {
	a := "arn:" + s.Partition + ":organizations::" + s.Management + ":" + kind + "/" + s.id
	if id != "" {
		a += "/" + id
	}
	return a
}

// target is the ARN of an account, OU or root by its id.
func (s *Service) target(id *string) string {
	v := aws.ToString(id)
	switch {
	case accountPattern.MatchString(v):
		return s.arn("account", v)
	case unitPattern.MatchString(v):
		return s.arn("ou", v)
	case parentPattern.MatchString(v):
		return s.arn("root", v)
	}
	return "*"
}

func (s *Service) accountOps() []*call.Op {
	return []*call.Op{
		call.Operation("organizations", "DescribeOrganization", s.describeOrganization),
		call.Operation("organizations", "ListAccounts", s.listAccounts).Accepts("MaxResults", "NextToken"),
		call.Operation("organizations", "DescribeAccount", s.describeAccount).Accepts("AccountId").
			Permissions(call.On(func(_ call.Caller, in *api.DescribeAccountInput) string { return s.target(in.AccountId) })),
		call.Operation("organizations", "ListAccountsForParent", s.listAccountsForParent).Accepts("ParentId", "MaxResults", "NextToken").
			Permissions(call.On(func(_ call.Caller, in *api.ListAccountsForParentInput) string { return s.target(in.ParentId) })),
		call.Operation("organizations", "MoveAccount", s.moveAccount).Accepts("AccountId", "SourceParentId", "DestinationParentId").
			Permissions(call.OnEach(func(_ call.Caller, in *api.MoveAccountInput) []string {
				return []string{s.target(in.AccountId), s.target(in.SourceParentId), s.target(in.DestinationParentId)}
			})),
	}
}

func (s *Service) describeOrganization(_ context.Context, c call.Caller, _ *api.DescribeOrganizationInput) (*api.DescribeOrganizationOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.accounts[c.Account] == nil {
		return nil, notInUse()
	}
	return &api.DescribeOrganizationOutput{Organization: &types.Organization{
		Id: &s.id, Arn: aws.String(s.arn("organization", "")), FeatureSet: types.OrganizationFeatureSetAll,
		MasterAccountId: &s.Management, MasterAccountArn: aws.String(s.arn("account", s.Management)),
		MasterAccountEmail: &s.accounts[s.Management].email, AvailablePolicyTypes: []types.PolicyTypeSummary{},
	}}, nil
}

// view is an account as AWS shows it. AWS announced to retire Status on 2026-09-09; both are sent, as clients of
// either age read them.
func (s *Service) view(a *account) types.Account {
	v := types.Account{
		Id: &a.id, Arn: aws.String(s.arn("account", a.id)), Email: &a.email, Name: &a.name, JoinedTimestamp: &a.joined,
		JoinedMethod: types.AccountJoinedMethodInvited, Paths: []string{s.path(a.parent) + a.id + "/"},
		State: types.AccountState(a.state),
	}
	if a.created {
		v.JoinedMethod = types.AccountJoinedMethodCreated
	}
	switch v.State {
	case types.AccountStateActive:
		v.Status = types.AccountStatusActive
	case types.AccountStatePendingClosure:
		v.Status = types.AccountStatusPendingClosure
	case types.AccountStateSuspended, types.AccountStateClosed:
		v.Status = types.AccountStatusSuspended
	case types.AccountStatePendingActivation:
		// Status has no word for it.
	}
	return v
}

func (s *Service) views(ids []string) []types.Account {
	out := make([]types.Account, len(ids))
	for i, id := range ids {
		out[i] = s.view(s.accounts[id])
	}
	return out
}

func (s *Service) listAccounts(_ context.Context, c call.Caller, in *api.ListAccountsInput) (*api.ListAccountsOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.reader(c); err != nil {
		return nil, err
	}
	part, next, err := cut(s.order, page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListAccountsOutput{Accounts: s.views(part), NextToken: next}, nil
}

func (s *Service) describeAccount(_ context.Context, c call.Caller, in *api.DescribeAccountInput) (*api.DescribeAccountOutput, error) {
	id, unlock, err := s.lockToRead(c, in.AccountId, accountPattern)
	if err != nil {
		return nil, err
	}
	defer unlock()
	a := s.accounts[id]
	if a == nil {
		return nil, noAccount()
	}
	v := s.view(a)
	return &api.DescribeAccountOutput{Account: &v}, nil
}

// parent is an OU or the root for a list call. The service is locked.
func (s *Service) parent(c call.Caller, id *string) (*unit, error) {
	if err := s.reader(c); err != nil {
		return nil, err
	}
	v, err := matching(id, parentPattern)
	if err != nil {
		return nil, err
	}
	u := s.units[v]
	if u == nil {
		return nil, noParent()
	}
	return u, nil
}

func (s *Service) listAccountsForParent(_ context.Context, c call.Caller, in *api.ListAccountsForParentInput) (*api.ListAccountsForParentOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.parent(c, in.ParentId)
	if err != nil {
		return nil, err
	}
	part, next, err := cut(u.accounts, page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListAccountsForParentOutput{Accounts: s.views(part), NextToken: next}, nil
}

func (s *Service) moveAccount(_ context.Context, c call.Caller, in *api.MoveAccountInput) (*api.MoveAccountOutput, error) {
	id, err := matching(in.AccountId, accountPattern)
	if err != nil {
		return nil, err
	}
	from, err := matching(in.SourceParentId, parentPattern)
	if err != nil {
		return nil, err
	}
	to, err := matching(in.DestinationParentId, parentPattern)
	if err != nil {
		return nil, err
	}
	if err := s.move(c, id, from, to); err != nil {
		return nil, err
	}
	s.notify(id)
	return &api.MoveAccountOutput{}, nil
}

func (s *Service) move(c call.Caller, id, from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writer(c); err != nil {
		return err
	}
	a := s.accounts[id]
	switch {
	case a == nil:
		return noAccount()
	case a.parent != from:
		return &types.SourceParentNotFoundException{Message: aws.String("You specified a source parent that doesn't exist.")}
	case s.units[to] == nil:
		return &types.DestinationParentNotFoundException{Message: aws.String("You specified a destination parent that doesn't exist.")}
	case from == to:
		return &types.DuplicateAccountException{Message: aws.String("An account with the same ID already exists in the destination parent.")}
	}
	s.units[from].accounts = removeSorted(s.units[from].accounts, id)
	s.units[to].accounts = insertSorted(s.units[to].accounts, id)
	a.parent = to
	return nil
}
