package iam

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

func (s *Service) versionOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "CreatePolicyVersion", s.createPolicyVersion).Accepts("PolicyArn", "PolicyDocument", "SetAsDefault").
			Permissions(onPolicy(func(in *api.CreatePolicyVersionInput) *string { return in.PolicyArn })),
		call.Operation("iam", "GetPolicyVersion", s.getPolicyVersion).Accepts("PolicyArn", "VersionId").
			Permissions(onPolicy(func(in *api.GetPolicyVersionInput) *string { return in.PolicyArn })),
		call.Operation("iam", "ListPolicyVersions", s.listPolicyVersions).Accepts("PolicyArn", "Marker", "MaxItems").
			Permissions(onPolicy(func(in *api.ListPolicyVersionsInput) *string { return in.PolicyArn })),
		call.Operation("iam", "DeletePolicyVersion", s.deletePolicyVersion).Accepts("PolicyArn", "VersionId").
			Permissions(onPolicy(func(in *api.DeletePolicyVersionInput) *string { return in.PolicyArn })),
	}
}

func (v *version) view(withText bool) *types.PolicyVersion {
	out := &types.PolicyVersion{VersionId: aws.String(v.id()), IsDefaultVersion: v.isDefault, CreateDate: aws.Time(v.created)}
	if withText {
		out.Document = aws.String(escape(v.text))
	}
	return out
}

// find is the index of a version by id.
func (m *managed) find(id *string) (int, error) {
	if id == nil {
		return 0, apierr.Missing("versionId").Query()
	}
	i := slices.IndexFunc(m.versions, func(v version) bool { return v.id() == *id })
	if i < 0 {
		return 0, notFound("Policy %s version %s does not exist or is not attachable.", m.arn, *id)
	}
	return i, nil
}

func (s *Service) createPolicyVersion(_ context.Context, c call.Caller, in *api.CreatePolicyVersionInput) (*api.CreatePolicyVersionOutput, error) {
	d, err := s.managedDocument(in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	out := &api.CreatePolicyVersionOutput{}
	return out, s.changePolicy(c, in.PolicyArn, func(_ *account, m *managed) error {
		if len(m.versions) >= maxVersions {
			return limit("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		out.PolicyVersion = m.add(d, s.Clock.Now().Truncate(time.Second), in.SetAsDefault).view(false)
		return nil
	})
}

func (s *Service) getPolicyVersion(_ context.Context, c call.Caller, in *api.GetPolicyVersionInput) (*api.GetPolicyVersionOutput, error) {
	m, unlock, err := s.readPolicy(c, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	defer unlock()
	i, err := m.find(in.VersionId)
	if err != nil {
		return nil, err
	}
	return &api.GetPolicyVersionOutput{PolicyVersion: m.versions[i].view(true)}, nil
}

// readPolicy is a managed policy with the caller's account read-locked; call unlock.
func (s *Service) readPolicy(c call.Caller, arn *string) (m *managed, unlock func(), err error) {
	if arn == nil {
		return nil, nil, apierr.Missing("policyArn").Query()
	}
	if m, err = s.policy(c.Account, *arn); err != nil {
		return nil, nil, err
	}
	a := s.account(c.Account)
	a.mu.RLock()
	return m, a.mu.RUnlock, nil
}

func (s *Service) listPolicyVersions(_ context.Context, c call.Caller, in *api.ListPolicyVersionsInput) (*api.ListPolicyVersionsOutput, error) {
	m, unlock, err := s.readPolicy(c, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	defer unlock()
	part, next, err := cut(m.versions, func(v version) string { return page.Ascending(v.n) }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListPolicyVersionsOutput{Versions: []types.PolicyVersion{}, IsTruncated: next != nil, Marker: next}
	for i := range part {
		out.Versions = append(out.Versions, *part[i].view(false))
	}
	return out, nil
}

func (s *Service) deletePolicyVersion(_ context.Context, c call.Caller, in *api.DeletePolicyVersionInput) (*api.DeletePolicyVersionOutput, error) {
	return &api.DeletePolicyVersionOutput{}, s.changePolicy(c, in.PolicyArn, func(_ *account, m *managed) error {
		i, err := m.find(in.VersionId)
		if err != nil {
			return err
		}
		if m.versions[i].isDefault {
			return inUse("Cannot delete the default version of a policy.")
		}
		m.versions = slices.Delete(m.versions, i, i+1)
		return nil
	})
}
