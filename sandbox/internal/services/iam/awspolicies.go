package iam

import (
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// awsPolicy is a policy that AWS manages, as its "AWS managed policy reference" gives it.
type awsPolicy struct {
	path, name string
	version    int
	// document is the whole text, or with part set only what it says about services of the sandbox: the others
	// cannot be called here.
	document string
	part     bool
}

// configRead is what AWS_ConfigRole and AWSConfigServiceRolePolicy say about the services of the sandbox.
const configRead = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
"cloudformation:DescribeStackInstance","cloudformation:DescribeStacks","cloudformation:DescribeStackSet","cloudformation:GetTemplate",
"cloudformation:ListStackInstances","cloudformation:ListStackResources","cloudformation:ListStacks","cloudformation:ListStackSets",
"config:BatchGet*","config:Describe*","config:Get*","config:List*","config:Put*","config:Select*",
"iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListPolicies",
"iam:ListPolicyVersions","iam:ListRolePolicies","iam:ListRoles",
"lambda:GetAlias","lambda:GetFunction","lambda:GetFunctionConfiguration","lambda:GetLayerVersion","lambda:ListAliases",
"lambda:ListFunctions","lambda:ListLayers","lambda:ListLayerVersions","lambda:ListTags","lambda:ListVersionsByFunction",
"organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit",
"organizations:ListAccounts","organizations:ListAccountsForParent","organizations:ListDelegatedAdministrators",
"organizations:ListOrganizationalUnitsForParent","organizations:ListParents","organizations:ListRoots",
"scheduler:GetSchedule","scheduler:ListSchedules",
"ssm:DescribeAutomationExecutions","ssm:DescribeDocument","ssm:DescribeDocumentPermission","ssm:GetAutomationExecution",
"ssm:GetDocument","ssm:ListDocuments","ssm:ListTagsForResource","sts:GetCallerIdentity"]}]}`

func awsManaged() []awsPolicy {
	return []awsPolicy{
		{path: "/", name: "AdministratorAccess", version: 1, document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`},
		{path: "/", name: "ReadOnlyAccess", version: 182, part: true, document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
"account:GetRegionOptStatus","account:ListRegions","cloudformation:Describe*","cloudformation:Detect*","cloudformation:Estimate*",
"cloudformation:Get*","cloudformation:List*","cloudformation:ValidateTemplate","config:BatchGetAggregateResourceConfig",
"config:BatchGetResourceConfig","config:Deliver*","config:Describe*","config:Get*","config:List*","config:SelectAggregateResourceConfig",
"config:SelectResourceConfig","iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","lambda:Get*","lambda:List*",
"organizations:Describe*","organizations:List*","scheduler:GetSchedule","scheduler:GetScheduleGroup","scheduler:ListScheduleGroups",
"scheduler:ListSchedules","scheduler:ListTagsForResource","ssm:Describe*","ssm:Get*","ssm:List*","sts:GetAccessKeyInfo",
"sts:GetCallerIdentity","sts:GetSessionToken"]}]}`},
		{path: "/service-role/", name: "AWS_ConfigRole", version: 69, part: true, document: configRead},
		{path: linkedPath, name: "AWSConfigServiceRolePolicy", version: 92, part: true, document: configRead},
		{path: "/service-role/", name: "AWSConfigRoleForOrganizations", version: 2, document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
"organizations:ListAccounts","organizations:DescribeOrganization","organizations:ListAWSServiceAccessForOrganization",
"organizations:ListDelegatedAdministrators"]}]}`},
		{path: "/service-role/", name: "AWSLambdaBasicExecutionRole", version: 1, document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*",
"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"]}]}`},
		{path: linkedPath, name: "AWSConfigRemediationServiceRolePolicy", version: 1, document: `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Resource":"*","Action":["ssm:GetDocument","ssm:DescribeDocument","ssm:StartAutomationExecution"]},
{"Effect":"Allow","Resource":"*","Action":"iam:PassRole","Condition":{"StringEquals":{"iam:PassedToService":"ssm.amazonaws.com"}}}]}`},
		{path: linkedPath, name: "CloudFormationStackSetsOrgAdminServiceRolePolicy", version: 1, document: `{"Version":"2012-10-17","Statement":[
{"Sid":"AllowsAWSOrganizationsReadAPIs","Effect":"Allow","Resource":"*","Action":["organizations:List*","organizations:Describe*"]},
{"Sid":"AllowAssumeRoleInMemberAccounts","Effect":"Allow","Resource":"arn:aws:iam::*:role/stacksets-exec-*","Action":"sts:AssumeRole"}]}`},
		{path: linkedPath, name: "CloudFormationStackSetsOrgMemberServiceRolePolicy", version: 2, document: `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":["cloudformation:CreateStack","cloudformation:DescribeStackEvents","cloudformation:UpdateStack",
"cloudformation:DeleteStack","cloudformation:DescribeStacks"],"Resource":["arn:aws:cloudformation:*:*:stack/stacksets-exec-role-stack-*"],
"Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}},
{"Effect":"Allow","Action":["iam:CreateRole","iam:DeleteRole","iam:GetRole","iam:GetRolePolicy","iam:DeleteRolePolicy","iam:PutRolePolicy"],
"Resource":["arn:aws:iam::*:role/stacksets-exec-*"],"Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}},
{"Effect":"Allow","Action":["iam:DetachRolePolicy","iam:AttachRolePolicy"],"Resource":["arn:aws:iam::*:role/stacksets-exec-*"],
"Condition":{"StringEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}}]}`},
		{path: linkedPath, name: "AWSOrganizationsServiceTrustPolicy", version: 3, document: `{"Version":"2012-10-17","Statement":[
{"Sid":"AllowDeletionOfServiceLinkedRoleForOrganizations","Effect":"Allow","Action":["iam:DeleteRole"],"Resource":["arn:aws:iam::*:role/aws-service-role/organizations.amazonaws.com/*"]},
{"Sid":"AllowCreationOfServiceLinkedRoles","Effect":"Allow","Action":["iam:CreateServiceLinkedRole"],"Resource":"*"},
{"Sid":"ListRolesSLR","Effect":"Allow","Action":"iam:ListRoles","Resource":"arn:aws:iam::*:role/aws-service-role/*"}]}`},
	}
}

// awsPolicyARN is the ARN of a policy that AWS manages, given its path without the first slash.
func (s *Service) awsPolicyARN(rest string) string {
	return "arn:" + s.Partition + ":iam::aws:policy/" + rest
}

// awsPolicies compiles the table for the sandbox's partition. A text that does not compile is a programming error.
func (s *Service) awsPolicies() map[string]*managed {
	out := map[string]*managed{}
	for _, p := range awsManaged() {
		text := strings.ReplaceAll(p.document, "arn:aws:", "arn:"+s.Partition+":")
		policy, err := s.Compile(text, iampolicy.Identity)
		if err != nil {
			panic(p.name + ": " + err.Error())
		}
		m := &managed{
			name: p.name, path: p.path, id: "ANPA" + s.IDs.At("", "", "aws-policy", p.name, 0).Upper(17),
			arn: s.awsPolicyARN(strings.TrimPrefix(p.path, "/") + p.name), numbers: p.version - 1,
		}
		if p.part {
			d := "The part of the AWS managed policy that concerns the services of the layerfleet sandbox"
			m.description = &d
		}
		m.add(document{text, policy}, time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC), true)
		m.created = m.updated
		out[m.arn] = m
	}
	return out
}
