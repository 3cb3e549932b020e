package resource

import (
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// managedPolicy is AWS::IAM::ManagedPolicy on roles.
type managedPolicy struct {
	Description       *string
	ManagedPolicyName *string
	Path              *string
	PolicyDocument    any `property:"required"`
	Roles             []string
}

const maxPolicyName = 128

func managedPolicyType() *Type {
	return define("AWS::IAM::ManagedPolicy", spec[managedPolicy]{
		attributes: []string{"PolicyArn"}, nameKey: "ManagedPolicyName",
		replaces: func(old, next *managedPolicy) bool {
			return !reflect.DeepEqual([]*string{old.Description, old.ManagedPolicyName, old.Path}, []*string{next.Description, next.ManagedPolicyName, next.Path})
		},
		create: createManagedPolicy, update: updateManagedPolicy,
		remove: func(s *Step, m Made, p *managedPolicy) error {
			if err := reattach(s, m.ID, p.Roles, nil); err != nil {
				return err
			}
			return does[iam.DeletePolicyOutput](s, &iam.DeletePolicyInput{PolicyArn: &m.ID})
		},
	})
}

func createManagedPolicy(s *Step, p *managedPolicy) (Made, error) {
	doc, err := text(p.PolicyDocument)
	if err != nil {
		return Made{}, err
	}
	name := s.named(p.ManagedPolicyName, maxPolicyName)
	in := &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &doc, Description: p.Description, Path: p.Path}
	in.Tags = tags(s, nil, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
	out, err := do[iam.CreatePolicyOutput](s, in)
	if err != nil {
		return Made{}, err
	}
	arn := aws.ToString(out.Policy.Arn)
	return Made{ID: arn, Ref: arn, Attributes: map[string]any{"PolicyArn": arn}}, reattach(s, arn, nil, p.Roles)
}

// updateManagedPolicy keeps one version: it deletes the one before the new default.
func updateManagedPolicy(s *Step, m Made, old, next *managedPolicy) (Made, error) {
	if !reflect.DeepEqual(old.PolicyDocument, next.PolicyDocument) {
		doc, err := text(next.PolicyDocument)
		if err != nil {
			return m, err
		}
		before, err := do[iam.GetPolicyOutput](s, &iam.GetPolicyInput{PolicyArn: &m.ID})
		if err != nil {
			return m, err
		}
		if err := does[iam.CreatePolicyVersionOutput](s, &iam.CreatePolicyVersionInput{PolicyArn: &m.ID, PolicyDocument: &doc, SetAsDefault: true}); err != nil {
			return m, err
		}
		if err := does[iam.DeletePolicyVersionOutput](s, &iam.DeletePolicyVersionInput{PolicyArn: &m.ID, VersionId: before.Policy.DefaultVersionId}); err != nil {
			return m, err
		}
	}
	return m, reattach(s, m.ID, old.Roles, next.Roles)
}

// reattach detaches a policy from the roles of old and attaches it to those of next.
func reattach(s *Step, arn string, old, next []string) error {
	for _, r := range next {
		if slices.Contains(old, r) {
			continue
		}
		if err := does[iam.AttachRolePolicyOutput](s, &iam.AttachRolePolicyInput{RoleName: &r, PolicyArn: &arn}); err != nil {
			return err
		}
	}
	for _, r := range old {
		if slices.Contains(next, r) {
			continue
		}
		err := does[iam.DetachRolePolicyOutput](s, &iam.DetachRolePolicyInput{RoleName: &r, PolicyArn: &arn})
		if err != nil && !notFound(err) {
			return err
		}
	}
	return nil
}
