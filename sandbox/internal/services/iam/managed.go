package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// managed is a managed policy. A customer's is guarded by its account's lock; AWS's never change.
type managed struct {
	name, path, id, arn string
	description         *string
	created, updated    time.Time
	versions            []version // in order of number
	numbers             int       // highest version number ever given
	tags                map[string]string
}

// version is one version of a managed policy.
type version struct {
	document
	n         int
	created   time.Time
	isDefault bool
}

func (v *version) id() string { return "v" + itoa(v.n) }

// current is the default version.
func (m *managed) current() *version {
	i := slices.IndexFunc(m.versions, func(v version) bool { return v.isDefault })
	return &m.versions[i]
}

// policy finds a managed policy by ARN: AWS's, or one of the account's own.
func (s *Service) policy(accountID, arn string) (*managed, error) {
	if strings.HasPrefix(arn, s.awsPolicyARN("")) {
		m := s.aws[arn]
		if m == nil {
			return nil, apierr.Unsupported("the AWS managed policy %s", arn)
		}
		return m, nil
	}
	a := s.account(accountID)
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.own(arn)
}

// own is a customer managed policy. The account is locked.
func (a *account) own(arn string) (*managed, error) {
	m := a.policies[arn]
	if m == nil {
		return nil, notFound("Policy %s does not exist or is not attachable.", arn)
	}
	return m, nil
}

func onPolicy[I any](arn func(*I) *string) call.PermissionsFunc {
	return call.On(func(_ call.Caller, in *I) string { return aws.ToString(arn(in)) })
}

func (s *Service) managedOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "CreatePolicy", s.createPolicy).
			Accepts("PolicyName", "PolicyDocument", "Description", "Path", "Tags").
			Permissions(call.For(func(c call.Caller, in *api.CreatePolicyInput) []call.Permission {
				arn := s.arn(c.Account, "policy"+cmpPath(in.Path)+aws.ToString(in.PolicyName))
				if len(in.Tags) == 0 {
					return []call.Permission{{Resource: arn}}
				}
				return []call.Permission{{Resource: arn}, {Action: "iam:TagPolicy", Resource: arn}}
			})),
		call.Operation("iam", "GetPolicy", s.getPolicy).Accepts("PolicyArn").
			Permissions(onPolicy(func(in *api.GetPolicyInput) *string { return in.PolicyArn })),
		call.Operation("iam", "ListPolicies", s.listPolicies).Accepts("Marker", "MaxItems", "OnlyAttached", "PathPrefix", "Scope"),
		call.Operation("iam", "DeletePolicy", s.deletePolicy).Accepts("PolicyArn").
			Permissions(onPolicy(func(in *api.DeletePolicyInput) *string { return in.PolicyArn })),
	}
}

func (s *Service) createPolicy(_ context.Context, c call.Caller, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	name, err := policyName(in.PolicyName)
	if err != nil {
		return nil, err
	}
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	if err := checkDescription(in.Description); err != nil {
		return nil, err
	}
	m := &managed{name: name, path: path, arn: s.arn(c.Account, "policy"+path+name), description: in.Description}
	if m.tags, err = checkTags(in.Tags); err != nil {
		return nil, err
	}
	d, err := s.managedDocument(in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	a := s.account(c.Account)
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.sortedPolicies(), func(x *managed) bool { return strings.EqualFold(x.name, name) }) {
		return nil, exists("A policy called %s already exists. Duplicate names are not allowed.", name)
	}
	if len(a.policies) >= maxPolicies {
		return nil, limit("Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)
	}
	m.created = s.Clock.Now().Truncate(time.Second)
	m.id = "ANPA" + s.IDs.Next(a.id, "", "policy", name).Upper(17)
	m.add(d, m.created, true)
	a.policies[m.arn] = m
	return &api.CreatePolicyOutput{Policy: a.view(m)}, nil
}

func (s *Service) managedDocument(text *string) (document, error) {
	p, err := s.parse(text, iampolicy.Identity)
	if err != nil {
		return document{}, err
	}
	if size(*text) > maxManagedSize {
		return document{}, limit("Cannot exceed quota for PolicySize: %d", maxManagedSize)
	}
	return document{*text, p}, nil
}

// add appends a version.
func (m *managed) add(d document, at time.Time, isDefault bool) *version {
	if isDefault {
		for i := range m.versions {
			m.versions[i].isDefault = false
		}
	}
	m.numbers++
	m.updated = at
	m.versions = append(m.versions, version{document: d, n: m.numbers, created: at, isDefault: isDefault})
	return &m.versions[len(m.versions)-1]
}

func (a *account) sortedPolicies() []*managed {
	out := make([]*managed, 0, len(a.policies))
	for _, m := range a.policies {
		out = append(out, m)
	}
	slices.SortFunc(out, func(x, y *managed) int { return strings.Compare(x.arn, y.arn) })
	return out
}

// uses counts the roles to which a policy is attached, and those whose boundary it is. The account is locked.
func (a *account) uses(m *managed) (attached, boundaries int32) {
	for _, r := range a.roles {
		if slices.Contains(r.attached, m) {
			attached++
		}
		if r.boundary == m {
			boundaries++
		}
	}
	return attached, boundaries
}

// view is a policy as AWS shows it. The account is locked.
func (a *account) view(m *managed) *types.Policy {
	attached, boundaries := a.uses(m)
	return &types.Policy{
		Arn: &m.arn, PolicyId: &m.id, PolicyName: &m.name, Path: &m.path, Description: m.description,
		CreateDate: &m.created, UpdateDate: &m.updated, DefaultVersionId: aws.String(m.current().id()), IsAttachable: true,
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: &boundaries, Tags: tagList(m.tags),
	}
}

func (s *Service) getPolicy(_ context.Context, c call.Caller, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	if in.PolicyArn == nil {
		return nil, apierr.Missing("policyArn").Query()
	}
	m, err := s.policy(c.Account, *in.PolicyArn)
	if err != nil {
		return nil, err
	}
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	return &api.GetPolicyOutput{Policy: a.view(m)}, nil
}

func (s *Service) listPolicies(_ context.Context, c call.Caller, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	var all []*managed
	if in.Scope != types.PolicyScopeTypeLocal {
		for _, m := range s.aws {
			all = append(all, m)
		}
	}
	if in.Scope != types.PolicyScopeTypeAws {
		all = append(all, a.sortedPolicies()...)
	}
	prefix := cmpPath(in.PathPrefix)
	all = slices.DeleteFunc(all, func(m *managed) bool {
		if !strings.HasPrefix(m.path, prefix) {
			return true
		}
		attached, _ := a.uses(m)
		return in.OnlyAttached && attached == 0
	})
	slices.SortFunc(all, func(x, y *managed) int { return strings.Compare(x.arn, y.arn) })
	part, next, err := cut(all, func(m *managed) string { return m.arn }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListPoliciesOutput{Policies: []types.Policy{}, IsTruncated: next != nil, Marker: next}
	for _, m := range part {
		v := a.view(m)
		v.Description, v.Tags = nil, nil // lists leave them out
		out.Policies = append(out.Policies, *v)
	}
	return out, nil
}

// changePolicy alters a customer managed policy, and the sources of the roles that have it.
func (s *Service) changePolicy(c call.Caller, arn *string, f func(*account, *managed) error) error {
	if arn == nil {
		return apierr.Missing("policyArn").Query()
	}
	if strings.HasPrefix(*arn, s.awsPolicyARN("")) {
		return apierr.New(403, "AccessDenied", "User: %s is not authorized to perform this operation on resource: policy %s", c.Principal, *arn)
	}
	a := s.account(c.Account)
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.policies[*arn]
	if m == nil {
		return notFound("Policy %s was not found.", *arn)
	}
	if err := f(a, m); err != nil {
		return err
	}
	for _, r := range a.roles {
		if slices.Contains(r.attached, m) {
			was := r.decides()
			r.rebuild()
			s.changed(r, c, was)
			r.usage.forget(m.arn)
		}
	}
	return nil
}

func (s *Service) deletePolicy(_ context.Context, c call.Caller, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	return &api.DeletePolicyOutput{}, s.changePolicy(c, in.PolicyArn, func(a *account, m *managed) error {
		attached, boundaries := a.uses(m)
		switch {
		case attached+boundaries > 0:
			return inUse("Cannot delete a policy attached to entities.")
		case len(m.versions) > 1:
			return inUse("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		delete(a.policies, m.arn)
		return nil
	})
}
