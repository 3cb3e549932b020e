package organizations

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// trustedServices are the principals whose trusted access means something in the sandbox.
func trustedServices() []string {
	return []string{
		"account.amazonaws.com", "config.amazonaws.com", "config-multiaccountsetup.amazonaws.com",
		"member.org.stacksets.cloudformation.amazonaws.com", "ssm.amazonaws.com",
	}
}

func (s *Service) accessOps() []*call.Op {
	permissions := func(service *string) []call.Permission {
		return []call.Permission{{Resource: "*", Context: map[string][]string{"organizations:ServicePrincipal": {aws.ToString(service)}}}}
	}
	return []*call.Op{
		call.Operation("organizations", "EnableAWSServiceAccess", s.enableAWSServiceAccess).Accepts("ServicePrincipal").
			Permissions(call.For(func(_ call.Caller, in *api.EnableAWSServiceAccessInput) []call.Permission {
				return permissions(in.ServicePrincipal)
			})),
		call.Operation("organizations", "DisableAWSServiceAccess", s.disableAWSServiceAccess).Accepts("ServicePrincipal").
			Permissions(call.For(func(_ call.Caller, in *api.DisableAWSServiceAccessInput) []call.Permission {
				return permissions(in.ServicePrincipal)
			})),
		call.Operation("organizations", "ListAWSServiceAccessForOrganization", s.listAWSServiceAccessForOrganization).Accepts("MaxResults", "NextToken"),
	}
}

// enable turns trusted access on. The service is locked.
func (s *Service) enable(principal string) error {
	if !slices.Contains(trustedServices(), principal) {
		return apierr.Unsupported("trusted access of %s", principal)
	}
	if _, on := s.access[principal]; !on {
		s.access[principal] = s.Clock.Now()
	}
	return nil
}

func (s *Service) enableAWSServiceAccess(_ context.Context, c call.Caller, in *api.EnableAWSServiceAccessInput) (*api.EnableAWSServiceAccessOutput, error) {
	principal, unlock, err := s.lockToWrite(c, in.ServicePrincipal, servicePattern)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return &api.EnableAWSServiceAccessOutput{}, s.enable(principal)
}

func (s *Service) disableAWSServiceAccess(_ context.Context, c call.Caller, in *api.DisableAWSServiceAccessInput) (*api.DisableAWSServiceAccessOutput, error) {
	principal, unlock, err := s.lockToWrite(c, in.ServicePrincipal, servicePattern)
	if err != nil {
		return nil, err
	}
	defer unlock()
	delete(s.access, principal)
	return &api.DisableAWSServiceAccessOutput{}, nil
}

func (s *Service) listAWSServiceAccessForOrganization(_ context.Context, c call.Caller, in *api.ListAWSServiceAccessForOrganizationInput) (*api.ListAWSServiceAccessForOrganizationOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.reader(c); err != nil {
		return nil, err
	}
	part, next, err := cut(slices.Sorted(maps.Keys(s.access)), page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListAWSServiceAccessForOrganizationOutput{EnabledServicePrincipals: []types.EnabledServicePrincipal{}, NextToken: next}
	for _, p := range part {
		out.EnabledServicePrincipals = append(out.EnabledServicePrincipals, types.EnabledServicePrincipal{
			ServicePrincipal: aws.String(p), DateEnabled: aws.Time(s.access[p]),
		})
	}
	return out, nil
}

func (s *Service) delegateOps() []*call.Op {
	return []*call.Op{
		call.Operation("organizations", "RegisterDelegatedAdministrator", s.registerDelegatedAdministrator).Accepts("AccountId", "ServicePrincipal").
			Permissions(call.On(func(_ call.Caller, in *api.RegisterDelegatedAdministratorInput) string {
				return s.target(in.AccountId)
			})),
		call.Operation("organizations", "DeregisterDelegatedAdministrator", s.deregisterDelegatedAdministrator).Accepts("AccountId", "ServicePrincipal").
			Permissions(call.On(func(_ call.Caller, in *api.DeregisterDelegatedAdministratorInput) string {
				return s.target(in.AccountId)
			})),
		call.Operation("organizations", "ListDelegatedAdministrators", s.listDelegatedAdministrators).Accepts("ServicePrincipal", "MaxResults", "NextToken"),
	}
}

// delegation checks the input of both calls. The service is locked.
func (s *Service) delegation(c call.Caller, accountID, service *string) (id, principal string, err error) {
	if err := s.writer(c); err != nil {
		return "", "", err
	}
	if id, err = matching(accountID, accountPattern); err != nil {
		return "", "", err
	}
	if principal, err = matching(service, servicePattern); err != nil {
		return "", "", err
	}
	if s.accounts[id] == nil {
		return "", "", noAccount()
	}
	if !slices.Contains(trustedServices(), principal) {
		return "", "", apierr.Unsupported("delegated administration of %s", principal)
	}
	return id, principal, nil
}

func (s *Service) registerDelegatedAdministrator(_ context.Context, c call.Caller, in *api.RegisterDelegatedAdministratorInput) (*api.RegisterDelegatedAdministratorOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, principal, err := s.delegation(c, in.AccountId, in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	_, on := s.access[principal]
	_, already := s.delegates[principal][id]
	switch {
	case id == s.Management:
		return nil, violation(types.ConstraintViolationExceptionReasonCannotRegisterMasterAsDelegatedAdministrator, "You cannot register master account/yourself as delegated administrator for your organization.")
	case s.accounts[id].state != active:
		return nil, violation(types.ConstraintViolationExceptionReasonCannotRegisterSuspendedAccountAsDelegatedAdministrator, "You cannot register a suspended account as a delegated administrator.")
	case !on:
		return nil, violation(types.ConstraintViolationExceptionReasonServiceAccessNotEnabled, "You must first enable service access before you register a delegated administrator.")
	case already:
		return nil, &types.AccountAlreadyRegisteredException{Message: aws.String("The provided account is already a delegated administrator for your organization.")}
	}
	if s.delegates[principal] == nil {
		s.delegates[principal] = map[string]time.Time{}
	}
	s.delegates[principal][id] = s.Clock.Now()
	return &api.RegisterDelegatedAdministratorOutput{}, nil
}

func (s *Service) deregisterDelegatedAdministrator(_ context.Context, c call.Caller, in *api.DeregisterDelegatedAdministratorInput) (*api.DeregisterDelegatedAdministratorOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, principal, err := s.delegation(c, in.AccountId, in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	if _, ok := s.delegates[principal][id]; !ok {
		return nil, &types.AccountNotRegisteredException{Message: aws.String("The provided account is not a registered delegated administrator for your organization.")}
	}
	delete(s.delegates[principal], id)
	return &api.DeregisterDelegatedAdministratorOutput{}, nil
}

func (s *Service) listDelegatedAdministrators(_ context.Context, c call.Caller, in *api.ListDelegatedAdministratorsInput) (*api.ListDelegatedAdministratorsOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.reader(c); err != nil {
		return nil, err
	}
	since := map[string]time.Time{}
	for principal, accounts := range s.delegates {
		if in.ServicePrincipal != nil && *in.ServicePrincipal != principal {
			continue
		}
		for id, at := range accounts {
			if have, ok := since[id]; !ok || at.Before(have) {
				since[id] = at
			}
		}
	}
	part, next, err := cut(slices.Sorted(maps.Keys(since)), page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListDelegatedAdministratorsOutput{DelegatedAdministrators: []types.DelegatedAdministrator{}, NextToken: next}
	for _, id := range part {
		v := s.view(s.accounts[id])
		out.DelegatedAdministrators = append(out.DelegatedAdministrators, types.DelegatedAdministrator{
			Id: v.Id, Arn: v.Arn, Email: v.Email, Name: v.Name, State: v.State, Status: v.Status,
			JoinedMethod: v.JoinedMethod, JoinedTimestamp: v.JoinedTimestamp, DelegationEnabledDate: aws.Time(since[id]),
		})
	}
	return out, nil
}
