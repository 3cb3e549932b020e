package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Names of the roles that every sandbox organization has, as AWS or its documentation names them.
const (
	// RoleAccess is what AWS Organizations makes in each account that it creates.
	RoleAccess = "OrganizationAccountAccessRole"
	// RoleRead is the read-only role of deploy/prerequisites.yaml.
	RoleRead = "LayerfleetReadRole"
	// RoleOperator may start remediations again; deploy/prerequisites.yaml makes it.
	RoleOperator = "LayerfleetOperatorRole"
	// RoleStackSetAdmin and RoleStackSetExecution are the roles of self-managed stack sets.
	RoleStackSetAdmin     = "AWSCloudFormationStackSetAdministrationRole"
	RoleStackSetExecution = "AWSCloudFormationStackSetExecutionRole"
	roleFunction          = "lambda-execution"
	roleAggregator        = "config-aggregator"
)

// iamRegion is where IAM, which is global, is signed for (reference sheet §1.1).
const iamRegion = "us-east-1"

const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"

// role is an IAM role to make.
type role struct {
	name    string
	trust   string // principal element of the trust policy
	managed string // ARN of a managed policy, or empty
	inline  string // policy document, or empty
}

func trustService(service string) string { return fmt.Sprintf(`{"Service":%q}`, service) }
func trustAccount(account string) string {
	return fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:root"}`, account)
}

// readPolicy is what finding needs to see in one account. It is the policy of deploy/prerequisites.yaml.
const readPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[` +
	`"lambda:ListFunctions","lambda:ListVersionsByFunction","lambda:ListAliases","lambda:GetFunction","lambda:GetLayerVersion",` +
	`"config:DescribeConfigurationRecorders","config:DescribeConfigurationRecorderStatus","config:DescribeConfigRules",` +
	`"config:DescribeConfigRuleEvaluationStatus","config:DescribeComplianceByConfigRule","config:GetComplianceDetailsByConfigRule","config:DescribeRemediationConfigurations",` +
	`"config:DescribeRemediationExecutionStatus","config:DescribeRemediationExceptions","account:ListRegions"]}]}`

// operatorPolicy is what `enforce retry` does. It is the policy of deploy/prerequisites.yaml.
const operatorPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[` +
	`"config:DescribeConfigRules","config:GetComplianceDetailsByConfigRule","config:DescribeRemediationConfigurations",` +
	`"config:DescribeRemediationExecutionStatus","config:DescribeRemediationExceptions","config:DeleteRemediationExceptions",` +
	`"config:StartRemediationExecution","config:StartConfigRulesEvaluation"]}]}`

// roles are the roles of one account of the organization.
func roles(account, management string) []role {
	out := []role{
		{name: roleFunction, trust: trustService("lambda.amazonaws.com")},
		{name: RoleRead, trust: trustAccount(management), inline: readPolicy},
		{name: RoleOperator, trust: trustAccount(management), inline: operatorPolicy},
		{name: RoleStackSetExecution, trust: trustAccount(management), managed: administratorAccess},
	}
	if account != management {
		return append(out, role{name: RoleAccess, trust: trustAccount(management), managed: administratorAccess})
	}
	return append(
		out,
		role{
			name: RoleStackSetAdmin, trust: trustService("cloudformation.amazonaws.com"),
			inline: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:*:iam::*:role/` + RoleStackSetExecution + `"}]}`,
		},
		role{
			name: roleAggregator, trust: trustService("config.amazonaws.com"),
			managed: "arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations",
		},
	)
}

// makeRole makes a role and its policies through the dispatcher.
func (s *services) makeRole(ctx context.Context, account string, r role) error {
	c := call.Administrator(account, iamRegion)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + r.trust + `,"Action":"sts:AssumeRole"}]}`
	if _, err := call.Do[iam.CreateRoleOutput](ctx, s.dispatcher, c, &iam.CreateRoleInput{RoleName: &r.name, AssumeRolePolicyDocument: &trust}); err != nil {
		return fmt.Errorf("role %s in account %s: %w", r.name, account, err)
	}
	if r.managed != "" {
		if _, err := call.Do[iam.AttachRolePolicyOutput](ctx, s.dispatcher, c, &iam.AttachRolePolicyInput{RoleName: &r.name, PolicyArn: &r.managed}); err != nil {
			return fmt.Errorf("role %s in account %s: %w", r.name, account, err)
		}
	}
	if r.inline != "" {
		if _, err := call.Do[iam.PutRolePolicyOutput](ctx, s.dispatcher, c, &iam.PutRolePolicyInput{RoleName: &r.name, PolicyName: aws.String(r.name), PolicyDocument: &r.inline}); err != nil {
			return fmt.Errorf("role %s in account %s: %w", r.name, account, err)
		}
	}
	return nil
}
