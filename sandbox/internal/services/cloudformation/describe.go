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
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

func (s *Service) describeOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "DescribeStacks", s.describeStacks).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStacksInput) string {
				if in.StackName == nil {
					return "*"
				}
				return s.stackARN(c, in.StackName)
			})),
		call.Operation("cloudformation", "DescribeStackEvents", s.describeStackEvents).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackEventsInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "DescribeStackResources", s.describeStackResources).Accepts("StackName", "LogicalResourceId", "PhysicalResourceId").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackResourcesInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "DescribeStackResource", s.describeStackResource).Accepts("StackName", "LogicalResourceId").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackResourceInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "ListStackResources", s.listStackResources).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.ListStackResourcesInput) string { return s.stackARN(c, in.StackName) })),
		call.Operation("cloudformation", "ListStacks", s.listStacks).Accepts("StackStatusFilter", "NextToken"),
		call.Operation("cloudformation", "GetTemplate", s.getTemplate).Accepts("StackName", "ChangeSetName", "TemplateStage").
			Permissions(call.On(func(c call.Caller, in *api.GetTemplateInput) string { return s.stackARN(c, in.StackName) })),
	}
}

// withStack finds a stack and calls f with the shard locked.
func withStack[O any](s *Service, c call.Caller, name *string, f func(*stack) (*O, error)) (*O, error) {
	if name == nil {
		return nil, request.Missing("stackName")
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

// live are the stacks that are not deleted, the newest first. The shard is locked.
func (sh *shard) live() []*stack {
	out := make([]*stack, 0, len(sh.stacks))
	for _, st := range sh.stacks {
		out = append(out, st)
	}
	sortNewest(out)
	return out
}

// newest orders stacks by their time of creation, the newest first.
func (st *stack) newest() string { return page.Descending(int(st.created.UnixNano())) + st.id }

func sortNewest(stacks []*stack) {
	slices.SortFunc(stacks, func(a, b *stack) int { return strings.Compare(a.newest(), b.newest()) })
}

func (s *Service) describeStacks(_ context.Context, c call.Caller, in *api.DescribeStacksInput) (*api.DescribeStacksOutput, error) {
	if in.StackName != nil {
		return withStack(s, c, in.StackName, func(st *stack) (*api.DescribeStacksOutput, error) {
			return &api.DescribeStacksOutput{Stacks: []types.Stack{st.view()}}, nil
		})
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	some, next, err := request.Page(sh.live(), (*stack).newest, in.NextToken, nil)
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
		StackId: aws.String(st.id), StackName: aws.String(st.name), StackStatus: st.status, StackStatusReason: optional.Text(st.reason),
		CreationTime: aws.Time(st.created), Capabilities: st.capabilities, RoleARN: st.roleARN, Tags: st.tagList(),
		DisableRollback: aws.Bool(st.disableRollback), EnableTerminationProtection: aws.Bool(st.protected),
		NotificationARNs: []string{}, RollbackConfiguration: &types.RollbackConfiguration{},
		DriftInformation: &types.StackDriftInformation{StackDriftStatus: types.StackDriftStatusNotChecked},
	}
	if st.template != nil {
		v.Description = optional.Text(st.template.Description)
		v.Parameters = request.Parameters(st.template, st.bound.Values)
	}
	v.LastUpdatedTime, v.DeletionTime = optional.Time(st.updated), optional.Time(st.deleted)
	for _, o := range st.outputs {
		v.Outputs = append(v.Outputs, types.Output{OutputKey: aws.String(o.Name), OutputValue: aws.String(o.Value), Description: optional.Text(o.Description)})
	}
	return v
}

func (d desired) tagList() []types.Tag {
	out := []types.Tag{}
	for k, v := range d.tags {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(v)})
	}
	slices.SortFunc(out, func(a, b types.Tag) int { return strings.Compare(*a.Key, *b.Key) })
	return out
}

// describeStackEvents lists the newest events first.
func (s *Service) describeStackEvents(_ context.Context, c call.Caller, in *api.DescribeStackEventsInput) (*api.DescribeStackEventsOutput, error) {
	return withStack(s, c, in.StackName, func(st *stack) (*api.DescribeStackEventsOutput, error) {
		events := page.Number(st.events)
		slices.Reverse(events)
		some, next, err := request.Page(events, page.Numbered[event].Descending, in.NextToken, nil)
		out := &api.DescribeStackEventsOutput{StackEvents: []types.StackEvent{}, NextToken: next}
		for _, e := range some {
			v := e.Item.StackEvent
			if e.Item.props != nil {
				if data, err := json.Marshal(e.Item.props); err == nil {
					v.ResourceProperties = aws.String(string(data))
				}
			}
			out.StackEvents = append(out.StackEvents, v)
		}
		return out, err
	})
}

// describeStackResources finds the stack of a resource by PhysicalResourceId, if the request does not name the stack.
func (s *Service) describeStackResources(_ context.Context, c call.Caller, in *api.DescribeStackResourcesInput) (*api.DescribeStackResourcesOutput, error) {
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
			return nil, request.Invalid("Stack for %s does not exist", *in.PhysicalResourceId)
		}
	}
	return withStack(s, c, name, func(st *stack) (*api.DescribeStackResourcesOutput, error) {
		out := &api.DescribeStackResourcesOutput{StackResources: []types.StackResource{}}
		for _, m := range st.sorted() {
			if in.LogicalResourceId != nil && m.logicalID != *in.LogicalResourceId || in.PhysicalResourceId != nil && m.made.ID != *in.PhysicalResourceId {
				continue
			}
			out.StackResources = append(out.StackResources, types.StackResource{
				StackId: aws.String(st.id), StackName: aws.String(st.name), LogicalResourceId: aws.String(m.logicalID),
				PhysicalResourceId: optional.Text(m.made.ID), ResourceType: aws.String(m.kind.Name), Timestamp: aws.Time(m.at),
				ResourceStatus: m.status, ResourceStatusReason: optional.Text(m.reason),
				DriftInformation: &types.StackResourceDriftInformation{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
			})
		}
		return out, nil
	})
}

func (s *Service) describeStackResource(_ context.Context, c call.Caller, in *api.DescribeStackResourceInput) (*api.DescribeStackResourceOutput, error) {
	return withStack(s, c, in.StackName, func(st *stack) (*api.DescribeStackResourceOutput, error) {
		m := st.members[aws.ToString(in.LogicalResourceId)]
		if m == nil {
			return nil, request.Invalid("Resource %s does not exist for stack %s", aws.ToString(in.LogicalResourceId), st.name)
		}
		return &api.DescribeStackResourceOutput{StackResourceDetail: &types.StackResourceDetail{
			StackId: aws.String(st.id), StackName: aws.String(st.name), LogicalResourceId: aws.String(m.logicalID),
			PhysicalResourceId: optional.Text(m.made.ID), ResourceType: aws.String(m.kind.Name), LastUpdatedTimestamp: aws.Time(m.at),
			ResourceStatus: m.status, ResourceStatusReason: optional.Text(m.reason), Metadata: optional.Text(m.metadata),
			DriftInformation: &types.StackResourceDriftInformation{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
		}}, nil
	})
}

func (s *Service) listStackResources(_ context.Context, c call.Caller, in *api.ListStackResourcesInput) (*api.ListStackResourcesOutput, error) {
	return withStack(s, c, in.StackName, func(st *stack) (*api.ListStackResourcesOutput, error) {
		some, next, err := request.Page(st.sorted(), func(m *member) string { return m.logicalID }, in.NextToken, nil)
		out := &api.ListStackResourcesOutput{StackResourceSummaries: []types.StackResourceSummary{}, NextToken: next}
		for _, m := range some {
			out.StackResourceSummaries = append(out.StackResourceSummaries, types.StackResourceSummary{
				LogicalResourceId: aws.String(m.logicalID), PhysicalResourceId: optional.Text(m.made.ID), ResourceType: aws.String(m.kind.Name),
				LastUpdatedTimestamp: aws.Time(m.at), ResourceStatus: m.status, ResourceStatusReason: optional.Text(m.reason),
				DriftInformation: &types.StackResourceDriftInformationSummary{StackResourceDriftStatus: types.StackResourceDriftStatusNotChecked},
			})
		}
		return out, err
	})
}

// listStacks includes deleted stacks.
func (s *Service) listStacks(_ context.Context, c call.Caller, in *api.ListStacksInput) (*api.ListStacksOutput, error) {
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	all := append(sh.live(), sh.deleted...)
	sortNewest(all)
	if len(in.StackStatusFilter) > 0 {
		all = slices.DeleteFunc(all, func(st *stack) bool { return !slices.Contains(in.StackStatusFilter, st.status) })
	}
	some, next, err := request.Page(all, (*stack).newest, in.NextToken, nil)
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

// getTemplate returns the same text for both stages, since there are no transforms.
func (s *Service) getTemplate(_ context.Context, c call.Caller, in *api.GetTemplateInput) (*api.GetTemplateOutput, error) {
	if in.StackName == nil && strings.Contains(aws.ToString(in.ChangeSetName), ":changeSet/") {
		sh, cs, _, err := s.lockChangeSet(c, in.ChangeSetName, nil)
		if err != nil {
			return nil, err
		}
		defer sh.mu.Unlock()
		return templateOutput(request.ReadBack(s.Quirks, cs.body)), nil
	}
	return withStack(s, c, in.StackName, func(st *stack) (*api.GetTemplateOutput, error) {
		if in.ChangeSetName == nil {
			return templateOutput(request.ReadBack(s.Quirks, st.body)), nil
		}
		cs, err := st.changeSet(*in.ChangeSetName)
		if err != nil {
			return nil, err
		}
		return templateOutput(request.ReadBack(s.Quirks, cs.body)), nil
	})
}

func templateOutput(body string) *api.GetTemplateOutput {
	return &api.GetTemplateOutput{
		TemplateBody:    aws.String(body),
		StagesAvailable: []types.TemplateStage{types.TemplateStageOriginal, types.TemplateStageProcessed},
	}
}
