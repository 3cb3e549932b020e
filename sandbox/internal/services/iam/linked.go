package iam

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// linkedPath begins the path of service-linked roles and of their policies.
const linkedPath = "/aws-service-role/"

// linkedRole is what AWS makes for a service principal.
type linkedRole struct{ service, role, policy string }

// linkedRoles are the service-linked roles of the services that the sandbox has (their user guides, "Using
// service-linked roles").
func linkedRoles() []linkedRole {
	return []linkedRole{
		{"config.amazonaws.com", "AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy"},
		{"remediation.config.amazonaws.com", "AWSServiceRoleForConfigRemediation", "AWSConfigRemediationServiceRolePolicy"},
		{"stacksets.cloudformation.amazonaws.com", "AWSServiceRoleForCloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"},
		{"member.org.stacksets.cloudformation.amazonaws.com", "AWSServiceRoleForCloudFormationStackSetsOrgMember", "CloudFormationStackSetsOrgMemberServiceRolePolicy"},
		{"organizations.amazonaws.com", "AWSServiceRoleForOrganizations", "AWSOrganizationsServiceTrustPolicy"},
	}
}

func (s *Service) linkedOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "CreateServiceLinkedRole", s.createServiceLinkedRole).Accepts("AWSServiceName", "Description").
			Permissions(call.For(func(c call.Caller, in *api.CreateServiceLinkedRoleInput) []call.Permission {
				name := aws.ToString(in.AWSServiceName)
				return []call.Permission{{
					Resource: s.arn(c.Account, "role"+linkedPath+name+"/*"), Context: map[string][]string{"iam:AWSServiceName": {name}},
				}}
			})),
	}
}

func (s *Service) createServiceLinkedRole(_ context.Context, c call.Caller, in *api.CreateServiceLinkedRoleInput) (*api.CreateServiceLinkedRoleOutput, error) {
	if in.AWSServiceName == nil {
		return nil, apierr.Missing("aWSServiceName").Query()
	}
	r, fresh, err := s.linked(c.Account, *in.AWSServiceName, in.Description)
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, invalid("Service role name %s has been taken in this account, please try a different suffix.", r.name)
	}
	return &api.CreateServiceLinkedRoleOutput{Role: r.view(false)}, nil
}

// EnsureServiceRole implements [ports.ServiceRoles].
func (s *Service) EnsureServiceRole(account, service string) (string, error) {
	r, _, err := s.linked(account, service, nil)
	if err != nil {
		return "", err
	}
	return r.arn, nil
}

// linked finds or makes a service-linked role; fresh says that it was made.
func (s *Service) linked(accountID, service string, description *string) (r *role, fresh bool, err error) {
	for _, l := range linkedRoles() {
		if l.service != service {
			continue
		}
		m, err := s.policy(accountID, s.awsPolicyARN(strings.TrimPrefix(linkedPath, "/")+l.policy))
		if err != nil {
			return nil, false, err
		}
		trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`
		d, err := s.trust(&trust)
		if err != nil {
			return nil, false, err
		}
		a := s.account(accountID)
		a.mu.Lock()
		defer a.mu.Unlock()
		if r := a.roles[strings.ToLower(l.role)]; r != nil {
			return r, false, nil
		}
		r := &role{
			name: l.role, path: linkedPath + service + "/", description: description, maxSession: minSession,
			trust: d, linkedTo: service, attached: []*managed{m},
		}
		return r, true, s.add(a, r, call.ServiceCaller(service, accountID, ""))
	}
	return nil, false, apierr.Unsupported("service-linked roles of %s", service)
}
