package iam

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

func (s *Service) inlineOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "PutRolePolicy", s.putRolePolicy).Accepts("RoleName", "PolicyName", "PolicyDocument").
			Permissions(call.On(func(c call.Caller, in *api.PutRolePolicyInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "GetRolePolicy", s.getRolePolicy).Accepts("RoleName", "PolicyName").
			Permissions(call.On(func(c call.Caller, in *api.GetRolePolicyInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "ListRolePolicies", s.listRolePolicies).Accepts("RoleName", "Marker", "MaxItems").
			Permissions(call.On(func(c call.Caller, in *api.ListRolePoliciesInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "DeleteRolePolicy", s.deleteRolePolicy).Accepts("RoleName", "PolicyName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteRolePolicyInput) string { return s.roleARN(c, in.RoleName) })),
	}
}

func (s *Service) putRolePolicy(_ context.Context, c call.Caller, in *api.PutRolePolicyInput) (*api.PutRolePolicyOutput, error) {
	name, err := policyName(in.PolicyName)
	if err != nil {
		return nil, err
	}
	p, err := s.parse(in.PolicyDocument, iampolicy.Identity)
	if err != nil {
		return nil, err
	}
	return &api.PutRolePolicyOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		total := size(*in.PolicyDocument)
		for n, d := range r.inline {
			if n != name {
				total += size(d.text)
			}
		}
		if total > maxInlineBytes {
			return limit("Maximum policy size of %d bytes exceeded for role %s", maxInlineBytes, r.name)
		}
		if r.inline[name].text != *in.PolicyDocument {
			r.usage.forget(name)
		}
		r.inline[name] = document{*in.PolicyDocument, p}
		return nil
	})
}

func noInline(name string) error {
	return notFound("The role policy with name %s cannot be found.", name)
}

func (s *Service) getRolePolicy(_ context.Context, c call.Caller, in *api.GetRolePolicyInput) (*api.GetRolePolicyOutput, error) {
	name, err := policyName(in.PolicyName)
	if err != nil {
		return nil, err
	}
	out := &api.GetRolePolicyOutput{RoleName: in.RoleName, PolicyName: &name}
	return out, s.read(c, in.RoleName, func(r *role) error {
		d, ok := r.inline[name]
		if !ok {
			return noInline(name)
		}
		out.PolicyDocument = aws.String(escape(d.text))
		return nil
	})
}

func (s *Service) listRolePolicies(_ context.Context, c call.Caller, in *api.ListRolePoliciesInput) (*api.ListRolePoliciesOutput, error) {
	out := &api.ListRolePoliciesOutput{PolicyNames: []string{}}
	return out, s.read(c, in.RoleName, func(r *role) error {
		part, next, err := cut(slices.Sorted(maps.Keys(r.inline)), page.Self, in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		out.PolicyNames = append(out.PolicyNames, part...)
		out.IsTruncated, out.Marker = next != nil, next
		return nil
	})
}

func (s *Service) deleteRolePolicy(_ context.Context, c call.Caller, in *api.DeleteRolePolicyInput) (*api.DeleteRolePolicyOutput, error) {
	name, err := policyName(in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &api.DeleteRolePolicyOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		if _, ok := r.inline[name]; !ok {
			return noInline(name)
		}
		delete(r.inline, name)
		r.usage.forget(name)
		return nil
	})
}
