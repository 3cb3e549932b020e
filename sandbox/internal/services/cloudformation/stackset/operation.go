package stackset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// operation is one run over targets. The set's shard guards it.
type operation struct {
	id          string
	fingerprint string // of the request: a repeated request has the same one, another request with the same id does not
	repeated    bool   // the request was made before: there is nothing to start
	action      types.StackSetOperationAction
	preferences types.StackSetOperationPreferences
	deployment  *types.DeploymentTargets
	retain      bool
	created     time.Time
	ended       time.Time
	status      types.StackSetOperationStatus
	reason      string
	results     []*result
	failed      int
	stop        bool // StopStackSetOperation
}

// result is the result of one target.
type result struct {
	target
	status types.StackSetOperationResultStatus
	reason string
}

// over says whether the operation has ended.
func (op *operation) over() bool {
	return slices.Contains([]types.StackSetOperationStatus{
		types.StackSetOperationStatusSucceeded, types.StackSetOperationStatusFailed, types.StackSetOperationStatusStopped,
	}, op.status)
}

// active is an operation that is not over, or nil.
func (x *set) active() *operation {
	for _, op := range x.operations {
		if !op.over() {
			return op
		}
	}
	return nil
}

// newOperation makes the record of an operation, or finds that the request was made before. The shard is locked.
func (s *Service) newOperation(x *set, action types.StackSetOperationAction, id *string, p *types.StackSetOperationPreferences, request any, targets []target) (*operation, error) {
	data, err := json.Marshal(request)
	if err != nil {
		return &operation{}, fmt.Errorf("fingerprint of a request: %w", err)
	}
	op := &operation{
		fingerprint: fmt.Sprintf("%T%s", request, data), action: action,
		created: s.Clock.Now(), status: types.StackSetOperationStatusQueued,
	}
	if p != nil {
		op.preferences = *p
	}
	if id == nil {
		op.id = s.IDs.Next(x.home.Account, x.home.Region, "stack-set-operation", x.id).UUID()
	} else {
		op.id = *id
	}
	for _, old := range x.operations {
		switch {
		case old.id != op.id:
		case old.fingerprint == op.fingerprint && s.Quirks.Is(quirk.RepeatedOperation, "accepted"):
			return &operation{id: op.id, repeated: true}, nil
		default:
			return op, &types.OperationIdAlreadyExistsException{Message: aws.String("The specified operation ID already exists: " + op.id)}
		}
	}
	if err := checkPreferences(op.preferences, targets); err != nil {
		return op, err
	}
	if !x.managed && x.active() != nil {
		return op, inProgress(x.name)
	}
	for _, t := range targets {
		op.results = append(op.results, &result{target: t, status: types.StackSetOperationResultStatusPending})
	}
	return op, nil
}

// queue queues an operation, and starts it if it conflicts with none before it. The shard is locked.
func (s *Service) queue(sh *shard, x *set, op *operation) {
	for _, r := range op.results {
		if i := x.instances[r.Key]; i != nil {
			s.changing(i)
			i.lastOp, i.detailed, i.reason = op.id, types.StackInstanceDetailedStatusPending, ""
		}
	}
	x.operations = append(x.operations, op)
	s.advance(sh, x)
}

// advance starts the queued operations that conflict with none before them. The shard is locked.
func (s *Service) advance(sh *shard, x *set) {
	for i, op := range x.operations {
		if op.status != types.StackSetOperationStatusQueued {
			continue
		}
		if slices.ContainsFunc(x.operations[:i], func(before *operation) bool { return !before.over() && conflict(before, op) }) {
			continue
		}
		op.status = types.StackSetOperationStatusRunning
		s.work.Go(func(ctx context.Context) { s.run(ctx, sh, x, op) })
	}
}

// conflict says whether two operations work on the same instance.
func conflict(a, b *operation) bool {
	keys := make(map[[2]string]bool, len(a.results))
	for _, r := range a.results {
		keys[[2]string{r.Account, r.Region}] = true
	}
	return slices.ContainsFunc(b.results, func(r *result) bool { return keys[[2]string{r.Account, r.Region}] })
}

func (s *Service) operationOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "DescribeStackSetOperation", s.describeStackSetOperation).Accepts("StackSetName", "OperationId", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.DescribeStackSetOperationInput) string {
				return s.arn(c, in.StackSetName)
			})),
		call.Operation("cloudformation", "ListStackSetOperations", s.listStackSetOperations).Accepts("StackSetName", "MaxResults", "NextToken", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.ListStackSetOperationsInput) string { return s.arn(c, in.StackSetName) })),
		call.Operation("cloudformation", "ListStackSetOperationResults", s.listStackSetOperationResults).
			Accepts("StackSetName", "OperationId", "Filters", "MaxResults", "NextToken", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.ListStackSetOperationResultsInput) string {
				return s.arn(c, in.StackSetName)
			})),
		call.Operation("cloudformation", "StopStackSetOperation", s.stopStackSetOperation).Accepts("StackSetName", "OperationId", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.StopStackSetOperationInput) string { return s.arn(c, in.StackSetName) })),
	}
}

// operation finds an operation by id.
func (x *set) operation(id *string) (*operation, error) {
	for _, op := range x.operations {
		if op.id == aws.ToString(id) {
			return op, nil
		}
	}
	return nil, operationMissing(aws.ToString(id))
}

// lockOperation is [Service.lockUsable] for a request that names an operation of the set.
func (s *Service) lockOperation(c call.Caller, name, id *string, as types.CallAs) (*shard, *set, *operation, error) {
	sh, x, err := s.lockUsable(c, name, as)
	if err != nil {
		return nil, nil, nil, err
	}
	op, err := x.operation(id)
	if err != nil {
		sh.mu.Unlock()
		return nil, nil, nil, err
	}
	return sh, x, op, nil
}

func (s *Service) describeStackSetOperation(_ context.Context, c call.Caller, in *api.DescribeStackSetOperationInput) (*api.DescribeStackSetOperationOutput, error) {
	sh, x, op, err := s.lockOperation(c, in.StackSetName, in.OperationId, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	v := &types.StackSetOperation{
		OperationId: aws.String(op.id), StackSetId: aws.String(x.id), Action: op.action, Status: op.status, StatusReason: optional.Text(op.reason),
		CreationTimestamp: aws.Time(op.created), OperationPreferences: &op.preferences, DeploymentTargets: op.deployment,
		StatusDetails: op.details(),
	}
	v.EndTimestamp = optional.Time(op.ended)
	if op.action == types.StackSetOperationActionDelete {
		v.RetainStacks = aws.Bool(op.retain)
	}
	if x.model == types.PermissionModelsSelfManaged {
		v.AdministrationRoleARN, v.ExecutionRoleName = aws.String(x.adminRoleARN()), aws.String(x.execRoleName())
	}
	return &api.DescribeStackSetOperationOutput{StackSetOperation: v}, nil
}

func (op *operation) details() *types.StackSetOperationStatusDetails {
	return &types.StackSetOperationStatusDetails{FailedStackInstancesCount: aws.Int32(int32(op.failed))} //nolint:gosec // far below 2^31
}

// listStackSetOperations lists the newest operations first.
func (s *Service) listStackSetOperations(_ context.Context, c call.Caller, in *api.ListStackSetOperationsInput) (*api.ListStackSetOperationsOutput, error) {
	sh, x, err := s.lockUsable(c, in.StackSetName, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	all := page.Number(s.listedOperations(x))
	slices.Reverse(all)
	some, next, err := request.Page(all, page.Numbered[*operation].Descending, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackSetOperationsOutput{Summaries: []types.StackSetOperationSummary{}, NextToken: next}
	for _, n := range some {
		op := n.Item
		v := types.StackSetOperationSummary{
			OperationId: aws.String(op.id), Action: op.action, Status: op.status, StatusReason: optional.Text(op.reason),
			CreationTimestamp: aws.Time(op.created), OperationPreferences: &op.preferences, StatusDetails: op.details(),
		}
		v.EndTimestamp = optional.Time(op.ended)
		out.Summaries = append(out.Summaries, v)
	}
	return out, nil
}

func (s *Service) listStackSetOperationResults(_ context.Context, c call.Caller, in *api.ListStackSetOperationResultsInput) (*api.ListStackSetOperationResultsOutput, error) {
	sh, _, op, err := s.lockOperation(c, in.StackSetName, in.OperationId, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	all := page.Number(op.results)
	for _, f := range in.Filters {
		if f.Name != types.OperationResultFilterNameOperationResultStatus {
			return nil, apierr.Unsupported("the filter %s of ListStackSetOperationResults", f.Name)
		}
		all = slices.DeleteFunc(all, func(n page.Numbered[*result]) bool { return string(n.Item.status) != aws.ToString(f.Values) })
	}
	some, next, err := request.Page(all, page.Numbered[*result].Ascending, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListStackSetOperationResultsOutput{Summaries: []types.StackSetOperationResultSummary{}, NextToken: next}
	for _, n := range some {
		r := n.Item
		out.Summaries = append(out.Summaries, types.StackSetOperationResultSummary{
			Account: aws.String(r.Account), Region: aws.String(r.Region), OrganizationalUnitId: aws.String(r.unit), Status: r.status,
			StatusReason: optional.Text(r.reason), AccountGateResult: &types.AccountGateResult{
				Status: types.AccountGateStatusSkipped, StatusReason: aws.String("Function not found: arn:" + function.Partition(r.Region) + ":lambda:" + r.Region + ":" + r.Account + ":function:AWSCloudFormationStackSetAccountGate"),
			},
		})
	}
	return out, nil
}

// stopStackSetOperation lets running targets end and cancels the others.
func (s *Service) stopStackSetOperation(_ context.Context, c call.Caller, in *api.StopStackSetOperationInput) (*api.StopStackSetOperationOutput, error) {
	sh, x, op, err := s.lockOperation(c, in.StackSetName, in.OperationId, in.CallAs)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	switch op.status {
	case types.StackSetOperationStatusRunning:
		op.stop, op.status = true, types.StackSetOperationStatusStopping
	case types.StackSetOperationStatusQueued:
		s.cancelRest(x, op, "Cancelled since the operation was stopped")
		op.status, op.ended = types.StackSetOperationStatusStopped, s.Clock.Now()
		s.advance(sh, x)
	case types.StackSetOperationStatusStopping, types.StackSetOperationStatusStopped:
	default:
		return nil, &types.InvalidOperationException{Message: aws.String(fmt.Sprintf("Operation %s is in %s state and cannot be stopped", op.id, op.status))} // UNCONFIRMED: the text
	}
	return &api.StopStackSetOperationOutput{}, nil
}
