package stackset

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// instance is the set's stack in one account and Region, or the intent to have one.
type instance struct {
	pair.Key
	unit      string // OU or root of the deployment; empty in self-managed sets
	overrides map[string]string
	stackID   string // empty: no stack was made yet
	status    types.StackInstanceStatus
	detailed  types.StackInstanceDetailedStatus
	reason    string
	lastOp    string

	created time.Time
	past    []pastInstance // what lists still show
}

// sorted are the instances by account, then Region.
func (x *set) sorted() []*instance {
	out := make([]*instance, 0, len(x.instances))
	for _, i := range x.instances {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b *instance) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return out
}

func (s *Service) instanceOps() []*call.Op {
	common := []string{
		"StackSetName", "Accounts", "Regions", "DeploymentTargets.Accounts", "DeploymentTargets.OrganizationalUnitIds",
		"DeploymentTargets.AccountFilterType", "OperationPreferences", "OperationId", "CallAs",
	}
	overrides := []string{"ParameterOverrides.ParameterKey", "ParameterOverrides.ParameterValue", "ParameterOverrides.UsePreviousValue"}
	return []*call.Op{
		call.Operation("cloudformation", "CreateStackInstances", s.createStackInstances).Accepts(slices.Concat(common, overrides)...).
			Permissions(call.On(func(c call.Caller, in *api.CreateStackInstancesInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "UpdateStackInstances", s.updateStackInstances).Accepts(slices.Concat(common, overrides)...).
			Permissions(call.On(func(c call.Caller, in *api.UpdateStackInstancesInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "DeleteStackInstances", s.deleteStackInstances).Accepts(slices.Concat(common, []string{"RetainStacks"})...).
			Permissions(call.On(func(c call.Caller, in *api.DeleteStackInstancesInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "ListStackInstances", s.listStackInstances).
			Accepts("StackSetName", "StackInstanceAccount", "StackInstanceRegion", "Filters", "MaxResults", "NextToken", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.ListStackInstancesInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "DescribeStackInstance", s.describeStackInstance).
			Accepts("StackSetName", "StackInstanceAccount", "StackInstanceRegion", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackInstanceInput) string { return s.arn(c, in.StackSetName) })),
	}
}

// lockUsable is [Service.lock] for operations that a service-managed set allows only with trusted access.
func (s *Service) lockUsable(c call.Caller, name *string, as types.CallAs) (*shard, *set, error) {
	sh, x, err := s.lock(c, name, as)
	if err != nil {
		return nil, nil, err
	}
	if x.model == types.PermissionModelsServiceManaged && !s.Organization.ServiceAccess(trusted) {
		sh.mu.Unlock()
		return nil, nil, request.Invalid("You must enable organizations access to operate a service managed stack set")
	}
	return sh, x, nil
}

// createStackInstances updates the targets that have an instance already.
func (s *Service) createStackInstances(_ context.Context, c call.Caller, in *api.CreateStackInstancesInput) (*api.CreateStackInstancesOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	targets, err := s.targets(x, types.StackSetOperationActionCreate, in.Accounts, in.DeploymentTargets, in.Regions)
	if err != nil {
		return nil, err
	}
	override, err := x.overriding(in.ParameterOverrides)
	if err != nil {
		return nil, err
	}
	op, err := s.newOperation(x, types.StackSetOperationActionCreate, in.OperationId, in.OperationPreferences, in, targets)
	if err != nil || op.repeated {
		return &api.CreateStackInstancesOutput{OperationId: &op.id}, err
	}
	op.deployment = in.DeploymentTargets
	s.add(x, targets, op.id)
	if d := in.DeploymentTargets; d != nil {
		x.addAutoTargets(d.OrganizationalUnitIds, in.Regions)
	}
	x.override(targets, override)
	s.queue(sh, x, op)
	return &api.CreateStackInstancesOutput{OperationId: &op.id}, nil
}

// add adds instances whose stacks are to be made.
func (s *Service) add(x *set, targets []target, op string) {
	for _, t := range targets {
		if x.instances[t.Key] == nil {
			x.instances[t.Key] = &instance{
				Key: t.Key, unit: t.unit, status: types.StackInstanceStatusOutdated, detailed: types.StackInstanceDetailedStatusPending, lastOp: op,
				created: s.Clock.Now(),
			}
		}
	}
}

// overriding checks the overrides of a request and makes the function that applies them to those of an instance; nil if the
// request has none.
func (x *set) overriding(given []types.Parameter) (func(old map[string]string) map[string]string, error) {
	if given == nil {
		return nil, nil
	}
	for _, p := range given {
		if _, ok := x.template.Parameter(aws.ToString(p.ParameterKey)); !ok {
			return nil, request.Invalid("Parameters: [%s] do not exist in the template", aws.ToString(p.ParameterKey))
		}
	}
	return func(old map[string]string) map[string]string {
		next := map[string]string{}
		for _, p := range given {
			key := aws.ToString(p.ParameterKey)
			if !aws.ToBool(p.UsePreviousValue) {
				next[key] = aws.ToString(p.ParameterValue)
			} else if v, ok := old[key]; ok {
				next[key] = v
			}
		}
		return next
	}, nil
}

// override replaces the overrides of instances: a parameter that is not in the request has the stack set's value again.
func (x *set) override(targets []target, f func(map[string]string) map[string]string) {
	if f == nil {
		return
	}
	for _, t := range targets {
		if i := x.instances[t.Key]; i != nil {
			i.overrides = f(i.overrides)
		}
	}
}

func (s *Service) updateStackInstances(_ context.Context, c call.Caller, in *api.UpdateStackInstancesInput) (*api.UpdateStackInstancesOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	targets, err := s.targets(x, types.StackSetOperationActionUpdate, in.Accounts, in.DeploymentTargets, in.Regions)
	if err != nil {
		return nil, err
	}
	if err := x.mustHave(targets); err != nil {
		return nil, err
	}
	targets = x.existing(targets)
	override, err := x.overriding(in.ParameterOverrides)
	if err != nil {
		return nil, err
	}
	op, err := s.newOperation(x, types.StackSetOperationActionUpdate, in.OperationId, in.OperationPreferences, in, targets)
	if err != nil || op.repeated {
		return &api.UpdateStackInstancesOutput{OperationId: &op.id}, err
	}
	op.deployment = in.DeploymentTargets
	x.override(targets, override)
	s.queue(sh, x, op)
	return &api.UpdateStackInstancesOutput{OperationId: &op.id}, nil
}

// deleteStackInstances ignores targets without an instance.
func (s *Service) deleteStackInstances(_ context.Context, c call.Caller, in *api.DeleteStackInstancesInput) (*api.DeleteStackInstancesOutput, error) {
	if in.RetainStacks == nil {
		return nil, request.Missing("retainStacks")
	}
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	targets, err := s.targets(x, types.StackSetOperationActionDelete, in.Accounts, in.DeploymentTargets, in.Regions)
	if err != nil {
		return nil, err
	}
	op, err := s.newOperation(x, types.StackSetOperationActionDelete, in.OperationId, in.OperationPreferences, in, x.existing(targets))
	if err != nil || op.repeated {
		return &api.DeleteStackInstancesOutput{OperationId: &op.id}, err
	}
	op.deployment, op.retain = in.DeploymentTargets, *in.RetainStacks
	if d := in.DeploymentTargets; d != nil && len(d.Accounts) == 0 {
		x.removeAutoTargets(d.OrganizationalUnitIds, in.Regions)
	}
	s.queue(sh, x, op)
	return &api.DeleteStackInstancesOutput{OperationId: &op.id}, nil
}

func (s *Service) listStackInstances(_ context.Context, c call.Caller, in *api.ListStackInstancesInput) (*api.ListStackInstancesOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	all := s.listedInstances(x)
	if in.StackInstanceAccount != nil {
		all = slices.DeleteFunc(all, func(i *instance) bool { return i.Account != *in.StackInstanceAccount })
	}
	if in.StackInstanceRegion != nil {
		all = slices.DeleteFunc(all, func(i *instance) bool { return i.Region != *in.StackInstanceRegion })
	}
	for _, f := range in.Filters {
		var of func(*instance) string
		switch f.Name {
		case types.StackInstanceFilterNameDetailedStatus:
			of = func(i *instance) string { return string(i.detailed) }
		case types.StackInstanceFilterNameLastOperationId:
			of = func(i *instance) string { return i.lastOp }
		default:
			return nil, apierr.Unsupported("the filter %s of ListStackInstances", f.Name)
		}
		all = slices.DeleteFunc(all, func(i *instance) bool { return of(i) != aws.ToString(f.Values) })
	}
	some, next, err := request.Page(all, func(i *instance) string { return i.Account + "/" + i.Region }, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackInstancesOutput{Summaries: []types.StackInstanceSummary{}, NextToken: next}
	for _, i := range some {
		out.Summaries = append(out.Summaries, types.StackInstanceSummary{
			StackSetId: aws.String(x.id), Account: aws.String(i.Account), Region: aws.String(i.Region), OrganizationalUnitId: aws.String(i.unit),
			StackId: optional.Text(i.stackID), Status: i.status, StatusReason: optional.Text(i.reason), DriftStatus: types.StackDriftStatusNotChecked,
			LastOperationId: optional.Text(i.lastOp), StackInstanceStatus: &types.StackInstanceComprehensiveStatus{DetailedStatus: i.detailed},
		})
	}
	return out, nil
}

func (s *Service) describeStackInstance(_ context.Context, c call.Caller, in *api.DescribeStackInstanceInput) (*api.DescribeStackInstanceOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	account, region := aws.ToString(in.StackInstanceAccount), aws.ToString(in.StackInstanceRegion)
	i := x.instances[pair.Key{Account: account, Region: region}]
	if i == nil {
		return nil, instanceMissing(x.name, account, region)
	}
	return &api.DescribeStackInstanceOutput{StackInstance: &types.StackInstance{
		StackSetId: aws.String(x.id), Account: aws.String(i.Account), Region: aws.String(i.Region), OrganizationalUnitId: aws.String(i.unit),
		StackId: optional.Text(i.stackID), Status: i.status, StatusReason: optional.Text(i.reason), DriftStatus: types.StackDriftStatusNotChecked,
		LastOperationId: optional.Text(i.lastOp), ParameterOverrides: request.Parameters(x.template, i.overrides),
		StackInstanceStatus: &types.StackInstanceComprehensiveStatus{DetailedStatus: i.detailed},
	}}, nil
}
