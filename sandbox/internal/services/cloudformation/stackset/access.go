package stackset

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

func (s *Service) accessOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "ActivateOrganizationsAccess", s.activateOrganizationsAccess),
		call.Operation("cloudformation", "DeactivateOrganizationsAccess", s.deactivateOrganizationsAccess),
		call.Operation("cloudformation", "DescribeOrganizationsAccess", s.describeOrganizationsAccess).Accepts("CallAs"),
		call.Operation("cloudformation", "ListStackSetAutoDeploymentTargets", s.listStackSetAutoDeploymentTargets).
			Accepts("StackSetName", "MaxResults", "NextToken", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.ListStackSetAutoDeploymentTargetsInput) string {
				return s.arn(c, in.StackSetName)
			})),
	}
}

// activateOrganizationsAccess enables trusted access, as the caller.
func (s *Service) activateOrganizationsAccess(ctx context.Context, c call.Caller, _ *api.ActivateOrganizationsAccessInput) (*api.ActivateOrganizationsAccessOutput, error) {
	_, err := call.Do[organizations.EnableAWSServiceAccessOutput](ctx, s.Dispatcher, c.Through(cloudformation),
		&organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(trusted)})
	return &api.ActivateOrganizationsAccessOutput{}, err
}

func (s *Service) deactivateOrganizationsAccess(ctx context.Context, c call.Caller, _ *api.DeactivateOrganizationsAccessInput) (*api.DeactivateOrganizationsAccessOutput, error) {
	_, err := call.Do[organizations.DisableAWSServiceAccessOutput](ctx, s.Dispatcher, c.Through(cloudformation),
		&organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String(trusted)})
	return &api.DeactivateOrganizationsAccessOutput{}, err
}

func (s *Service) describeOrganizationsAccess(_ context.Context, _ call.Caller, in *api.DescribeOrganizationsAccessInput) (*api.DescribeOrganizationsAccessOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	status := types.OrganizationStatusDisabled
	if s.Organization.ServiceAccess(trusted) {
		status = types.OrganizationStatusEnabled
	}
	return &api.DescribeOrganizationsAccessOutput{Status: status}, nil
}

func (s *Service) listStackSetAutoDeploymentTargets(_ context.Context, c call.Caller, in *api.ListStackSetAutoDeploymentTargetsInput) (*api.ListStackSetAutoDeploymentTargetsOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	some, next, err := request.Page(x.autoTargets, func(t autoTarget) string { return t.unit }, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackSetAutoDeploymentTargetsOutput{Summaries: []types.StackSetAutoDeploymentTargetSummary{}, NextToken: next}
	for _, t := range some {
		out.Summaries = append(out.Summaries, types.StackSetAutoDeploymentTargetSummary{OrganizationalUnitId: aws.String(t.unit), Regions: slices.Clone(t.regions)})
	}
	return out, nil
}
