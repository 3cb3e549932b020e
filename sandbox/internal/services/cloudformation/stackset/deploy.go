package stackset

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// order is the wanted state of a target, read from the set with the shard locked.
type order struct {
	identity
	target
	setID, stackID string
	body           string
	parameters     []types.Parameter
	tags           []types.Tag
	capabilities   []types.Capability
}

// deploy runs the operation on one target and says whether that succeeded.
func (s *Service) deploy(ctx context.Context, sh *shard, x *set, op *operation, r *result) bool {
	sh.mu.Lock()
	i := x.instances[r.Key]
	if i == nil { // an earlier operation deleted it
		r.status = types.StackSetOperationResultStatusSucceeded
		sh.mu.Unlock()
		return true
	}
	if account, ok := s.account(r.Account); ok && account != "ACTIVE" && x.model == types.PermissionModelsServiceManaged && (!op.retain || op.action != types.StackSetOperationActionDelete) {
		// UNCONFIRMED: the status of the result; it counts neither as failed nor as succeeded.
		r.status, r.reason = types.StackSetOperationResultStatusCancelled, "Skipped since the account is "+strings.ToLower(account)
		s.changing(i)
		i.detailed, i.reason = types.StackInstanceDetailedStatusSkippedSuspendedAccount, r.reason
		sh.mu.Unlock()
		return true
	}
	s.changing(i)
	r.status, i.detailed = types.StackSetOperationResultStatusRunning, types.StackInstanceDetailedStatusRunning
	o := x.order(i)
	sh.mu.Unlock()

	err := s.takeTime(ctx, op, r)
	remove := op.action == types.StackSetOperationActionDelete
	switch {
	case err != nil:
	case remove && (op.retain || o.stackID == ""):
	case remove:
		err = s.deleteStack(ctx, o)
	default:
		o.stackID, err = s.deployStack(ctx, o)
	}

	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.changing(i)
	i.stackID = o.stackID
	switch {
	case err == nil:
		r.status = types.StackSetOperationResultStatusSucceeded
		i.status, i.detailed, i.reason = types.StackInstanceStatusCurrent, types.StackInstanceDetailedStatusSucceeded, ""
		if remove {
			s.removed(x, i)
		}
		return true
	case remove:
		i.status, i.detailed = types.StackInstanceStatusInoperable, types.StackInstanceDetailedStatusInoperable
	default:
		if i.status != types.StackInstanceStatusInoperable {
			i.status = types.StackInstanceStatusOutdated
		}
		i.detailed = types.StackInstanceDetailedStatusFailed
	}
	r.status, r.reason = types.StackSetOperationResultStatusFailed, err.Error()
	i.reason = r.reason
	op.failed++
	return false
}

// account is the state of an account of the organization.
func (s *Service) account(id string) (string, bool) {
	if s.Organization == nil {
		return "", false
	}
	a, ok := s.Organization.Account(id)
	return a.State, ok
}

func (x *set) order(i *instance) order {
	values := maps.Clone(x.values)
	maps.Copy(values, i.overrides)
	o := order{
		identity: x.identity(), target: target{Key: i.Key, unit: i.unit}, setID: x.id, stackID: i.stackID,
		body: x.body, tags: x.tags, capabilities: x.capabilities, parameters: []types.Parameter{},
	}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		o.parameters = append(o.parameters, types.Parameter{ParameterKey: aws.String(k), ParameterValue: aws.String(values[k])})
	}
	return o
}

// failure is the reason of a failed call, in the words of the API.
func failure(err error) error {
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		return errors.New(ae.ErrorMessage())
	}
	return err
}

// enter is the set's session in the target's account and Region.
func (s *Service) enter(ctx context.Context, o order) (call.Caller, error) {
	if !s.Regions.Enabled(o.target.Account, o.target.Region) {
		// UNCONFIRMED: the text.
		return call.Caller{}, errors.New("Region " + o.target.Region + " is disabled in account " + o.target.Account)
	}
	c, err := s.session(ctx, o.identity, o.target)
	return c, failure(err)
}

// deployStack makes or updates the stack, and returns its id.
func (s *Service) deployStack(ctx context.Context, o order) (string, error) {
	c, err := s.enter(ctx, o)
	if err != nil {
		return o.stackID, err
	}
	if o.stackID != "" {
		status, _, err := s.Stack(ctx, o.target.Account, o.target.Region, o.stackID)
		switch {
		case err != nil || status == types.StackStatusDeleteComplete: // someone deleted it
			o.stackID = ""
		case status == types.StackStatusDeleteFailed:
			return o.stackID, errors.New("Stack " + o.stackID + " is in DELETE_FAILED state")
		case slices.Contains([]types.StackStatus{types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusCreateFailed}, status):
			// A stack whose creation failed cannot be updated: it is deleted first.
			if err := s.deleteStack(ctx, o); err != nil {
				return o.stackID, err
			}
			o.stackID = ""
		}
	}
	want := []types.StackStatus{types.StackStatusCreateComplete}
	if o.stackID == "" {
		name := "StackSet-" + o.name + "-" + s.IDs.Next(o.target.Account, o.target.Region, "stack-set-stack", o.setID).UUID()
		out, err := call.Do[api.CreateStackOutput](ctx, s.Dispatcher, c, &api.CreateStackInput{
			StackName: &name, TemplateBody: &o.body, Parameters: o.parameters, Tags: o.tags, Capabilities: o.capabilities,
		})
		if err != nil {
			return "", failure(err)
		}
		o.stackID = aws.ToString(out.StackId)
	} else {
		want = []types.StackStatus{types.StackStatusUpdateComplete}
		_, err := call.Do[api.UpdateStackOutput](ctx, s.Dispatcher, c, &api.UpdateStackInput{
			StackName: &o.stackID, TemplateBody: &o.body, Parameters: o.parameters, Tags: o.tags, Capabilities: o.capabilities,
		})
		if err != nil && strings.Contains(err.Error(), "No updates are to be performed") {
			return o.stackID, nil
		}
		if err != nil {
			return o.stackID, failure(err)
		}
	}
	return o.stackID, s.waitFor(ctx, o, want)
}

// waitFor waits for the stack's operation. The error is why the stack has none of the wanted statuses.
func (s *Service) waitFor(ctx context.Context, o order, want []types.StackStatus) error {
	status, reason, err := s.Stack(ctx, o.target.Account, o.target.Region, o.stackID)
	if err != nil {
		return err
	}
	if slices.Contains(want, status) {
		return nil
	}
	if reason == "" {
		reason = "Stack " + o.stackID + " is in " + string(status) + " state"
	}
	return errors.New(reason)
}

// deleteStack deletes the stack.
func (s *Service) deleteStack(ctx context.Context, o order) error {
	if status, _, err := s.Stack(ctx, o.target.Account, o.target.Region, o.stackID); err != nil || status == types.StackStatusDeleteComplete {
		return nil //nolint:nilerr // a stack that does not exist is deleted
	}
	c, err := s.enter(ctx, o)
	if err != nil {
		return err
	}
	if _, err := call.Do[api.DeleteStackOutput](ctx, s.Dispatcher, c, &api.DeleteStackInput{StackName: &o.stackID}); err != nil {
		return failure(err)
	}
	return s.waitFor(ctx, o, []types.StackStatus{types.StackStatusDeleteComplete})
}
