package cloudformation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	orgapi "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

func TestServiceManaged(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(false)
	op := w.deployOU(w.unit, region, region2)
	if op.Status != types.StackSetOperationStatusSucceeded {
		t.Fatalf("operation %s: %v", op.Status, w.results(op.OperationId))
	}
	if diff := cmp.Diff([]string{
		member1 + " eu-west-1 CURRENT SUCCEEDED", member1 + " us-east-1 CURRENT SUCCEEDED",
		member2 + " eu-west-1 CURRENT SUCCEEDED", member2 + " us-east-1 CURRENT SUCCEEDED",
	}, w.instances()); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	stacks := must[api.ListStacksOutput](w, member1, &api.ListStacksInput{}).StackSummaries
	if len(stacks) != 1 || !strings.HasPrefix(*stacks[0].StackName, "StackSet-"+setName+"-") {
		t.Errorf("stacks of %s: %+v", member1, stacks)
	}
	if !slices.ContainsFunc(w.roleNames(member1), func(n string) bool { return strings.HasPrefix(n, "stacksets-exec-") }) {
		t.Errorf("roles of %s: %v", member1, w.roleNames(member1))
	}

	// The same again does nothing to the stacks.
	w.deployOU(w.unit, region, region2)
	if st := must[api.DescribeStacksOutput](w, member1, &api.DescribeStacksInput{StackName: stacks[0].StackName}).Stacks[0]; st.StackStatus != types.StackStatusCreateComplete {
		t.Errorf("stack is %s after the same deployment again", st.StackStatus)
	}

	// An account that joins the OU gets the stacks, one that leaves loses them.
	move := func(account, from, to string) {
		must[orgapi.MoveAccountOutput](w, management, &orgapi.MoveAccountInput{AccountId: &account, SourceParentId: &from, DestinationParentId: &to})
	}
	move(member3, w.org.Root(), w.unit)
	w.eventually(func() bool { return slices.Contains(w.instances(), member3+" us-east-1 CURRENT SUCCEEDED") })
	move(member3, w.unit, w.org.Root())
	w.eventually(func() bool { return len(w.instances()) == 4 && w.idle() })

	refuses[api.DeleteStackSetOutput](w, management, &api.DeleteStackSetInput{StackSetName: aws.String(setName)}, "StackSetNotEmptyException", "not empty")
	out := must[api.DeleteStackInstancesOutput](w, management, &api.DeleteStackInstancesInput{
		StackSetName: aws.String(setName), Regions: []string{region, region2}, RetainStacks: aws.Bool(false),
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.org.Root()}},
	})
	w.ended(out.OperationId)
	if left := w.instances(); len(left) != 0 {
		t.Errorf("instances left: %v", left)
	}
	if n, m := w.rules.count(); n+m != 0 {
		t.Errorf("%d rules and %d remediations left", n, m)
	}
	must[api.DeleteStackSetOutput](w, management, &api.DeleteStackSetInput{StackSetName: aws.String(setName)})
	refuses[api.DescribeStackSetOutput](w, management, &api.DescribeStackSetInput{StackSetName: aws.String(setName)}, "StackSetNotFoundException", "StackSet "+setName+" not found")
}

// TestOperationPages lists operations by pages while another one is made, which neither repeats nor hides an older one.
func TestOperationPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serviceManaged(false)
	var want []string
	for range 3 {
		want = append(want, *w.deployOU(w.unit, region).OperationId)
	}
	slices.Reverse(want)
	in := &api.ListStackSetOperationsInput{StackSetName: aws.String(setName), MaxResults: aws.Int32(1)}
	var got []string
	for {
		out := must[api.ListStackSetOperationsOutput](w, management, in)
		for _, s := range out.Summaries {
			got = append(got, *s.OperationId)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
		w.deployOU(w.unit, region)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestTargets(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(false)
	w.check(w.org.SetState(member2, "SUSPENDED"))
	root := w.org.Root()
	tests := []struct {
		name    string
		targets *types.DeploymentTargets
		regions []string
		want    []string // results
		refused string
	}{
		{name: "no OU", targets: &types.DeploymentTargets{Accounts: []string{member1}}, refused: "OrganizationalUnitIds should be specified in SERVICE_MANAGED mode"},
		{name: "no targets", refused: "OrganizationalUnitIds should be specified"},
		{name: "no filter", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}, Accounts: []string{member1}}, refused: "AccountFilterType should be specified when both"},
		{name: "union", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}, Accounts: []string{member1}, AccountFilterType: types.AccountFilterTypeUnion}, refused: "UNION is not supported"},
		{name: "unknown OU", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{"ou-x"}}, refused: "ou-x does not exist"},
		{name: "unknown Region", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}}, regions: []string{"mars-1"}, refused: "Region mars-1"},
		{name: "intersection", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}, Accounts: []string{member1, member3}, AccountFilterType: types.AccountFilterTypeIntersection}, want: []string{member1 + " us-east-1 SUCCEEDED"}},
		{name: "difference", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}, Accounts: []string{member1}, AccountFilterType: types.AccountFilterTypeDifference}, want: []string{member2 + " us-east-1 CANCELLED", member3 + " us-east-1 SUCCEEDED"}},
		{name: "root without the management account", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{root}}, want: []string{member1 + " us-east-1 SUCCEEDED", member2 + " us-east-1 CANCELLED", member3 + " us-east-1 SUCCEEDED"}},
		{name: "a Region that is not enabled", targets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}}, regions: []string{"ap-east-1"}, want: []string{member1 + " ap-east-1 FAILED", member2 + " ap-east-1 CANCELLED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.regions == nil {
				tt.regions = []string{region}
			}
			in := &api.CreateStackInstancesInput{StackSetName: aws.String(setName), Regions: tt.regions, DeploymentTargets: tt.targets}
			if tt.refused != "" {
				refuses[api.CreateStackInstancesOutput](w, management, in, "ValidationError", tt.refused)
				return
			}
			out := must[api.CreateStackInstancesOutput](w, management, in)
			w.ended(out.OperationId)
			if diff := cmp.Diff(tt.want, w.results(out.OperationId)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
	if got := w.instances(); !slices.Contains(got, member2+" us-east-1 OUTDATED SKIPPED_SUSPENDED_ACCOUNT") || !slices.Contains(got, member1+" ap-east-1 OUTDATED FAILED") {
		t.Errorf("instances: %v", got)
	}
}

func TestSelfManaged(t *testing.T) {
	w := newWorld(t)
	w.selfManaged(member1, member3)
	deploy := func(p types.StackSetOperationPreferences, regions ...string) *types.StackSetOperation {
		t.Helper()
		out := must[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
			StackSetName: aws.String(setName), Accounts: []string{member3, member2, member1}, Regions: regions, OperationPreferences: &p,
		})
		return w.ended(out.OperationId)
	}
	// The defaults: one account at a time, no failure tolerated, later Regions not attempted.
	op := deploy(types.StackSetOperationPreferences{}, region, region2)
	if op.Status != types.StackSetOperationStatusFailed || *op.StatusDetails.FailedStackInstancesCount != 1 {
		t.Errorf("operation %s with %d failures", op.Status, *op.StatusDetails.FailedStackInstancesCount)
	}
	want := []string{
		member1 + " us-east-1 SUCCEEDED", member2 + " us-east-1 FAILED", member3 + " us-east-1 CANCELLED",
		member1 + " eu-west-1 CANCELLED", member2 + " eu-west-1 CANCELLED", member3 + " eu-west-1 CANCELLED",
	}
	if diff := cmp.Diff(want, w.results(op.OperationId)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	i := must[api.DescribeStackInstanceOutput](w, management, &api.DescribeStackInstanceInput{
		StackSetName: aws.String(setName), StackInstanceAccount: aws.String(member2), StackInstanceRegion: aws.String(region),
	}).StackInstance
	if got := aws.ToString(i.StatusReason); got != "Account 100000000002 should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to Role 'AWSCloudFormationStackSetAdministrationRole'." {
		t.Errorf("reason %q", got)
	}
	// A tolerated failure does not fail the operation.
	op = deploy(types.StackSetOperationPreferences{FailureToleranceCount: aws.Int32(1), RegionConcurrencyType: types.RegionConcurrencyTypeParallel}, region, region2)
	if op.Status != types.StackSetOperationStatusSucceeded || *op.StatusDetails.FailedStackInstancesCount != 2 {
		t.Errorf("operation %s with %d failures: %v", op.Status, *op.StatusDetails.FailedStackInstancesCount, w.results(op.OperationId))
	}
	refuses[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
		StackSetName: aws.String(setName), Regions: []string{region}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}},
	}, "ValidationError", "SERVICE_MANAGED")
}

func TestOverridesAndUpdate(t *testing.T) {
	w := newWorld(t)
	w.selfManaged(member1, member2)
	tolerant := &types.StackSetOperationPreferences{FailureTolerancePercentage: aws.Int32(100), MaxConcurrentPercentage: aws.Int32(100)}
	out := must[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
		StackSetName: aws.String(setName), Accounts: []string{member1}, Regions: []string{region}, ParameterOverrides: params("Text", "mine", "Name", "named"),
	})
	w.ended(out.OperationId)
	out = must[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
		StackSetName: aws.String(setName), Accounts: []string{member2}, Regions: []string{region},
	})
	w.ended(out.OperationId)
	text := func(account, rule string) string {
		r, ok := w.rules.m[account+"/"+region+"/"+rule]
		if !ok {
			return "no rule " + rule
		}
		return *r.Source.CustomPolicyDetails.PolicyText
	}
	if text(member1, "named") != "mine" || text(member2, "loop") != "hello" {
		t.Errorf("texts %q, %q", text(member1, "named"), text(member2, "loop"))
	}
	// The stack set's new value does not touch the override; one account only is updated, all are OUTDATED before.
	up := must[api.UpdateStackSetOutput](w, management, &api.UpdateStackSetInput{
		StackSetName: aws.String(setName), UsePreviousTemplate: aws.Bool(true), Capabilities: capabilityIAM, Parameters: params("Text", "all"),
		Accounts: []string{member1}, Regions: []string{region},
	})
	w.ended(up.OperationId)
	if diff := cmp.Diff([]string{member1 + " us-east-1 CURRENT SUCCEEDED", member2 + " us-east-1 OUTDATED SUCCEEDED"}, w.instances()); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	// A list without a key removes the override of that key.
	ui := must[api.UpdateStackInstancesOutput](w, management, &api.UpdateStackInstancesInput{
		StackSetName: aws.String(setName), Accounts: []string{member1, member2}, Regions: []string{region}, OperationPreferences: tolerant,
		ParameterOverrides: []types.Parameter{{ParameterKey: aws.String("Name"), UsePreviousValue: aws.Bool(true)}},
	})
	w.ended(ui.OperationId)
	if text(member1, "named") != "all" || text(member2, "loop") != "all" {
		t.Errorf("texts %q, %q: %v", text(member1, "named"), text(member2, "loop"), w.instances())
	}
	refuses[api.UpdateStackInstancesOutput](w, management, &api.UpdateStackInstancesInput{
		StackSetName: aws.String(setName), Accounts: []string{member3}, Regions: []string{region},
	}, "StackInstanceNotFoundException", member3)
}

func TestOperationIDs(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(false)
	in := &api.CreateStackInstancesInput{
		StackSetName: aws.String(setName), Regions: []string{region}, OperationId: aws.String("mine"),
		DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}},
	}
	must[api.CreateStackInstancesOutput](w, management, in)
	if out := must[api.CreateStackInstancesOutput](w, management, in); *out.OperationId != "mine" {
		t.Errorf("the repeat has the operation %s", *out.OperationId)
	}
	w.ended(in.OperationId)
	other := *in
	other.Regions = []string{region2}
	refuses[api.CreateStackInstancesOutput](w, management, &other, "OperationIdAlreadyExistsException", "mine")
	refuses[api.DescribeStackSetOperationOutput](w, management, &api.DescribeStackSetOperationInput{StackSetName: aws.String(setName), OperationId: aws.String("x")}, "OperationNotFoundException", "x")
	if n := len(must[api.ListStackSetOperationsOutput](w, management, &api.ListStackSetOperationsInput{StackSetName: aws.String(setName)}).Summaries); n != 1 {
		t.Errorf("%d operations", n)
	}
}

func TestOneOperationAtATime(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(false)
	release := w.block()
	in := func(region string) *api.CreateStackInstancesInput {
		return &api.CreateStackInstancesInput{
			StackSetName: aws.String(setName), Regions: []string{region}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}},
		}
	}
	first := must[api.CreateStackInstancesOutput](w, management, in(region))
	w.eventually(func() bool { return slices.Contains(w.results(first.OperationId), member1+" us-east-1 RUNNING") })
	refuses[api.CreateStackInstancesOutput](w, management, in(region2), "OperationInProgressException", "Another Operation on StackSet "+setName+" is in progress")
	refuses[api.DeleteStackSetOutput](w, management, &api.DeleteStackSetInput{StackSetName: aws.String(setName)}, "OperationInProgressException", "in progress")
	// Stopped: the account at work ends, the next one is not begun.
	must[api.StopStackSetOperationOutput](w, management, &api.StopStackSetOperationInput{StackSetName: aws.String(setName), OperationId: first.OperationId})
	release()
	if op := w.ended(first.OperationId); op.Status != types.StackSetOperationStatusStopped {
		t.Errorf("operation is %s", op.Status)
	}
	if diff := cmp.Diff([]string{member1 + " us-east-1 SUCCEEDED", member2 + " us-east-1 CANCELLED"}, w.results(first.OperationId)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestManagedExecution(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(true)
	release := w.block()
	start := func(region string) *string {
		return must[api.CreateStackInstancesOutput](w, management, &api.CreateStackInstancesInput{
			StackSetName: aws.String(setName), Regions: []string{region}, DeploymentTargets: &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}},
		}).OperationId
	}
	status := func(id *string) types.StackSetOperationStatus {
		return must[api.DescribeStackSetOperationOutput](w, management, &api.DescribeStackSetOperationInput{StackSetName: aws.String(setName), OperationId: id}).StackSetOperation.Status
	}
	one, other, queued := start(region), start(region2), start(region)
	got := []types.StackSetOperationStatus{status(one), status(other), status(queued)}
	if diff := cmp.Diff([]types.StackSetOperationStatus{"RUNNING", "RUNNING", "QUEUED"}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	release()
	for _, id := range []*string{one, other, queued} {
		if op := w.ended(id); op.Status != types.StackSetOperationStatusSucceeded {
			t.Errorf("operation is %s", op.Status)
		}
	}
}

func TestInoperable(t *testing.T) {
	w := newWorld(t)
	w.serviceManaged(false)
	w.deployOU(w.unit, region)
	heal := w.faults.Add(call.Fault{Operation: "DeleteConfigRule", Account: member1, Err: errors.New("busy")})
	remove := func() {
		w.ended(must[api.DeleteStackInstancesOutput](w, management, &api.DeleteStackInstancesInput{
			StackSetName: aws.String(setName), Regions: []string{region}, RetainStacks: aws.Bool(false),
			DeploymentTargets:    &types.DeploymentTargets{OrganizationalUnitIds: []string{w.unit}},
			OperationPreferences: &types.StackSetOperationPreferences{FailureToleranceCount: aws.Int32(1)},
		}).OperationId)
	}
	remove()
	if diff := cmp.Diff([]string{member1 + " us-east-1 INOPERABLE INOPERABLE"}, w.instances()); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	heal()
	remove()
	if left := w.instances(); len(left) != 0 {
		t.Errorf("instances left: %v", left)
	}
}

func TestStackSetRefusals(t *testing.T) {
	w := newWorld(t)
	base := func(f func(*api.CreateStackSetInput)) *api.CreateStackSetInput {
		in := &api.CreateStackSetInput{StackSetName: aws.String(setName), TemplateBody: aws.String(loop), Capabilities: capabilityIAM}
		f(in)
		return in
	}
	auto := &types.AutoDeployment{Enabled: aws.Bool(false)}
	tests := []struct {
		name, account, code, want string
		in                        *api.CreateStackSetInput
	}{
		{"capability", management, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]", base(func(in *api.CreateStackSetInput) { in.Capabilities = nil })},
		{"name", management, "ValidationError", "stackSetName", base(func(in *api.CreateStackSetInput) { in.StackSetName = aws.String("1x") })},
		{"parameter", management, "ValidationError", "Parameters: [X] do not exist", base(func(in *api.CreateStackSetInput) { in.Parameters = params("X", "y") })},
		{"member account", member1, "ValidationError", "You must be the management account", base(func(in *api.CreateStackSetInput) {
			in.PermissionModel, in.AutoDeployment = types.PermissionModelsServiceManaged, auto
		})},
		{"no auto deployment", management, "ValidationError", "AutoDeployment must be specified", base(func(in *api.CreateStackSetInput) { in.PermissionModel = types.PermissionModelsServiceManaged })},
		{"auto deployment", management, "ValidationError", "AutoDeployment can only", base(func(in *api.CreateStackSetInput) { in.AutoDeployment = auto })},
		{"delegated", management, "SandboxUnsupported", "CallAs DELEGATED_ADMIN", base(func(in *api.CreateStackSetInput) { in.CallAs = types.CallAsDelegatedAdmin })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(*testing.T) { refuses[api.CreateStackSetOutput](w, tt.account, tt.in, tt.code, tt.want) })
	}
	must[api.DeactivateOrganizationsAccessOutput](w, management, &api.DeactivateOrganizationsAccessInput{})
	if got := must[api.DescribeOrganizationsAccessOutput](w, management, &api.DescribeOrganizationsAccessInput{}).Status; got != types.OrganizationStatusDisabled {
		t.Errorf("access is %s", got)
	}
	refuses[api.CreateStackSetOutput](w, management, base(func(in *api.CreateStackSetInput) {
		in.PermissionModel, in.AutoDeployment = types.PermissionModelsServiceManaged, auto
	}), "ValidationError", "You must enable organizations access")
	must[api.ActivateOrganizationsAccessOutput](w, management, &api.ActivateOrganizationsAccessInput{})
	w.serviceManaged(false)
	refuses[api.CreateStackSetOutput](w, management, base(func(*api.CreateStackSetInput) {}), "NameAlreadyExistsException", setName)
}
