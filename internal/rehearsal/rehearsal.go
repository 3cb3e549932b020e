// Package rehearsal furnishes a sandbox as the tool finds an organization that is prepared for it: with the roles of
// deploy/prerequisites.yaml, and with the environment variables that point the tool there.
package rehearsal

import (
	"fmt"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/sandbox"
)

// readPolicy is what finding needs to see in one account.
const readPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[` +
	`"lambda:ListFunctions","lambda:ListVersionsByFunction","lambda:ListAliases","lambda:GetFunction","lambda:GetLayerVersion",` +
	`"config:DescribeConfigurationRecorders","config:DescribeConfigurationRecorderStatus","config:DescribeConfigRules",` +
	`"config:DescribeConfigRuleEvaluationStatus","config:DescribeComplianceByConfigRule","config:GetComplianceDetailsByConfigRule","config:DescribeRemediationConfigurations",` +
	`"config:DescribeRemediationExecutionStatus","config:DescribeRemediationExceptions","config:SelectResourceConfig","account:ListRegions"]}]}`

// operatorPolicy is what `enforce retry` does. Whether AWS asks its caller for the last two is not documented: they may not
// be needed.
const operatorPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[` +
	`"config:DescribeConfigRules","config:GetComplianceDetailsByConfigRule","config:DescribeRemediationConfigurations",` +
	`"config:DescribeRemediationExecutionStatus","config:DescribeRemediationExceptions","config:DeleteRemediationExceptions",` +
	`"config:StartRemediationExecution","config:StartConfigRulesEvaluation"]},` +
	`{"Effect":"Allow","Action":["ssm:StartAutomationExecution"],"Resource":"arn:*:ssm:*:*:automation-definition/*"},` +
	`{"Effect":"Allow","Action":["iam:PassRole"],"Resource":"arn:*:iam::*:role/layerfleet/*",` +
	`"Condition":{"StringEquals":{"iam:PassedToService":"ssm.amazonaws.com"}}}]}`

// Roles are the roles of deploy/prerequisites.yaml. A test holds the two alike: what works on the sandbox must work with
// the roles that users deploy.
func Roles() []sandbox.Role {
	return []sandbox.Role{
		{Name: access.ReadRole, Policy: readPolicy},
		{Name: access.OperatorRole, Policy: operatorPolicy},
	}
}

// Env are the variables that point AWS's clients and layerfleet to a drawn organization. LAYERFLEET_CLOCK is for the tool,
// LAYERFLEET_SPEED for scripts around it that sleep.
func Env(sb *sandbox.Sandbox) []sandbox.Variable {
	env := append(
		sb.Env(),
		sandbox.Variable{Name: "LAYERFLEET_AGGREGATOR", Value: sandbox.Aggregator},
		sandbox.Variable{Name: "LAYERFLEET_CLOCK", Value: sb.ClockURL()},
	)
	if sb.Speed() > 0 {
		env = append(env, sandbox.Variable{Name: "LAYERFLEET_SPEED", Value: fmt.Sprintf("%g", sb.Speed())})
	}
	return env
}
