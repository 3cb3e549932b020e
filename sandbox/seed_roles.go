package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Names of the roles that AWS, or its documentation, gives to the accounts of an organization.
const (
	// RoleAccess is what AWS Organizations makes in each account that it creates.
	RoleAccess = "OrganizationAccountAccessRole"
	// RoleStackSetAdmin and RoleStackSetExecution are the roles of self-managed stack sets.
	RoleStackSetAdmin     = "AWSCloudFormationStackSetAdministrationRole"
	RoleStackSetExecution = "AWSCloudFormationStackSetExecutionRole"
	roleFunction          = "lambda-execution"
	roleAggregator        = "config-aggregator"
)

// iamRegion is where IAM, which is global, is signed for (reference sheet §1.1).
const iamRegion = "us-east-1"

const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"

// trusting is a trust policy for a principal element.
func trusting(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
}

func trustService(service string) string { return trusting(fmt.Sprintf(`{"Service":%q}`, service)) }
func trustAccount(account string) string {
	return trusting(fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:root"}`, account))
}

// accessRole is the role through which the management account enters an account that it made.
func accessRole(name, management string) Role {
	return Role{Name: name, Trust: trustAccount(management), Managed: []string{administratorAccess}}
}

// rolesOf are the roles of one account of the organization.
func (s *Sandbox) rolesOf(account string) []Role {
	var out []Role
	management := s.Management()
	if account != management {
		out = append(out, accessRole(RoleAccess, management))
	}
	for _, r := range s.options.Roles {
		if r.Trust == "" {
			r.Trust = trustAccount(management)
		}
		out = append(out, r)
	}
	if s.options.Empty {
		return out
	}
	out = append(
		out,
		Role{Name: roleFunction, Trust: trustService("lambda.amazonaws.com")},
		Role{Name: RoleStackSetExecution, Trust: trustAccount(management), Managed: []string{administratorAccess}},
	)
	if account != management {
		return out
	}
	return append(
		out,
		Role{
			Name: RoleStackSetAdmin, Trust: trustService("cloudformation.amazonaws.com"),
			Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:*:iam::*:role/` + RoleStackSetExecution + `"}]}`,
		},
		Role{
			Name: roleAggregator, Trust: trustService("config.amazonaws.com"),
			Managed: []string{"arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations"},
		},
	)
}

// makeRole makes a role and its policies through the dispatcher.
func (s *services) makeRole(ctx context.Context, account string, r Role) error {
	c := call.Administrator(account, iamRegion)
	if _, err := call.Do[iam.CreateRoleOutput](ctx, s.dispatcher, c, &iam.CreateRoleInput{RoleName: &r.Name, AssumeRolePolicyDocument: &r.Trust}); err != nil {
		return fmt.Errorf("role %s in account %s: %w", r.Name, account, err)
	}
	for _, arn := range r.Managed {
		if _, err := call.Do[iam.AttachRolePolicyOutput](ctx, s.dispatcher, c, &iam.AttachRolePolicyInput{RoleName: &r.Name, PolicyArn: &arn}); err != nil {
			return fmt.Errorf("role %s in account %s: %w", r.Name, account, err)
		}
	}
	if r.Policy != "" {
		if _, err := call.Do[iam.PutRolePolicyOutput](ctx, s.dispatcher, c, &iam.PutRolePolicyInput{RoleName: &r.Name, PolicyName: &r.Name, PolicyDocument: &r.Policy}); err != nil {
			return fmt.Errorf("role %s in account %s: %w", r.Name, account, err)
		}
	}
	return nil
}
