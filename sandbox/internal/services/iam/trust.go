package iam

import (
	"context"

	api "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

func (s *Service) trustOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "UpdateAssumeRolePolicy", s.updateAssumeRolePolicy).Accepts("RoleName", "PolicyDocument").
			Permissions(call.On(func(c call.Caller, in *api.UpdateAssumeRolePolicyInput) string {
				return s.roleARN(c, in.RoleName)
			})),
	}
}

// trust compiles a role's AssumeRolePolicyDocument.
//
// AWS binds a role or user named in it by id, so that one made again under the name is not trusted; the sandbox
// binds by ARN.
func (s *Service) trust(text *string) (document, error) {
	if text == nil {
		return document{}, apierr.Missing("assumeRolePolicyDocument").Query()
	}
	p, err := s.parse(text, iampolicy.Trust)
	if err != nil {
		return document{}, err
	}
	if size(*text) > maxTrustBytes {
		return document{}, limit("Cannot exceed quota for ACLSizePerRole: %d", maxTrustBytes)
	}
	return document{*text, p}, nil
}

func (s *Service) updateAssumeRolePolicy(_ context.Context, c call.Caller, in *api.UpdateAssumeRolePolicyInput) (*api.UpdateAssumeRolePolicyOutput, error) {
	d, err := s.trust(in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return &api.UpdateAssumeRolePolicyOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		r.trust = d
		return nil
	})
}

// boundaryKey is the condition key of a call that sets a permissions boundary; a call that sets none has no such key.
func boundaryKey(boundary *string) map[string][]string {
	if boundary == nil {
		return nil
	}
	return map[string][]string{"iam:PermissionsBoundary": {*boundary}}
}

func (s *Service) boundaryOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "PutRolePermissionsBoundary", s.putRolePermissionsBoundary).Accepts("RoleName", "PermissionsBoundary").
			Permissions(call.For(func(c call.Caller, in *api.PutRolePermissionsBoundaryInput) []call.Permission {
				return []call.Permission{{Resource: s.roleARN(c, in.RoleName), Context: boundaryKey(in.PermissionsBoundary)}}
			})),
		call.Operation("iam", "DeleteRolePermissionsBoundary", s.deleteRolePermissionsBoundary).Accepts("RoleName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteRolePermissionsBoundaryInput) string {
				return s.roleARN(c, in.RoleName)
			})),
	}
}

func (s *Service) putRolePermissionsBoundary(_ context.Context, c call.Caller, in *api.PutRolePermissionsBoundaryInput) (*api.PutRolePermissionsBoundaryOutput, error) {
	if in.PermissionsBoundary == nil {
		return nil, apierr.Missing("permissionsBoundary").Query()
	}
	m, err := s.policy(c.Account, *in.PermissionsBoundary)
	if err != nil {
		return nil, err
	}
	return &api.PutRolePermissionsBoundaryOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		r.boundary = m
		return nil
	})
}

func (s *Service) deleteRolePermissionsBoundary(_ context.Context, c call.Caller, in *api.DeleteRolePermissionsBoundaryInput) (*api.DeleteRolePermissionsBoundaryOutput, error) {
	return &api.DeleteRolePermissionsBoundaryOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		if r.boundary == nil {
			return notFound("Permissions boundary is not set on role %s.", r.name)
		}
		r.boundary = nil
		return nil
	})
}
