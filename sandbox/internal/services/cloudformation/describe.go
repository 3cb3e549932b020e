package cloudformation

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/stackset"
)

func (s *Service) describeOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "DescribeStacks", s.DescribeStacks).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStacksInput) string {
				if in.StackName == nil {
					return "*"
				}
				return s.stackARN(c, in.StackName)
			})),
		call.Operation("cloudformation", "DescribeStackEvents", s.DescribeStackEvents).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackEventsInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "DescribeStackResources", s.DescribeStackResources).Accepts("StackName", "LogicalResourceId", "PhysicalResourceId").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackResourcesInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "DescribeStackResource", s.DescribeStackResource).Accepts("StackName", "LogicalResourceId").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackResourceInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "ListStackResources", s.ListStackResources).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.ListStackResourcesInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "ListStacks", s.ListStacks).Accepts("StackStatusFilter", "NextToken"),
		call.Operation("cloudformation", "GetTemplate", s.GetTemplate).Accepts("StackName", "ChangeSetName", "TemplateStage").
			Permissions(call.On(func(c call.Caller, in *api.GetTemplateInput) string { return s.stackARN(c, in.StackName) })),
	}
}

// look finds a stack and answers what f makes of it, with the shard locked.
func look[O any](s *Service, c call.Caller, name *string, f func(*stack) (*O, error)) (*O, error) {
	if name == nil {
		return nil, validation("1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null")
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	st, err := sh.find(*name)
	if err != nil {
		return nil, err
	}
	return f(st)
}

// live are the stacks that were not deleted, newest first. The shard is locked.
func (sh *shard) live() []*stack {
	out := make([]*stack, 0, len(sh.stacks))
	for _, st := range sh.stacks {
		out = append(out, st)
	}
	newestFirst(out)
	return out
}

func newestFirst(stacks []*stack) {
	slices.SortFunc(stacks, func(a, b *stack) int {
		if n := b.created.Compare(a.created); n != 0 {
			return n
		}
		return strings.Compare(a.id, b.id)
	})
}

// DescribeStacks implements the API operation.
func (s *Service) DescribeStacks(_ context.Context, c call.Caller, in *api.DescribeStacksInput) (*api.DescribeStacksOutput, error) {
	if in.StackName != nil {
		return look(s, c, in.StackName, func(st *stack) (*api.DescribeStacksOutput, error) {
			return &api.DescribeStacksOutput{Stacks: []types.Stack{st.view()}}, nil
		})
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	some, next, err := stackset.Page(sh.live(), in.NextToken, nil)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeStacksOutput{Stacks: []types.Stack{}, NextToken: next}
	for _, st := range some {
		out.Stacks = append(out.Stacks, st.view())
	}
	return out, nil
}

func (st *stack) view() types.Stack {
	v := types.Stack{
		StackId: aws.String(st.id), StackName: aws.String(st.name), StackStatus: st.status, StackStatusReason: nonEmpty(st.reason),
		CreationTime: aws.Time(st.created), Capabilities: st.capabilities, RoleARN: st.roleARN, Tags: st.tagList(),
		DisableRollback: aws.Bool(st.disableRollback), EnableTerminationProtection: aws.Bool(st.protected),
		NotificationARNs: []string{}, RollbackConfiguration: &types.RollbackConfiguration{},
		DriftInformation: &types.StackDriftInformation{StackDriftStatus: types.StackDriftStatusNotChecked},
	}
	if st.template != nil {
		v.Description = nonEmpty(st.template.Description)
		v.Parameters = parameterList(st.bound)
	}
	if !st.updated.IsZero() {
		v.LastUpdatedTime = aws.Time(st.updated)
	}
	if !st.deleted.IsZero() {
		v.DeletionTime = aws.Time(st.deleted)
	}
	for _, o := range st.outputs {
		v.Outputs = append(v.Outputs, types.Output{OutputKey: aws.String(o.Name), OutputValue: aws.String(o.Value), Description: nonEmpty(o.Description)})
	}
	return v
}

// parameterList shows parameter values; those with NoEcho are masked.
func parameterList(b *cfn.Bound) []types.Parameter {
	out := []types.Parameter{}
	for _, p := range b.Template.Parameters {
		value := b.Values[p.Name]
		if p.NoEcho {
			value = "****"
		}
		out = append(out, types.Parameter{ParameterKey: aws.String(p.Name), ParameterValue: aws.String(value)})
	}
	return out
}

func (d desired) tagList() []types.Tag {
	out := []types.Tag{}
	for k, v := range d.tags {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(v)})
	}
	slices.SortFunc(out, func(a, b types.Tag) int { return strings.Compare(*a.Key, *b.Key) })
	return out
}

// DescribeStackEvents implements the API operation: newest first.
func (s *Service) DescribeStackEvents(_ context.Context, c call.Caller, in *api.DescribeStackEventsInput) (*api.DescribeStackEventsOutput, error) {
	return look(s, c, in.StackName, func(st *stack) (*api.DescribeStackEventsOutput, error) {
		events := slices.Clone(st.events)
		slices.Reverse(events)
		some, next, err := stackset.Page(events, in.NextToken, nil)
		out := &api.DescribeStackEventsOutput{StackEvents: []types.StackEvent{}, NextToken: next}
		for _, e := range some {
			v := e.StackEvent
			if e.props != nil {
				if data, err := json.Marshal(e.props); err == nil {
					v.ResourceProperties = aws.String(string(data))
				}
			}
			out.StackEvents = append(out.StackEvents, v)
		}
		return out, err
	})
}

// DescribeStackResources implements the API operation. PhysicalResourceId finds the stack that holds a resource.
func (s *Service) DescribeStackResources(_ context.Context, c call.Caller, in *api.DescribeStackResourcesInput) (*api.DescribeStackResourcesOutput, error) {
	name := in.StackName
	if name == nil && in.PhysicalResourceId != nil {
		sh := s.shard(c)
		sh.mu.Lock()
		for _, st := range sh.live() {
			if slices.ContainsFunc(st.sorted(), func(m *member) bool { return m.made.ID == *in.PhysicalResourceId }) {
				name = aws.String(st.id)
			}
		}
		sh.mu.Unlock()
		if name == nil {
			return nil, validation("Stack for %s does not exist", *in.PhysicalResourceId)
		}
	}
	return look(s, c, name, func(st *stack) (*api.DescribeStackResourcesOutput, error) {
		out := &api.DescribeStackResourcesOutput{StackResources: []types.StackResource{}}
		for _, m := range st.sorted() {
			if in.LogicalResourceId != nil && m.logicalID != *in.LogicalResourceId || in.PhysicalResourceId != nil && m.made.ID != *in.PhysicalResourceId {
				continue
			}
			out.StackResources = append(out.StackResources, types.StackResource{
				StackId: aws.String(st.id), StackName: aws.String(st.name), LogicalResourceId: aws.String(m.logicalID),
				PhysicalResourceId: nonEmpty(m.made.ID), ResourceType: aws.String(m.kind.Name), Timestamp: aws.Time(m.at),
				ResourceStatus: m.status, ResourceStatusReason: nonEmpty(m.reason),
				DriftInformation: &types.StackResourceDriftInformation{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
			})
		}
		return out, nil
	})
}

// DescribeStackResource implements the API operation.
func (s *Service) DescribeStackResource(_ context.Context, c call.Caller, in *api.DescribeStackResourceInput) (*api.DescribeStackResourceOutput, error) {
	return look(s, c, in.StackName, func(st *stack) (*api.DescribeStackResourceOutput, error) {
		m := st.members[aws.ToString(in.LogicalResourceId)]
		if m == nil {
			return nil, validation("Resource %s does not exist for stack %s", aws.ToString(in.LogicalResourceId), st.name)
		}
		return &api.DescribeStackResourceOutput{StackResourceDetail: &types.StackResourceDetail{
			StackId: aws.String(st.id), StackName: aws.String(st.name), LogicalResourceId: aws.String(m.logicalID),
			PhysicalResourceId: nonEmpty(m.made.ID), ResourceType: aws.String(m.kind.Name), LastUpdatedTimestamp: aws.Time(m.at),
			ResourceStatus: m.status, ResourceStatusReason: nonEmpty(m.reason), Metadata: nonEmpty(m.metadata),
			DriftInformation: &types.StackResourceDriftInformation{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
		}}, nil
	})
}

// ListStackResources implements the API operation.
func (s *Service) ListStackResources(_ context.Context, c call.Caller, in *api.ListStackResourcesInput) (*api.ListStackResourcesOutput, error) {
	return look(s, c, in.StackName, func(st *stack) (*api.ListStackResourcesOutput, error) {
		some, next, err := stackset.Page(st.sorted(), in.NextToken, nil)
		out := &api.ListStackResourcesOutput{StackResourceSummaries: []types.StackResourceSummary{}, NextToken: next}
		for _, m := range some {
			out.StackResourceSummaries = append(out.StackResourceSummaries, types.StackResourceSummary{
				LogicalResourceId: aws.String(m.logicalID), PhysicalResourceId: nonEmpty(m.made.ID), ResourceType: aws.String(m.kind.Name),
				LastUpdatedTimestamp: aws.Time(m.at), ResourceStatus: m.status, ResourceStatusReason: nonEmpty(m.reason),
				DriftInformation: &types.StackResourceDriftInformationSummary{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
			})
		}
		return out, err
	})
}

// ListStacks implements the API operation: deleted stacks too.
func (s *Service) ListStacks(_ context.Context, c call.Caller, in *api.ListStacksInput) (*api.ListStacksOutput, error) {
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	all := append(sh.live(), sh.deleted...)
	newestFirst(all)
	if len(in.StackStatusFilter) > 0 {
		all = slices.DeleteFunc(all, func(st *stack) bool { return !slices.Contains(in.StackStatusFilter, st.status) })
	}
	some, next, err := stackset.Page(all, in.NextToken, nil)
	out := &api.ListStacksOutput{StackSummaries: []types.StackSummary{}, NextToken: next}
	for _, st := range some {
		v := st.view()
		out.StackSummaries = append(out.StackSummaries, types.StackSummary{
			StackId: v.StackId, StackName: v.StackName, StackStatus: v.StackStatus, StackStatusReason: v.StackStatusReason,
			CreationTime: v.CreationTime, LastUpdatedTime: v.LastUpdatedTime, DeletionTime: v.DeletionTime, TemplateDescription: v.Description,
			DriftInformation: &types.StackDriftInformationSummary{StackDriftStatus: types.StackDriftStatusNotChecked},
		})
	}
	return out, err
}

// GetTemplate implements the API operation. Without transforms both stages are the same text.
func (s *Service) GetTemplate(_ context.Context, c call.Caller, in *api.GetTemplateInput) (*api.GetTemplateOutput, error) {
	if in.StackName == nil && strings.Contains(aws.ToString(in.ChangeSetName), ":changeSet/") {
		cs, _, err := s.changeSet(c, in.ChangeSetName, nil)
		if err != nil {
			return nil, err
		}
		return templateOutput(cs.body), nil
	}
	return look(s, c, in.StackName, func(st *stack) (*api.GetTemplateOutput, error) {
		if in.ChangeSetName == nil {
			return templateOutput(st.body), nil
		}
		cs, err := st.changeSet(*in.ChangeSetName)
		if err != nil {
			return nil, err
		}
		return templateOutput(cs.body), nil
	})
}

func templateOutput(body string) *api.GetTemplateOutput {
	return &api.GetTemplateOutput{
		TemplateBody:    aws.String(body),
		StagesAvailable: []types.TemplateStage{types.TemplateStageOriginal, types.TemplateStageProcessed},
	}
}
