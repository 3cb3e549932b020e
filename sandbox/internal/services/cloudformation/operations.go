package cloudformation

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

func (s *Service) stackOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "CreateStack", s.createStack).
			Accepts("StackName", "TemplateBody", "Parameters.ParameterKey", "Parameters.ParameterValue", "Parameters.UsePreviousValue", "Tags", "Capabilities",
				"RoleARN", "OnFailure", "DisableRollback", "EnableTerminationProtection", "ClientRequestToken").
			Permissions(call.On(func(c call.Caller, in *api.CreateStackInput) string { return s.stackARN(c, in.StackName) }).
				And(call.PassRole(principal, func(in *api.CreateStackInput) *string { return in.RoleARN }))),
		call.Operation("cloudformation", "UpdateStack", s.updateStack).
			Accepts("StackName", "TemplateBody", "UsePreviousTemplate", "Parameters.ParameterKey", "Parameters.ParameterValue",
				"Parameters.UsePreviousValue", "Tags", "Capabilities", "RoleARN", "DisableRollback", "ClientRequestToken").
			Permissions(call.On(func(c call.Caller, in *api.UpdateStackInput) string { return s.stackARN(c, in.StackName) }).
				And(call.PassRole(principal, func(in *api.UpdateStackInput) *string { return in.RoleARN }))),
		call.Operation("cloudformation", "DeleteStack", s.deleteStack).
			Accepts("StackName", "RetainResources", "RoleARN", "ClientRequestToken").
			Permissions(call.On(func(c call.Caller, in *api.DeleteStackInput) string { return s.stackARN(c, in.StackName) }).
				And(call.PassRole(principal, func(in *api.DeleteStackInput) *string { return in.RoleARN }))),
		call.Operation("cloudformation", "UpdateTerminationProtection", s.updateTerminationProtection).
			Accepts("StackName", "EnableTerminationProtection").
			Permissions(call.On(func(c call.Caller, in *api.UpdateTerminationProtectionInput) string {
				return s.stackARN(c, in.StackName)
			})),
	}
}

// newStack makes the record of a stack. The shard is locked.
func (s *Service) newStack(c call.Caller, name string) *stack {
	id := s.IDs.Next(c.Account, c.Region, "stack", name)
	return &stack{
		account: c.Account, region: c.Region, name: name, id: arnPrefix(c) + "stack/" + name + "/" + id.UUID(),
		created: s.Clock.Now(), onFailure: types.OnFailureRollback, members: map[string]*member{},
	}
}

func (s *Service) createStack(_ context.Context, c call.Caller, in *api.CreateStackInput) (*api.CreateStackOutput, error) {
	if err := request.CheckName(aws.ToString(in.StackName), "stackName"); err != nil {
		return nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.stacks[*in.StackName] != nil {
		return nil, alreadyExists(*in.StackName)
	}
	st := s.newStack(c, *in.StackName)
	d, err := s.desired(st, input{
		body: in.TemplateBody, parameters: in.Parameters, tags: in.Tags, capabilities: in.Capabilities, roleARN: in.RoleARN,
	})
	if err != nil {
		return nil, err
	}
	st.desired = d
	st.protected = aws.ToBool(in.EnableTerminationProtection)
	switch {
	case in.OnFailure != "" && in.DisableRollback != nil:
		return nil, request.Invalid("You can specify only one of the OnFailure and DisableRollback parameters") // UNCONFIRMED: the text
	case in.OnFailure != "":
		st.onFailure = in.OnFailure
	case aws.ToBool(in.DisableRollback):
		st.onFailure = types.OnFailureDoNothing
	}
	st.disableRollback = st.onFailure == types.OnFailureDoNothing
	sh.stacks[st.name] = st
	s.create(sh, st, c, aws.ToString(in.ClientRequestToken))
	return &api.CreateStackOutput{StackId: aws.String(st.id)}, nil
}

// create starts making a stack. The shard is locked.
func (s *Service) create(sh *shard, st *stack, c call.Caller, token string) {
	st.set(s, types.StackStatusCreateInProgress, "User Initiated", token)
	s.start(sh, st, c, st.desired, token, func(ctx context.Context, r *run) { r.createStack(ctx) })
}

// lockStack locks the caller's shard and finds a stack in it that is not deleted. Without an error the caller unlocks the
// shard.
func (s *Service) lockStack(c call.Caller, name *string) (*shard, *stack, error) {
	sh := s.shard(c)
	sh.mu.Lock()
	st := sh.stacks[stackName(aws.ToString(name))]
	if st == nil {
		sh.mu.Unlock()
		return nil, nil, request.Invalid("Stack [%s] does not exist", aws.ToString(name))
	}
	return sh, st, nil
}

// updatable are the statuses in which a stack can be updated.
var updatable = []types.StackStatus{
	types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateRollbackComplete, types.StackStatusUpdateFailed, types.StackStatusCreateFailed,
}

func (s *Service) updateStack(_ context.Context, c call.Caller, in *api.UpdateStackInput) (*api.UpdateStackOutput, error) {
	sh, st, err := s.lockStack(c, in.StackName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	if !slices.Contains(updatable, st.status) {
		return nil, request.Invalid("Stack:%s is in %s state and can not be updated.", st.id, st.status)
	}
	d, err := s.desired(st, input{
		body: in.TemplateBody, usePrevious: aws.ToBool(in.UsePreviousTemplate), parameters: in.Parameters, tags: in.Tags,
		capabilities: in.Capabilities, roleARN: in.RoleARN,
	})
	if err != nil {
		return nil, err
	}
	if !st.differs(d) {
		return nil, request.Invalid("No updates are to be performed.")
	}
	if err := st.checkTypes(d); err != nil {
		return nil, err
	}
	st.disableRollback = aws.ToBool(in.DisableRollback)
	s.update(sh, st, c, d, aws.ToString(in.ClientRequestToken))
	return &api.UpdateStackOutput{StackId: aws.String(st.id)}, nil
}

// update starts an update. The shard is locked.
func (s *Service) update(sh *shard, st *stack, c call.Caller, d desired, token string) {
	st.updated = s.Clock.Now()
	st.set(s, types.StackStatusUpdateInProgress, "User Initiated", token)
	s.start(sh, st, c, d, token, func(ctx context.Context, r *run) { r.updateStack(ctx, d) })
}

// differs says whether an update would change anything.
func (st *stack) differs(d desired) bool {
	failed := st.status == types.StackStatusUpdateFailed || st.status == types.StackStatusCreateFailed
	return failed || st.body != d.body || !maps.Equal(st.bound.Values, d.bound.Values) || !maps.Equal(st.tags, d.tags) ||
		aws.ToString(st.roleARN) != aws.ToString(d.roleARN)
}

// checkTypes refuses to change the type of a resource.
func (st *stack) checkTypes(d desired) error {
	for _, res := range d.template.Resources {
		if m := st.members[res.LogicalID]; m != nil && m.kind.Name != res.Type {
			return request.Invalid("Update of resource type is not permitted. The new template modifies resource type of the following resources: [%s]", res.LogicalID)
		}
	}
	return nil
}

// deleteStack accepts a stack that does not exist.
func (s *Service) deleteStack(_ context.Context, c call.Caller, in *api.DeleteStackInput) (*api.DeleteStackOutput, error) {
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	st := sh.stacks[stackName(aws.ToString(in.StackName))]
	out := &api.DeleteStackOutput{}
	switch {
	case st == nil, st.status == types.StackStatusDeleteInProgress:
		return out, nil
	case st.protected:
		return nil, request.Invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", st.name)
	case st.busy() && st.status != types.StackStatusCreateInProgress:
		return nil, request.Invalid("Stack [%s] cannot be deleted while in status %s", st.name, st.status)
	case len(in.RetainResources) > 0 && st.status != types.StackStatusDeleteFailed:
		return nil, request.Invalid("Invalid operation on stack [%s]. Specify RetainResources only when the stack is in the DELETE_FAILED state", st.id) // UNCONFIRMED: the text
	}
	retain := map[string]bool{}
	for _, id := range in.RetainResources {
		if st.members[id] == nil {
			return nil, request.Invalid("The specified resources to retain must be in a valid state. Do not specify resource %s", id) // UNCONFIRMED: the text
		}
		retain[id] = true
	}
	d := st.desired
	if in.RoleARN != nil {
		d.roleARN = in.RoleARN
	}
	token := aws.ToString(in.ClientRequestToken)
	if st.status == types.StackStatusCreateInProgress {
		st.running.interrupt()
	}
	st.set(s, types.StackStatusDeleteInProgress, "User Initiated", token)
	s.start(sh, st, c, d, token, func(ctx context.Context, r *run) { r.deleteStack(ctx, retain) })
	return out, nil
}

func (s *Service) updateTerminationProtection(_ context.Context, c call.Caller, in *api.UpdateTerminationProtectionInput) (*api.UpdateTerminationProtectionOutput, error) {
	sh, st, err := s.lockStack(c, in.StackName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	st.protected = aws.ToBool(in.EnableTerminationProtection)
	return &api.UpdateTerminationProtectionOutput{StackId: aws.String(st.id)}, nil
}
