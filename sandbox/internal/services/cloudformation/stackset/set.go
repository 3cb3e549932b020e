package stackset

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// set is one stack set. Its shard's lock guards it.
type set struct {
	home          pair.Key // administrator account and Region
	name, id, arn string
	token         string
	status        types.StackSetStatus
	model         types.PermissionModels
	managed       bool // managed execution
	auto          *types.AutoDeployment
	adminRole     *string
	execRole      *string
	description   *string
	body          string
	template      *cfn.Template
	values        map[string]string // parameter values as given
	tags          []types.Tag
	capabilities  []types.Capability
	instances     map[pair.Key]*instance
	autoTargets   []autoTarget
	operations    []*operation // oldest first
	gone          []pastInstance
}

// Names of the roles of self-managed stack sets (docs: stacksets-prereqs-self-managed).
const (
	defaultAdminRole = "AWSCloudFormationStackSetAdministrationRole"
	defaultExecRole  = "AWSCloudFormationStackSetExecutionRole"
)

func arnPrefix(c call.Caller) string {
	return "arn:" + function.Partition(c.Region) + ":cloudformation:" + c.Region + ":" + c.Account + ":stackset/"
}

func (s *Service) setOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "CreateStackSet", s.createStackSet).
			Accepts("StackSetName", "TemplateBody", "Description", "Parameters.ParameterKey", "Parameters.ParameterValue", "Parameters.UsePreviousValue", "Tags",
				"Capabilities", "PermissionModel", "AutoDeployment.Enabled", "AutoDeployment.RetainStacksOnAccountRemoval", "ManagedExecution",
				"AdministrationRoleARN", "ExecutionRoleName", "CallAs", "ClientRequestToken").
			Permissions(call.On(func(call.Caller, *api.CreateStackSetInput) string { return "*" }).
				And(call.PassRole(cloudformation, func(in *api.CreateStackSetInput) *string { return in.AdministrationRoleARN }))),
		call.Operation("cloudformation", "UpdateStackSet", s.updateStackSet).
			Accepts("StackSetName", "TemplateBody", "UsePreviousTemplate", "Description", "Parameters.ParameterKey", "Parameters.ParameterValue",
				"Parameters.UsePreviousValue", "Tags", "Capabilities", "PermissionModel", "AutoDeployment.Enabled",
				"AutoDeployment.RetainStacksOnAccountRemoval", "ManagedExecution", "AdministrationRoleARN", "ExecutionRoleName", "CallAs",
				"Accounts", "Regions", "DeploymentTargets.Accounts", "DeploymentTargets.OrganizationalUnitIds",
				"DeploymentTargets.AccountFilterType", "OperationPreferences", "OperationId").
			Permissions(call.On(func(c call.Caller, in *api.UpdateStackSetInput) string { return s.arn(c, in.StackSetName) }).
				And(call.PassRole(cloudformation, func(in *api.UpdateStackSetInput) *string { return in.AdministrationRoleARN }))),
		call.Operation("cloudformation", "DescribeStackSet", s.describeStackSet).Accepts("StackSetName", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackSetInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "DeleteStackSet", s.deleteStackSet).Accepts("StackSetName", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DeleteStackSetInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "ListStackSets", s.listStackSets).Accepts("Status", "MaxResults", "NextToken", "CallAs"),
	}
}

func (s *Service) createStackSet(_ context.Context, c call.Caller, in *api.CreateStackSetInput) (*api.CreateStackSetOutput, error) {
	name := aws.ToString(in.StackSetName)
	if err := request.CheckName(name, "stackSetName"); err != nil {
		return nil, err
	}
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	x := &set{
		home: pair.Key{Account: c.Account, Region: c.Region}, name: name, token: aws.ToString(in.ClientRequestToken), status: types.StackSetStatusActive,
		model: in.PermissionModel, auto: in.AutoDeployment, adminRole: in.AdministrationRoleARN, execRole: in.ExecutionRoleName,
		managed: in.ManagedExecution != nil && aws.ToBool(in.ManagedExecution.Active), description: in.Description,
		instances: map[pair.Key]*instance{},
	}
	if x.model == "" {
		x.model = types.PermissionModelsSelfManaged
	}
	if err := s.checkModel(c, x); err != nil {
		return nil, err
	}
	t, err := s.readTemplate(in.TemplateBody)
	if err != nil {
		return nil, err
	}
	if err := x.setTemplate(t, aws.ToString(in.TemplateBody), in.Parameters, in.Capabilities); err != nil {
		return nil, err
	}
	x.tags = in.Tags
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if old, err := sh.find(name); err == nil {
		if old.token != "" && old.token == x.token {
			return &api.CreateStackSetOutput{StackSetId: aws.String(old.id)}, nil // a repeated request
		}
		return nil, &types.NameAlreadyExistsException{Message: aws.String("StackSet " + name + " already exists")}
	}
	x.id = name + ":" + s.IDs.Next(c.Account, c.Region, "stack-set", name).UUID()
	x.arn = arnPrefix(c) + x.id
	sh.sets = append(sh.sets, x)
	return &api.CreateStackSetOutput{StackSetId: aws.String(x.id)}, nil
}

// checkModel checks what the permission model demands of the account and the request.
func (s *Service) checkModel(c call.Caller, x *set) error {
	if x.model == types.PermissionModelsSelfManaged {
		if x.auto != nil {
			return request.Invalid("AutoDeployment can only be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
		}
		return nil
	}
	switch {
	case x.adminRole != nil || x.execRole != nil:
		return request.Invalid("AdministrationRoleARN and ExecutionRoleName cannot be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
	case s.Organization == nil || c.Account != s.Organization.ManagementAccount():
		return request.Invalid("You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set")
	case !s.Organization.ServiceAccess(trusted):
		return request.Invalid("You must enable organizations access to operate a service managed stack set")
	case x.auto == nil || x.auto.Enabled == nil:
		return request.Invalid("AutoDeployment must be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
	case !*x.auto.Enabled && x.auto.RetainStacksOnAccountRemoval != nil && *x.auto.RetainStacksOnAccountRemoval:
		return request.Invalid("RetainStacksOnAccountRemoval can only be specified when AutoDeployment is enabled") // UNCONFIRMED: the text
	}
	return nil
}

// setTemplate checks and sets the template and its parameter values.
func (x *set) setTemplate(t *cfn.Template, body string, given []types.Parameter, capabilities []types.Capability) error {
	values := readValues(x.values, given)
	if err := t.CheckValues(values); err != nil {
		return request.Invalid("%s", err)
	}
	if err := request.Acknowledged(t, capabilities); err != nil {
		return err
	}
	x.template, x.body, x.values, x.capabilities = t, body, values, capabilities
	return nil
}

// readTemplate reads and checks a template. Unlike stacks, a stack set may refuse types that no resource is made of
// (aws-cdk #25634).
func (s *Service) readTemplate(body *string) (*cfn.Template, error) {
	t, err := s.Template(body)
	if err != nil || s.Quirks.Is(quirk.UnknownType, "accepted") {
		return t, err
	}
	var unknown []string
	for _, kind := range t.ResourceTypes() {
		if !s.Known(kind) {
			unknown = append(unknown, kind)
		}
	}
	if len(unknown) > 0 {
		return nil, request.Invalid("Template format error: Unrecognized resource types: [%s]", strings.Join(unknown, ", "))
	}
	return t, nil
}

// marksOutdated says whether parameters that keep their values make the instances OUTDATED.
func (s *Service) marksOutdated(given []types.Parameter) bool {
	return s.Quirks.Is(quirk.PreviousParameters, "yes") && slices.ContainsFunc(given, func(p types.Parameter) bool { return aws.ToBool(p.UsePreviousValue) })
}

// readValues reads the parameters of a request; previous are the values for UsePreviousValue.
func readValues(previous map[string]string, given []types.Parameter) map[string]string {
	values := map[string]string{}
	for _, p := range given {
		key := aws.ToString(p.ParameterKey)
		if !aws.ToBool(p.UsePreviousValue) {
			values[key] = aws.ToString(p.ParameterValue)
			continue
		}
		// A parameter without a previous value keeps its default.
		if old, ok := previous[key]; ok {
			values[key] = old
		}
	}
	return values
}

// updateStackSet makes every instance OUTDATED, if the template or a parameter changes, then updates the targets.
func (s *Service) updateStackSet(_ context.Context, c call.Caller, in *api.UpdateStackSetInput) (*api.UpdateStackSetOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	var t *cfn.Template
	if !aws.ToBool(in.UsePreviousTemplate) {
		var err error
		if t, err = s.readTemplate(in.TemplateBody); err != nil {
			return nil, err
		}
	}
	sh, x, err := s.lock(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	next := *x
	if err := s.revise(c, &next, t, in); err != nil {
		return nil, err
	}
	limited := in.DeploymentTargets != nil || in.Accounts != nil || in.Regions != nil
	if limited && in.AutoDeployment != nil {
		return nil, request.Invalid("DeploymentTargets and Regions cannot be specified together with AutoDeployment") // UNCONFIRMED: the text
	}
	targets := x.allTargets()
	if limited {
		if targets, err = s.targets(x, types.StackSetOperationActionUpdate, in.Accounts, in.DeploymentTargets, in.Regions); err != nil {
			return nil, err
		}
		if err := x.mustHave(targets); err != nil {
			return nil, err
		}
		targets = x.existing(targets)
	}
	op, err := s.newOperation(x, types.StackSetOperationActionUpdate, in.OperationId, in.OperationPreferences, in, targets)
	if err != nil || op.repeated {
		return &api.UpdateStackSetOutput{OperationId: &op.id}, err
	}
	if next.body != x.body || !maps.Equal(next.values, x.values) || s.marksOutdated(in.Parameters) {
		for _, i := range x.instances {
			if i.status != types.StackInstanceStatusInoperable {
				s.changing(i)
				i.status = types.StackInstanceStatusOutdated
			}
		}
	}
	// All that revise changes; next shares instances and operations with x.
	x.description, x.tags, x.capabilities, x.body, x.template, x.values = next.description, next.tags, next.capabilities, next.body, next.template, next.values
	x.auto, x.managed, x.adminRole, x.execRole = next.auto, next.managed, next.adminRole, next.execRole
	op.deployment = in.DeploymentTargets
	s.queue(sh, x, op)
	return &api.UpdateStackSetOutput{OperationId: &op.id}, nil
}

// revise applies an update to x, a copy of the set.
func (s *Service) revise(c call.Caller, x *set, t *cfn.Template, in *api.UpdateStackSetInput) error {
	if in.PermissionModel != "" && in.PermissionModel != x.model {
		return request.Invalid("The PermissionModel of StackSet %s cannot be changed", x.name) // UNCONFIRMED: the text
	}
	body := aws.ToString(in.TemplateBody)
	if t == nil {
		if in.TemplateBody != nil {
			return request.Invalid("UsePreviousTemplate cannot be true when a TemplateBody is specified") // UNCONFIRMED: the text
		}
		t, body = x.template, x.body
	}
	if in.Description != nil {
		x.description = in.Description
	}
	if in.Tags != nil {
		x.tags = in.Tags
	}
	if in.AutoDeployment != nil {
		x.auto = in.AutoDeployment
	}
	if in.ManagedExecution != nil {
		x.managed = aws.ToBool(in.ManagedExecution.Active)
	}
	if in.AdministrationRoleARN != nil {
		x.adminRole = in.AdministrationRoleARN
	}
	if in.ExecutionRoleName != nil {
		x.execRole = in.ExecutionRoleName
	}
	if err := s.checkModel(c, x); err != nil {
		return err
	}
	return x.setTemplate(t, body, in.Parameters, in.Capabilities)
}

func (s *Service) describeStackSet(_ context.Context, c call.Caller, in *api.DescribeStackSetInput) (*api.DescribeStackSetOutput, error) {
	sh, x, err := s.lock(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	v := &types.StackSet{
		StackSetName: aws.String(x.name), StackSetId: aws.String(x.id), StackSetARN: aws.String(x.arn), Status: x.status, PermissionModel: x.model,
		Description: x.description, TemplateBody: aws.String(request.ReadBack(s.Quirks, x.body)), Parameters: request.Parameters(x.template, x.values), Capabilities: x.capabilities,
		Tags: append([]types.Tag{}, x.tags...), AutoDeployment: x.auto, ManagedExecution: &types.ManagedExecution{Active: aws.Bool(x.managed)},
		OrganizationalUnitIds: []string{}, Regions: x.regions(), StackSetDriftDetectionDetails: &types.StackSetDriftDetectionDetails{
			DriftStatus: types.StackSetDriftStatusNotChecked, TotalStackInstancesCount: aws.Int32(int32(len(x.instances))), //nolint:gosec // far below 2^31
			DriftedStackInstancesCount: aws.Int32(0), FailedStackInstancesCount: aws.Int32(0), InProgressStackInstancesCount: aws.Int32(0), InSyncStackInstancesCount: aws.Int32(0),
		},
	}
	for _, t := range x.autoTargets {
		v.OrganizationalUnitIds = append(v.OrganizationalUnitIds, t.unit)
	}
	if x.model == types.PermissionModelsSelfManaged {
		v.AdministrationRoleARN, v.ExecutionRoleName = aws.String(x.adminRoleARN()), aws.String(x.execRoleName())
	}
	return &api.DescribeStackSetOutput{StackSet: v}, nil
}

// regions are the Regions of the instances, sorted.
func (x *set) regions() []string {
	out := []string{}
	for k := range x.instances {
		if !slices.Contains(out, k.Region) {
			out = append(out, k.Region)
		}
	}
	slices.Sort(out)
	return out
}

func (s *Service) deleteStackSet(_ context.Context, c call.Caller, in *api.DeleteStackSetInput) (*api.DeleteStackSetOutput, error) {
	sh, x, err := s.lock(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	if x.active() != nil {
		return nil, inProgress(x.name)
	}
	if len(x.instances) > 0 {
		return nil, &types.StackSetNotEmptyException{Message: aws.String("StackSet is not empty")}
	}
	x.status = types.StackSetStatusDeleted
	return &api.DeleteStackSetOutput{}, nil
}

// listStackSets lists active and deleted sets, if the request has no status.
func (s *Service) listStackSets(_ context.Context, c call.Caller, in *api.ListStackSetsInput) (*api.ListStackSetsOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	all := page.Number(sh.sets)
	if in.Status != "" {
		all = slices.DeleteFunc(all, func(n page.Numbered[*set]) bool { return n.Item.status != in.Status })
	}
	some, next, err := request.Page(all, page.Numbered[*set].Ascending, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackSetsOutput{Summaries: []types.StackSetSummary{}, NextToken: next}
	for _, n := range some {
		x := n.Item
		out.Summaries = append(out.Summaries, types.StackSetSummary{
			StackSetName: aws.String(x.name), StackSetId: aws.String(x.id), Status: x.status, PermissionModel: x.model, Description: x.description,
			AutoDeployment: x.auto, ManagedExecution: &types.ManagedExecution{Active: aws.Bool(x.managed)}, DriftStatus: types.StackDriftStatusNotChecked,
		})
	}
	return out, nil
}
