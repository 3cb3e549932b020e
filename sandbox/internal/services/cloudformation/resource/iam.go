package resource

import (
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// role is AWS::IAM::Role.
type role struct {
	AssumeRolePolicyDocument any `property:"required"`
	Description              *string
	ManagedPolicyArns        []string
	MaxSessionDuration       *int32
	Path                     *string
	Policies                 []inlinePolicy
	RoleName                 *string
	Tags                     []tag
}

type inlinePolicy struct {
	PolicyDocument any    `property:"required"`
	PolicyName     string `property:"required"`
}

// rolePolicy is AWS::IAM::Policy on roles.
type rolePolicy struct {
	PolicyDocument any    `property:"required"`
	PolicyName     string `property:"required"`
	Roles          []string
}

// serviceRole is AWS::IAM::ServiceLinkedRole.
type serviceRole struct {
	AWSServiceName *string `property:"required"`
	CustomSuffix   *string
	Description    *string
}

const maxRoleName = 64

func iamTypes() []*Type {
	return []*Type{
		define("AWS::IAM::Role", spec[role]{
			attributes: []string{"Arn", "RoleId"}, nameKey: "RoleName",
			replaces: func(old, next *role) bool {
				return !reflect.DeepEqual(old.RoleName, next.RoleName) || !reflect.DeepEqual(old.Path, next.Path)
			},
			create: createRole, update: updateRole, remove: removeRole,
		}),
		define("AWS::IAM::Policy", spec[rolePolicy]{
			replaces: func(old, next *rolePolicy) bool { return old.PolicyName != next.PolicyName },
			create: func(s *Step, p *rolePolicy) (Made, error) {
				name := s.name(maxRoleName)
				return unless(putOnRoles(s, p), Made{ID: name, Ref: name})
			},
			update: func(s *Step, m Made, old, next *rolePolicy) (Made, error) {
				left := *old
				left.Roles = slices.DeleteFunc(slices.Clone(old.Roles), func(r string) bool { return slices.Contains(next.Roles, r) })
				if err := removeFromRoles(s, &left); err != nil {
					return m, err
				}
				return m, putOnRoles(s, next)
			},
			remove: func(s *Step, _ Made, p *rolePolicy) error { return removeFromRoles(s, p) },
		}),
		managedPolicyType(),
		define("AWS::IAM::ServiceLinkedRole", spec[serviceRole]{
			attributes: []string{"RoleName"},
			create: func(s *Step, p *serviceRole) (Made, error) {
				out, err := do[iam.CreateServiceLinkedRoleOutput](s, &iam.CreateServiceLinkedRoleInput{
					AWSServiceName: p.AWSServiceName, CustomSuffix: p.CustomSuffix, Description: p.Description,
				})
				if err != nil {
					return Made{}, err
				}
				name := aws.ToString(out.Role.RoleName)
				return Made{ID: name, Ref: name, Attributes: map[string]any{"RoleName": name}}, nil
			},
			remove: func(s *Step, m Made, _ *serviceRole) error {
				return does[iam.DeleteServiceLinkedRoleOutput](s, &iam.DeleteServiceLinkedRoleInput{RoleName: &m.ID})
			},
		}),
	}
}

func createRole(s *Step, p *role) (Made, error) {
	trust, err := text(p.AssumeRolePolicyDocument)
	if err != nil {
		return Made{}, err
	}
	name := s.named(p.RoleName, maxRoleName)
	out, err := do[iam.CreateRoleOutput](s, &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: &trust, Description: p.Description, MaxSessionDuration: p.MaxSessionDuration,
		Path: p.Path, Tags: tags(s, p.Tags, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }),
	})
	if err != nil {
		return Made{}, err
	}
	made := Made{ID: name, Ref: name, Attributes: map[string]any{"Arn": aws.ToString(out.Role.Arn), "RoleId": aws.ToString(out.Role.RoleId)}}
	if err := changePolicies(s, name, &role{}, p); err != nil {
		return made, err
	}
	return made, s.Clock.Sleep(s.Context, s.Settle)
}

// changePolicies replaces the policies of old by those of next.
func changePolicies(s *Step, name string, old, next *role) error {
	for _, arn := range next.ManagedPolicyArns {
		if slices.Contains(old.ManagedPolicyArns, arn) {
			continue
		}
		if err := does[iam.AttachRolePolicyOutput](s, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &arn}); err != nil {
			return err
		}
	}
	for _, p := range next.Policies {
		if slices.ContainsFunc(old.Policies, func(o inlinePolicy) bool { return reflect.DeepEqual(o, p) }) {
			continue
		}
		doc, err := text(p.PolicyDocument)
		if err != nil {
			return err
		}
		if err := does[iam.PutRolePolicyOutput](s, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &p.PolicyName, PolicyDocument: &doc}); err != nil {
			return err
		}
	}
	for _, p := range old.Policies {
		if slices.ContainsFunc(next.Policies, func(n inlinePolicy) bool { return n.PolicyName == p.PolicyName }) {
			continue
		}
		err := does[iam.DeleteRolePolicyOutput](s, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &p.PolicyName})
		if err != nil && !notFound(err) {
			return err
		}
	}
	for _, arn := range old.ManagedPolicyArns {
		if slices.Contains(next.ManagedPolicyArns, arn) {
			continue
		}
		err := does[iam.DetachRolePolicyOutput](s, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
		if err != nil && !notFound(err) {
			return err
		}
	}
	return nil
}

func updateRole(s *Step, m Made, old, next *role) (Made, error) {
	if !reflect.DeepEqual(old.AssumeRolePolicyDocument, next.AssumeRolePolicyDocument) {
		trust, err := text(next.AssumeRolePolicyDocument)
		if err != nil {
			return m, err
		}
		if err := does[iam.UpdateAssumeRolePolicyOutput](s, &iam.UpdateAssumeRolePolicyInput{RoleName: &m.ID, PolicyDocument: &trust}); err != nil {
			return m, err
		}
	}
	if !reflect.DeepEqual(old.Description, next.Description) || !reflect.DeepEqual(old.MaxSessionDuration, next.MaxSessionDuration) {
		in := &iam.UpdateRoleInput{RoleName: &m.ID, Description: next.Description, MaxSessionDuration: next.MaxSessionDuration}
		if in.Description == nil {
			in.Description = aws.String("")
		}
		if err := does[iam.UpdateRoleOutput](s, in); err != nil {
			return m, err
		}
	}
	set, removed := retagged(old.Tags, next.Tags)
	if len(set) > 0 {
		in := &iam.TagRoleInput{RoleName: &m.ID}
		for _, t := range set {
			in.Tags = append(in.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
		}
		if err := does[iam.TagRoleOutput](s, in); err != nil {
			return m, err
		}
	}
	if len(removed) > 0 {
		if err := does[iam.UntagRoleOutput](s, &iam.UntagRoleInput{RoleName: &m.ID, TagKeys: removed}); err != nil {
			return m, err
		}
	}
	return m, changePolicies(s, m.ID, old, next)
}

func removeRole(s *Step, m Made, p *role) error {
	if err := changePolicies(s, m.ID, p, &role{}); err != nil {
		return err
	}
	return does[iam.DeleteRoleOutput](s, &iam.DeleteRoleInput{RoleName: &m.ID})
}

func putOnRoles(s *Step, p *rolePolicy) error {
	doc, err := text(p.PolicyDocument)
	if err != nil {
		return err
	}
	for _, r := range p.Roles {
		if err := does[iam.PutRolePolicyOutput](s, &iam.PutRolePolicyInput{RoleName: &r, PolicyName: &p.PolicyName, PolicyDocument: &doc}); err != nil {
			return err
		}
	}
	return nil
}

func removeFromRoles(s *Step, p *rolePolicy) error {
	for _, r := range p.Roles {
		err := does[iam.DeleteRolePolicyOutput](s, &iam.DeleteRolePolicyInput{RoleName: &r, PolicyName: &p.PolicyName})
		if err != nil && !notFound(err) {
			return err
		}
	}
	return nil
}
