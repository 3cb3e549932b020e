package cloudformation_test

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
)

const setName = "loop-set"

// serviceManaged makes a service-managed set.
func (w *world) serviceManaged(managed bool) {
	w.Helper()
	must[api.CreateStackSetOutput](w, management, &api.CreateStackSetInput{
		StackSetName: aws.String(setName), TemplateBody: aws.String(loop), Capabilities: capabilityIAM, PermissionModel: types.PermissionModelsServiceManaged,
		AutoDeployment:   &types.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(false)},
		ManagedExecution: &types.ManagedExecution{Active: &managed},
	})
}

// selfManaged makes a self-managed set and the roles that it needs in the management account and in accounts.
func (w *world) selfManaged(accounts ...string) {
	w.Helper()
	role := func(account, name, trust, policy string) {
		doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + trust + `,"Action":"sts:AssumeRole"}]}`
		must[iamapi.CreateRoleOutput](w, account, &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &doc})
		must[iamapi.PutRolePolicyOutput](w, account, &iamapi.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("p"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + policy + `","Resource":"*"}]}`)})
	}
	role(management, "AWSCloudFormationStackSetAdministrationRole", `{"Service":"cloudformation.amazonaws.com"}`, "sts:AssumeRole")
	for _, a := range accounts {
		role(a, "AWSCloudFormationStackSetExecutionRole", `{"AWS":"arn:aws:iam::`+management+`:root"}`, "*")
	}
	must[api.CreateStackSetOutput](w, management, &api.CreateStackSetInput{StackSetName: aws.String(setName), TemplateBody: aws.String(loop), Capabilities: capabilityIAM})
}

// ended waits for an operation to end.
func (w *world) ended(id *string) *types.StackSetOperation {
	w.Helper()
	for range 2000 {
		op := must[api.DescribeStackSetOperationOutput](w, management, &api.DescribeStackSetOperationInput{StackSetName: aws.String(setName), OperationId: id}).StackSetOperation
		if op.EndTimestamp != nil {
			return op
		}
		w.pause()
	}
	w.Fatalf("operation %s does not end", *id)
	return nil
}

// instances shows each instance as ACCOUNT REGION STATUS DETAILED.
func (w *world) instances() []string {
	w.Helper()
	out := []string{}
	for _, i := range must[api.ListStackInstancesOutput](w, management, &api.ListStackInstancesInput{StackSetName: aws.String(setName)}).Summaries {
		out = append(out, fmt.Sprintf("%s %s %s %s", *i.Account, *i.Region, i.Status, i.StackInstanceStatus.DetailedStatus))
	}
	return out
}

// results shows each result as ACCOUNT REGION STATUS.
func (w *world) results(id *string) []string {
	w.Helper()
	var out []string
	for _, r := range must[api.ListStackSetOperationResultsOutput](w, management, &api.ListStackSetOperationResultsInput{StackSetName: aws.String(setName), OperationId: id}).Summaries {
		out = append(out, fmt.Sprintf("%s %s %s", *r.Account, *r.Region, r.Status))
	}
	return out
}

func (w *world) deployOU(unit string, regions ...string) *types.StackSetOperation {
	w.Helper()
	out := must[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
		StackSetName: aws.String(setName), Regions: regions, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{unit}},
		OperationPreferences: &types.StackSetOperationPreferences{MaxConcurrentPercentage: aws.Int32(100), FailureTolerancePercentage: aws.Int32(100)},
	})
	return w.ended(out.OperationId)
}

// idle says whether all operations have ended.
func (w *world) idle() bool {
	w.Helper()
	operations := must[api.ListStackSetOperationsOutput](w, management, &api.ListStackSetOperationsInput{StackSetName: aws.String(setName)}).Summaries
	return !slices.ContainsFunc(operations, func(o types.StackSetOperationSummary) bool { return o.EndTimestamp == nil })
}

func (w *world) eventually(f func() bool) {
	w.Helper()
	for range 2000 {
		if f() {
			return
		}
		w.pause()
	}
	w.Fatalf("it does not happen; instances: %v", w.instances())
}

// block blocks a call of every stack until the function that it returns is called.
func (w *world) block() (release func()) {
	released := make(chan struct{})
	w.rules.block(released)
	return func() { close(released) }
}
