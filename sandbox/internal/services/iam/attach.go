package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

func (s *Service) attachOps() []*call.Op {
	permissions := func(c call.Caller, roleName, arn *string) []call.Permission {
		return []call.Permission{{Resource: s.roleARN(c, roleName), Context: map[string][]string{"iam:PolicyARN": {aws.ToString(arn)}}}}
	}
	return []*call.Op{
		call.Operation("iam", "AttachRolePolicy", s.attachRolePolicy).Accepts("RoleName", "PolicyArn").
			Permissions(call.For(func(c call.Caller, in *api.AttachRolePolicyInput) []call.Permission {
				return permissions(c, in.RoleName, in.PolicyArn)
			})),
		call.Operation("iam", "DetachRolePolicy", s.detachRolePolicy).Accepts("RoleName", "PolicyArn").
			Permissions(call.For(func(c call.Caller, in *api.DetachRolePolicyInput) []call.Permission {
				return permissions(c, in.RoleName, in.PolicyArn)
			})),
		call.Operation("iam", "ListAttachedRolePolicies", s.listAttachedRolePolicies).Accepts("RoleName", "Marker", "MaxItems", "PathPrefix").
			Permissions(call.On(func(c call.Caller, in *api.ListAttachedRolePoliciesInput) string {
				return s.roleARN(c, in.RoleName)
			})),
	}
}

func (s *Service) attachRolePolicy(_ context.Context, c call.Caller, in *api.AttachRolePolicyInput) (*api.AttachRolePolicyOutput, error) {
	if in.PolicyArn == nil {
		return nil, apierr.Missing("policyArn").Query()
	}
	m, err := s.policy(c.Account, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(m.path, linkedPath) {
		return nil, &types.PolicyNotAttachableException{Message: aws.String("Cannot attach a Service Role Policy to a Customer Role.")}
	}
	return &api.AttachRolePolicyOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		switch {
		case slices.Contains(r.attached, m):
			return nil
		case len(r.attached) >= maxAttached:
			return limit("Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		r.attach(m)
		return nil
	})
}

func (r *role) attach(m *managed) {
	r.attached = append(r.attached, m)
	slices.SortFunc(r.attached, func(x, y *managed) int { return strings.Compare(x.arn, y.arn) })
}

func (s *Service) detachRolePolicy(_ context.Context, c call.Caller, in *api.DetachRolePolicyInput) (*api.DetachRolePolicyOutput, error) {
	if in.PolicyArn == nil {
		return nil, apierr.Missing("policyArn").Query()
	}
	return &api.DetachRolePolicyOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		i := slices.IndexFunc(r.attached, func(m *managed) bool { return m.arn == *in.PolicyArn })
		if i < 0 {
			return notFound("Policy %s was not found.", *in.PolicyArn)
		}
		r.attached = slices.Delete(r.attached, i, i+1)
		r.usage.forget(*in.PolicyArn)
		return nil
	})
}

func (s *Service) listAttachedRolePolicies(_ context.Context, c call.Caller, in *api.ListAttachedRolePoliciesInput) (*api.ListAttachedRolePoliciesOutput, error) {
	out := &api.ListAttachedRolePoliciesOutput{AttachedPolicies: []types.AttachedPolicy{}}
	return out, s.read(c, in.RoleName, func(r *role) error {
		var all []*managed
		for _, m := range r.attached {
			if strings.HasPrefix(m.path, cmpPath(in.PathPrefix)) {
				all = append(all, m)
			}
		}
		part, next, err := cut(all, func(m *managed) string { return m.arn }, in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for _, m := range part {
			out.AttachedPolicies = append(out.AttachedPolicies, types.AttachedPolicy{PolicyArn: &m.arn, PolicyName: &m.name})
		}
		out.IsTruncated, out.Marker = next != nil, next
		return nil
	})
}
