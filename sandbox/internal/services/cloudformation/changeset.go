package cloudformation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// changeSet is a prepared creation or update.
type changeSet struct {
	desired
	number                int // of change sets of the stack before it
	id, name, description string
	kind                  types.ChangeSetType
	created               time.Time
	status                types.ChangeSetStatus
	reason                string
	execution             types.ExecutionStatus
	changes               []types.Change
}

func (s *Service) changeSetOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "CreateChangeSet", s.createChangeSet).
			Accepts("StackName", "ChangeSetName", "ChangeSetType", "TemplateBody", "UsePreviousTemplate", "Parameters.ParameterKey",
				"Parameters.ParameterValue", "Parameters.UsePreviousValue", "Tags", "Capabilities", "RoleARN", "Description", "ClientToken").
			Permissions(call.On(func(c call.Caller, in *api.CreateChangeSetInput) string { return s.stackARN(c, in.StackName) }).
				And(call.PassRole(principal, func(in *api.CreateChangeSetInput) *string { return in.RoleARN }))),
		call.Operation("cloudformation", "DescribeChangeSet", s.describeChangeSet).Accepts("StackName", "ChangeSetName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeChangeSetInput) string {
				return s.changeSetStackARN(c, in.StackName, in.ChangeSetName)
			})),
		call.Operation("cloudformation", "ExecuteChangeSet", s.executeChangeSet).
			Accepts("StackName", "ChangeSetName", "DisableRollback", "ClientRequestToken").
			Permissions(call.On(func(c call.Caller, in *api.ExecuteChangeSetInput) string {
				return s.changeSetStackARN(c, in.StackName, in.ChangeSetName)
			})),
		call.Operation("cloudformation", "DeleteChangeSet", s.deleteChangeSet).Accepts("StackName", "ChangeSetName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteChangeSetInput) string {
				return s.changeSetStackARN(c, in.StackName, in.ChangeSetName)
			})),
		call.Operation("cloudformation", "ListChangeSets", s.listChangeSets).Accepts("StackName", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.ListChangeSetsInput) string { return s.stackARN(c, in.StackName) })),
	}
}

func changeSetMissing(name string) error {
	return &types.ChangeSetNotFoundException{Message: aws.String("ChangeSet [" + name + "] does not exist")}
}

// changeSet finds a change set of the stack by name or id.
func (st *stack) changeSet(nameOrID string) (*changeSet, error) {
	for _, cs := range st.changes {
		if cs.name == nameOrID || cs.id == nameOrID {
			return cs, nil
		}
	}
	return nil, changeSetMissing(nameOrID)
}

// lockChangeSet locks the caller's shard and finds a change set and its stack in it. Without an error the caller unlocks
// the shard.
func (s *Service) lockChangeSet(c call.Caller, name, stackName *string) (*shard, *changeSet, *stack, error) {
	sh := s.shard(c)
	sh.mu.Lock()
	cs, st, err := sh.changeSet(name, stackName)
	if err != nil {
		sh.mu.Unlock()
		return nil, nil, nil, err
	}
	return sh, cs, st, nil
}

// changeSet finds a change set and its stack. The id of a change set finds it without the name of the stack. The shard is
// locked.
func (sh *shard) changeSet(name, stackName *string) (*changeSet, *stack, error) {
	if stackName != nil {
		st, err := sh.find(*stackName)
		if err != nil {
			return nil, nil, err
		}
		cs, err := st.changeSet(aws.ToString(name))
		return cs, st, err
	}
	if !strings.Contains(aws.ToString(name), ":changeSet/") {
		return nil, nil, request.Invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
	}
	for _, st := range sh.live() {
		if cs, err := st.changeSet(*name); err == nil {
			return cs, st, nil
		}
	}
	return nil, nil, changeSetMissing(*name)
}

// changeSetStackARN is the ARN of a change set's stack, or a wildcard.
func (s *Service) changeSetStackARN(c call.Caller, stackName, name *string) string {
	if stackName != nil {
		return s.stackARN(c, stackName)
	}
	sh, _, st, err := s.lockChangeSet(c, name, nil)
	if err != nil {
		return "*"
	}
	defer sh.mu.Unlock()
	return st.id
}

// createChangeSet makes the stack too, in REVIEW_IN_PROGRESS, for a change set of type CREATE.
func (s *Service) createChangeSet(_ context.Context, c call.Caller, in *api.CreateChangeSetInput) (*api.CreateChangeSetOutput, error) {
	name := aws.ToString(in.ChangeSetName)
	if err := request.CheckName(name, "changeSetName"); err != nil {
		return nil, err
	}
	kind := in.ChangeSetType
	if kind == "" {
		kind = types.ChangeSetTypeUpdate
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	st := sh.stacks[stackName(aws.ToString(in.StackName))]
	fresh := false
	switch {
	case kind == types.ChangeSetTypeUpdate && st == nil:
		return nil, request.Invalid("Stack [%s] does not exist", aws.ToString(in.StackName))
	case kind == types.ChangeSetTypeUpdate && !slices.Contains(updatable, st.status):
		return nil, request.Invalid("Stack:%s is in %s state and can not be updated.", st.id, st.status)
	case kind == types.ChangeSetTypeCreate && st == nil:
		if err := request.CheckName(aws.ToString(in.StackName), "stackName"); err != nil {
			return nil, err
		}
		st, fresh = s.newStack(c, *in.StackName), true
	case kind == types.ChangeSetTypeCreate && st.status != types.StackStatusReviewInProgress:
		return nil, request.Invalid("Stack [%s] already exists and cannot be created again with the changeSet [%s].", st.name, name)
	case kind == types.ChangeSetTypeImport:
		return nil, apierr.Unsupported("change sets of type IMPORT")
	}
	// The name of an executed change set can be used again.
	st.changes = slices.DeleteFunc(st.changes, func(o *changeSet) bool { return o.name == name && o.execution == types.ExecutionStatusExecuteComplete })
	if _, err := st.changeSet(name); err == nil {
		return nil, &types.AlreadyExistsException{Message: aws.String("ChangeSet " + name + " cannot be created due to a mismatch with existing attribute")}
	}
	d, err := s.desired(st, input{
		body: in.TemplateBody, usePrevious: aws.ToBool(in.UsePreviousTemplate), parameters: in.Parameters, tags: in.Tags,
		capabilities: in.Capabilities, roleARN: in.RoleARN,
	})
	if err != nil {
		return nil, err
	}
	id := s.IDs.Next(c.Account, c.Region, "change-set", st.name+"/"+name)
	cs := &changeSet{
		desired: d, id: arnPrefix(c) + "changeSet/" + name + "/" + id.UUID(), name: name, description: aws.ToString(in.Description),
		kind: kind, created: s.Clock.Now(), status: types.ChangeSetStatusCreateComplete, execution: types.ExecutionStatusAvailable,
	}
	if cs.changes = s.changesTo(st, d); len(cs.changes) == 0 && (kind == types.ChangeSetTypeUpdate && !st.differs(d)) {
		cs.status, cs.execution = types.ChangeSetStatusFailed, types.ExecutionStatusUnavailable
		cs.reason = "The submitted information didn't contain changes. Submit different information to create a change set."
	}
	if fresh {
		sh.stacks[st.name] = st
		st.set(s, types.StackStatusReviewInProgress, "User Initiated", aws.ToString(in.ClientToken))
	}
	cs.number = st.changeSets
	st.changeSets++
	st.changes = append(st.changes, cs)
	return &api.CreateChangeSetOutput{Id: aws.String(cs.id), StackId: aws.String(st.id)}, nil
}

// changesTo are the resources that an execution would add, change and remove. The shard is locked.
func (s *Service) changesTo(st *stack, d desired) []types.Change {
	var out []types.Change
	add := func(action types.ChangeAction, id, physical, typeName string, replacement types.Replacement) {
		out = append(out, types.Change{Type: types.ChangeTypeResource, ResourceChange: &types.ResourceChange{
			Action: action, LogicalResourceId: aws.String(id), PhysicalResourceId: optional.Text(physical), ResourceType: aws.String(typeName), Replacement: replacement,
		}})
	}
	wanted := map[string]bool{}
	for _, res := range d.bound.Resources() {
		wanted[res.LogicalID] = true
		m := st.members[res.LogicalID]
		if m == nil {
			add(types.ChangeActionAdd, res.LogicalID, "", res.Type, "")
			continue
		}
		props, err := d.bound.Properties(res, known{st})
		switch {
		case err != nil:
			add(types.ChangeActionModify, res.LogicalID, m.made.ID, res.Type, types.ReplacementConditional)
		case !sameProps(m.props, props):
			replacement := types.ReplacementFalse
			if yes, err := m.kind.Replaces(m.props, props); err == nil && yes {
				replacement = types.ReplacementTrue
			}
			add(types.ChangeActionModify, res.LogicalID, m.made.ID, res.Type, replacement)
		}
	}
	for _, m := range st.sorted() {
		if !wanted[m.logicalID] {
			add(types.ChangeActionRemove, m.logicalID, m.made.ID, m.kind.Name, "")
		}
	}
	return out
}

// known resolves references to resources that exist. The value of one that does not exist yet differs from all others.
type known struct{ st *stack }

func (k known) Ref(id string) (string, error) {
	if m := k.st.members[id]; m != nil {
		return m.made.Ref, nil
	}
	return "(known after execution)", nil
}

func (k known) Attribute(id, name string) (any, error) {
	if m := k.st.members[id]; m != nil && m.made.Attributes[name] != nil {
		return m.made.Attributes[name], nil
	}
	return "(known after execution)", nil
}

func (s *Service) describeChangeSet(_ context.Context, c call.Caller, in *api.DescribeChangeSetInput) (*api.DescribeChangeSetOutput, error) {
	sh, cs, st, err := s.lockChangeSet(c, in.ChangeSetName, in.StackName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	some, next, err := request.Page(page.Number(cs.changes), page.Numbered[types.Change].Ascending, in.NextToken, nil)
	if err != nil {
		return nil, err
	}
	changes := []types.Change{}
	for _, ch := range some {
		changes = append(changes, ch.Item)
	}
	return &api.DescribeChangeSetOutput{
		ChangeSetId: aws.String(cs.id), ChangeSetName: aws.String(cs.name), StackId: aws.String(st.id), StackName: aws.String(st.name),
		Description: optional.Text(cs.description), CreationTime: aws.Time(cs.created), Status: cs.status, StatusReason: optional.Text(cs.reason),
		ExecutionStatus: cs.execution, Parameters: request.Parameters(cs.template, cs.bound.Values), Capabilities: cs.capabilities, Tags: cs.tagList(),
		Changes: changes, NextToken: next, NotificationARNs: []string{}, RollbackConfiguration: &types.RollbackConfiguration{},
		IncludeNestedStacks: aws.Bool(false),
	}, nil
}

// executeChangeSet removes the stack's other change sets.
func (s *Service) executeChangeSet(_ context.Context, c call.Caller, in *api.ExecuteChangeSetInput) (*api.ExecuteChangeSetOutput, error) {
	sh, cs, st, err := s.lockChangeSet(c, in.ChangeSetName, in.StackName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	if cs.execution != types.ExecutionStatusAvailable {
		return nil, &types.InvalidChangeSetStatusException{Message: aws.String("ChangeSet [" + cs.id + "] cannot be executed in its current execution status of [" + string(cs.execution) + "]")}
	}
	if cs.kind == types.ChangeSetTypeUpdate {
		if !slices.Contains(updatable, st.status) {
			return nil, request.Invalid("Stack:%s is in %s state and can not be updated.", st.id, st.status)
		}
		if err := st.checkTypes(cs.desired); err != nil {
			return nil, err
		}
	}
	cs.execution = types.ExecutionStatusExecuteComplete
	st.changes = []*changeSet{cs}
	st.disableRollback = aws.ToBool(in.DisableRollback)
	token := aws.ToString(in.ClientRequestToken)
	if cs.kind == types.ChangeSetTypeCreate {
		if st.disableRollback {
			st.onFailure = types.OnFailureDoNothing
		}
		st.desired = cs.desired
		s.create(sh, st, c, token)
	} else {
		s.update(sh, st, c, cs.desired, token)
	}
	return &api.ExecuteChangeSetOutput{}, nil
}

// deleteChangeSet accepts one that does not exist.
func (s *Service) deleteChangeSet(_ context.Context, c call.Caller, in *api.DeleteChangeSetInput) (*api.DeleteChangeSetOutput, error) {
	if sh, cs, st, err := s.lockChangeSet(c, in.ChangeSetName, in.StackName); err == nil {
		defer sh.mu.Unlock()
		st.changes = slices.DeleteFunc(st.changes, func(o *changeSet) bool { return o == cs })
	}
	return &api.DeleteChangeSetOutput{}, nil
}

func (s *Service) listChangeSets(_ context.Context, c call.Caller, in *api.ListChangeSetsInput) (*api.ListChangeSetsOutput, error) {
	return withStack(s, c, in.StackName, func(st *stack) (*api.ListChangeSetsOutput, error) {
		some, next, err := request.Page(st.changes, func(cs *changeSet) string { return page.Ascending(cs.number) }, in.NextToken, nil)
		out := &api.ListChangeSetsOutput{Summaries: []types.ChangeSetSummary{}, NextToken: next}
		for _, cs := range some {
			out.Summaries = append(out.Summaries, types.ChangeSetSummary{
				ChangeSetId: aws.String(cs.id), ChangeSetName: aws.String(cs.name), StackId: aws.String(st.id), StackName: aws.String(st.name),
				CreationTime: aws.Time(cs.created), Description: optional.Text(cs.description), Status: cs.status, StatusReason: optional.Text(cs.reason),
				ExecutionStatus: cs.execution,
			})
		}
		return out, err
	})
}
