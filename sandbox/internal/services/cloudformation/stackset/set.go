package stackset

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
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
}

// Names of the roles of self-managed stack sets (docs: stacksets-prereqs-self-managed).
const (
	defaultAdminRole = "AWSCloudFormationStackSetAdministrationRole"
	defaultExecRole  = "AWSCloudFormationStackSetExecutionRole"
	maxName          = 128
)

var namePattern = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)

func arnPrefix(c call.Caller) string {
	return "arn:" + function.Partition(c.Region) + ":cloudformation:" + c.Region + ":" + c.Account + ":stackset/"
}

func (s *Service) setOps() []*call.Op {
	passRole := func(needs []call.Permission, role *string) []call.Permission {
		if role == nil {
			return needs
		}
		return append(needs, call.Permission{Action: "iam:PassRole", Resource: *role, Context: map[string][]string{"iam:PassedToService": {cloudformation}}})
	}
	return []*call.Op{
		call.Operation("cloudformation", "CreateStackSet", s.CreateStackSet).
			Accepts("StackSetName", "TemplateBody", "Description", "Parameters.ParameterKey", "Parameters.ParameterValue", "Parameters.UsePreviousValue", "Tags",
				"Capabilities", "PermissionModel", "AutoDeployment.Enabled", "AutoDeployment.RetainStacksOnAccountRemoval", "ManagedExecution",
				"AdministrationRoleARN", "ExecutionRoleName", "CallAs", "ClientRequestToken").
			Permissions(call.For(func(_ call.Caller, in *api.CreateStackSetInput) []call.Permission {
				return passRole([]call.Permission{{Action: "cloudformation:CreateStackSet", Resource: "*"}}, in.AdministrationRoleARN)
			})),
		call.Operation("cloudformation", "UpdateStackSet", s.UpdateStackSet).
			Accepts("StackSetName", "TemplateBody", "UsePreviousTemplate", "Description", "Parameters.ParameterKey", "Parameters.ParameterValue",
				"Parameters.UsePreviousValue", "Tags", "Capabilities", "PermissionModel", "AutoDeployment.Enabled",
				"AutoDeployment.RetainStacksOnAccountRemoval", "ManagedExecution", "AdministrationRoleARN", "ExecutionRoleName", "CallAs",
				"Accounts", "Regions", "DeploymentTargets.Accounts", "DeploymentTargets.OrganizationalUnitIds",
				"DeploymentTargets.AccountFilterType", "OperationPreferences", "OperationId").
			Permissions(call.For(func(c call.Caller, in *api.UpdateStackSetInput) []call.Permission {
				return passRole([]call.Permission{{Action: "cloudformation:UpdateStackSet", Resource: s.arn(c, in.StackSetName)}}, in.AdministrationRoleARN)
			})),
		call.Operation("cloudformation", "DescribeStackSet", s.DescribeStackSet).Accepts("StackSetName", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackSetInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "DeleteStackSet", s.DeleteStackSet).Accepts("StackSetName", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DeleteStackSetInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "ListStackSets", s.ListStackSets).Accepts("Status", "MaxResults", "NextToken", "CallAs"),
	}
}

// CreateStackSet implements the API operation.
func (s *Service) CreateStackSet(_ context.Context, c call.Caller, in *api.CreateStackSetInput) (*api.CreateStackSetOutput, error) {
	name := aws.ToString(in.StackSetName)
	if !namePattern.MatchString(name) || len(name) > maxName {
		return nil, validation("1 validation error detected: Value '%s' at 'stackSetName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
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
	t, err := s.Template(in.TemplateBody)
	if err != nil {
		return nil, err
	}
	if err := x.adopt(t, aws.ToString(in.TemplateBody), in.Parameters, in.Capabilities); err != nil {
		return nil, err
	}
	x.tags = in.Tags
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if old, err := sh.find(name); err == nil {
		if old.token != "" && old.token == x.token {
			return &api.CreateStackSetOutput{StackSetId: aws.String(old.id)}, nil // the same request again
		}
		return nil, &types.NameAlreadyExistsException{Message: aws.String("StackSet " + name + " already exists")}
	}
	x.id = name + ":" + s.IDs.Next(c.Account, c.Region, "stack-set", name).UUID()
	x.arn = arnPrefix(c) + x.id
	sh.sets = append(sh.sets, x)
	return &api.CreateStackSetOutput{StackSetId: aws.String(x.id)}, nil
}

// checkModel checks what the permission model wants of the account and the request.
func (s *Service) checkModel(c call.Caller, x *set) error {
	if x.model == types.PermissionModelsSelfManaged {
		if x.auto != nil {
			return validation("AutoDeployment can only be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
		}
		return nil
	}
	switch {
	case x.adminRole != nil || x.execRole != nil:
		return validation("AdministrationRoleARN and ExecutionRoleName cannot be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
	case s.Organization == nil || c.Account != s.Organization.ManagementAccount():
		return validation("You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set")
	case !s.Organization.ServiceAccess(trusted):
		return validation("You must enable organizations access to operate a service managed stack set")
	case x.auto == nil || x.auto.Enabled == nil:
		return validation("AutoDeployment must be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
	case !*x.auto.Enabled && x.auto.RetainStacksOnAccountRemoval != nil && *x.auto.RetainStacksOnAccountRemoval:
		return validation("RetainStacksOnAccountRemoval can only be specified when AutoDeployment is enabled") // UNCONFIRMED: the text
	}
	return nil
}

// adopt gives the set a template and its parameter values.
func (x *set) adopt(t *cfn.Template, body string, given []types.Parameter, capabilities []types.Capability) error {
	values := readValues(x.values, given)
	if err := t.CheckValues(values); err != nil {
		return validation("%s", err)
	}
	if need, _ := t.Capability(); need != "" && !slices.Contains(capabilities, types.Capability(need)) &&
		(need != cfn.CapabilityIAM || !slices.Contains(capabilities, types.CapabilityCapabilityNamedIam)) {
		return &types.InsufficientCapabilitiesException{Message: aws.String("Requires capabilities : [" + need + "]")}
	}
	x.template, x.body, x.values, x.capabilities = t, body, values, capabilities
	return nil
}

// readValues reads the parameters of a request; previous are the values that UsePreviousValue means.
func readValues(previous map[string]string, given []types.Parameter) map[string]string {
	values := map[string]string{}
	for _, p := range given {
		key := aws.ToString(p.ParameterKey)
		if !aws.ToBool(p.UsePreviousValue) {
			values[key] = aws.ToString(p.ParameterValue)
			continue
		}
		// A parameter that was left to its default before is left to it again.
		if old, ok := previous[key]; ok {
			values[key] = old
		}
	}
	return values
}

// UpdateStackSet implements the API operation. A new template or new parameters make every instance OUTDATED, before
// those in reach are updated.
func (s *Service) UpdateStackSet(_ context.Context, c call.Caller, in *api.UpdateStackSetInput) (*api.UpdateStackSetOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	var t *cfn.Template
	if !aws.ToBool(in.UsePreviousTemplate) {
		var err error
		if t, err = s.Template(in.TemplateBody); err != nil {
			return nil, err
		}
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	x, err := sh.find(aws.ToString(in.StackSetName))
	if err != nil {
		return nil, err
	}
	next := *x
	if err := s.revise(c, &next, t, in); err != nil {
		return nil, err
	}
	limited := in.DeploymentTargets != nil || in.Accounts != nil || in.Regions != nil
	if limited && in.AutoDeployment != nil {
		return nil, validation("DeploymentTargets and Regions cannot be specified together with AutoDeployment") // UNCONFIRMED: the text
	}
	targets := x.allTargets()
	if limited {
		if targets, err = s.targets(x, types.StackSetOperationActionUpdate, in.Accounts, in.DeploymentTargets, in.Regions); err != nil {
			return nil, err
		}
		if err := x.mustHave(targets); err != nil {
			return nil, err
		}
		targets = x.standing(targets)
	}
	op, err := s.newOperation(x, types.StackSetOperationActionUpdate, in.OperationId, in.OperationPreferences, in, targets)
	if err != nil || op.repeated {
		return &api.UpdateStackSetOutput{OperationId: &op.id}, err
	}
	if next.body != x.body || !maps.Equal(next.values, x.values) {
		for _, i := range x.instances {
			if i.status != types.StackInstanceStatusInoperable {
				i.status = types.StackInstanceStatusOutdated
			}
		}
	}
	// Only what revise may change; instances and operations are the set's own.
	x.description, x.tags, x.capabilities, x.body, x.template, x.values = next.description, next.tags, next.capabilities, next.body, next.template, next.values
	x.auto, x.managed, x.adminRole, x.execRole = next.auto, next.managed, next.adminRole, next.execRole
	op.deployment = in.DeploymentTargets
	s.begin(sh, x, op)
	return &api.UpdateStackSetOutput{OperationId: &op.id}, nil
}

// revise applies an update to a copy of the set.
func (s *Service) revise(c call.Caller, x *set, t *cfn.Template, in *api.UpdateStackSetInput) error {
	if in.PermissionModel != "" && in.PermissionModel != x.model {
		return validation("The PermissionModel of StackSet %s cannot be changed", x.name) // UNCONFIRMED: the text
	}
	body := aws.ToString(in.TemplateBody)
	if t == nil {
		if in.TemplateBody != nil {
			return validation("UsePreviousTemplate cannot be true when a TemplateBody is specified") // UNCONFIRMED: the text
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
	return x.adopt(t, body, in.Parameters, in.Capabilities)
}

// DescribeStackSet implements the API operation.
func (s *Service) DescribeStackSet(_ context.Context, c call.Caller, in *api.DescribeStackSetInput) (*api.DescribeStackSetOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	x, err := sh.find(aws.ToString(in.StackSetName))
	if err != nil {
		return nil, err
	}
	v := &types.StackSet{
		StackSetName: aws.String(x.name), StackSetId: aws.String(x.id), StackSetARN: aws.String(x.arn), Status: x.status, PermissionModel: x.model,
		Description: x.description, TemplateBody: aws.String(x.body), Parameters: x.parameterList(x.values), Capabilities: x.capabilities,
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

// parameterList shows parameter values; those with NoEcho are masked.
func (x *set) parameterList(values map[string]string) []types.Parameter {
	out := []types.Parameter{}
	for _, p := range x.template.Parameters {
		v, ok := values[p.Name]
		if !ok {
			continue
		}
		if p.NoEcho {
			v = "****"
		}
		out = append(out, types.Parameter{ParameterKey: aws.String(p.Name), ParameterValue: aws.String(v)})
	}
	return out
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

// DeleteStackSet implements the API operation.
func (s *Service) DeleteStackSet(_ context.Context, c call.Caller, in *api.DeleteStackSetInput) (*api.DeleteStackSetOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	x, err := sh.find(aws.ToString(in.StackSetName))
	if err != nil {
		return nil, err
	}
	if x.active() != nil {
		return nil, inProgress(x.name)
	}
	if len(x.instances) > 0 {
		return nil, &types.StackSetNotEmptyException{Message: aws.String("StackSet is not empty")}
	}
	x.status = types.StackSetStatusDeleted
	return &api.DeleteStackSetOutput{}, nil
}

// ListStackSets implements the API operation: without a status, the active and the deleted ones.
func (s *Service) ListStackSets(_ context.Context, c call.Caller, in *api.ListStackSetsInput) (*api.ListStackSetsOutput, error) {
	if err := callAs(in.CallAs); err != nil {
		return nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	all := slices.Clone(sh.sets)
	if in.Status != "" {
		all = slices.DeleteFunc(all, func(x *set) bool { return x.status != in.Status })
	}
	some, next, err := Page(all, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackSetsOutput{Summaries: []types.StackSetSummary{}, NextToken: next}
	for _, x := range some {
		out.Summaries = append(out.Summaries, types.StackSetSummary{
			StackSetName: aws.String(x.name), StackSetId: aws.String(x.id), Status: x.status, PermissionModel: x.model, Description: x.description,
			AutoDeployment: x.auto, ManagedExecution: &types.ManagedExecution{Active: aws.Bool(x.managed)}, DriftStatus: types.StackDriftStatusNotChecked,
		})
	}
	return out, nil
}
