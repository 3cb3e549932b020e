package ssm

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

func (s *Service) executionOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "GetAutomationExecution", s.getAutomationExecution).Accepts("AutomationExecutionId").
			Permissions(call.On(func(c call.Caller, in *api.GetAutomationExecutionInput) string {
				return executionARN(c, in.AutomationExecutionId)
			})),
		call.Operation("ssm", "DescribeAutomationExecutions", s.describeAutomationExecutions).Accepts("Filters", "MaxResults", "NextToken"),
		call.Operation("ssm", "DescribeAutomationStepExecutions", s.describeAutomationStepExecutions).
			Accepts("AutomationExecutionId", "Filters", "MaxResults", "NextToken", "ReverseOrder").
			Permissions(call.On(func(c call.Caller, in *api.DescribeAutomationStepExecutionsInput) string {
				return executionARN(c, in.AutomationExecutionId)
			})),
		call.Operation("ssm", "StopAutomationExecution", s.stopAutomationExecution).Accepts("AutomationExecutionId", "Type").
			Permissions(call.On(func(c call.Caller, in *api.StopAutomationExecutionInput) string {
				return executionARN(c, in.AutomationExecutionId)
			})),
	}
}

func executionARN(c call.Caller, id *string) string {
	return arn(c, c.Account, "automation-execution/"+aws.ToString(id))
}

// execution finds an execution of the caller's pair.
func (s *Service) execution(c call.Caller, id *string) (*shard, *execution, error) {
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.executions[aws.ToString(id)]
	if e == nil {
		return nil, nil, &types.AutomationExecutionNotFoundException{Message: apierr.Text("Automation execution not found: %s", aws.ToString(id))}
	}
	return sh, e, nil
}

func (s *Service) getAutomationExecution(_ context.Context, c call.Caller, in *api.GetAutomationExecutionInput) (*api.GetAutomationExecutionOutput, error) {
	_, e, err := s.execution(c, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	return &api.GetAutomationExecutionOutput{AutomationExecution: e.view()}, nil
}

func (s *Service) describeAutomationExecutions(_ context.Context, c call.Caller, in *api.DescribeAutomationExecutionsInput) (*api.DescribeAutomationExecutionsOutput, error) {
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	newest := slices.Clone(sh.order)
	sh.mu.Unlock()
	slices.Reverse(newest)
	var found []*execution
	for _, e := range newest {
		m := e.metadata()
		ok, err := listed(&m, in.Filters)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, e)
		}
	}
	const most = 50
	newestFirst := func(e *execution) string { return page.Descending(e.number) }
	part, next, err := request.Page(found, newestFirst, in.NextToken, in.MaxResults, most)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeAutomationExecutionsOutput{NextToken: next, AutomationExecutionMetadataList: []types.AutomationExecutionMetadata{}}
	for _, e := range part {
		out.AutomationExecutionMetadataList = append(out.AutomationExecutionMetadataList, e.metadata())
	}
	return out, nil
}

func listed(m *types.AutomationExecutionMetadata, filters []types.AutomationExecutionFilter) (bool, error) {
	for _, f := range filters {
		var match func(want string) bool
		switch f.Key {
		case types.AutomationExecutionFilterKeyDocumentNamePrefix:
			match = func(want string) bool { return strings.HasPrefix(aws.ToString(m.DocumentName), want) }
		case types.AutomationExecutionFilterKeyExecutionStatus:
			match = func(want string) bool { return want == string(m.AutomationExecutionStatus) }
		case types.AutomationExecutionFilterKeyExecutionId:
			match = func(want string) bool { return want == aws.ToString(m.AutomationExecutionId) }
		case types.AutomationExecutionFilterKeyCurrentAction:
			match = func(want string) bool { return want == aws.ToString(m.CurrentAction) }
		case types.AutomationExecutionFilterKeyStartTimeBefore, types.AutomationExecutionFilterKeyStartTimeAfter:
			ok, err := startTime(string(f.Key), f.Values, m.ExecutionStartTime)
			if err != nil || !ok {
				return false, err
			}
			continue
		default:
			return false, apierr.Unsupported("the filter %s of DescribeAutomationExecutions", f.Key)
		}
		if !slices.ContainsFunc(f.Values, match) {
			return false, nil
		}
	}
	return true, nil
}

// startTime applies the filters StartTimeBefore and StartTimeAfter, whose one value is 2006-01-02T15:04:05Z.
func startTime(key string, values []string, at *time.Time) (bool, error) {
	if len(values) != 1 {
		return false, &types.InvalidFilterValue{Message: apierr.Text("The filter %s must have one value.", key)}
	}
	t, err := time.Parse(time.RFC3339, values[0])
	if err != nil {
		return false, &types.InvalidFilterValue{Message: apierr.Text("The filter value %s isn't valid.", values[0])}
	}
	if at == nil {
		return false, nil
	}
	return at.Before(t) == (key == "StartTimeBefore"), nil
}

func (s *Service) describeAutomationStepExecutions(_ context.Context, c call.Caller, in *api.DescribeAutomationStepExecutionsInput) (*api.DescribeAutomationStepExecutionsOutput, error) {
	_, e, err := s.execution(c, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	steps := e.view().StepExecutions
	if aws.ToBool(in.ReverseOrder) {
		slices.Reverse(steps)
	}
	place := map[string]int{}
	all := []types.StepExecution{}
	for i, st := range steps {
		place[*st.StepExecutionId] = i
		ok := true
		for _, f := range in.Filters {
			var have string
			switch f.Key {
			case types.StepExecutionFilterKeyStepName:
				have = aws.ToString(st.StepName)
			case types.StepExecutionFilterKeyStepExecutionId:
				have = aws.ToString(st.StepExecutionId)
			case types.StepExecutionFilterKeyStepExecutionStatus:
				have = string(st.StepStatus)
			case types.StepExecutionFilterKeyAction:
				have = aws.ToString(st.Action)
			case types.StepExecutionFilterKeyStartTimeBefore, types.StepExecutionFilterKeyStartTimeAfter:
				in, err := startTime(string(f.Key), f.Values, st.ExecutionStartTime)
				if err != nil {
					return nil, err
				}
				ok = ok && in
				continue
			default:
				return nil, apierr.Unsupported("the filter %s of DescribeAutomationStepExecutions", f.Key)
			}
			ok = ok && slices.Contains(f.Values, have)
		}
		if ok {
			all = append(all, st)
		}
	}
	const most = 50
	out := &api.DescribeAutomationStepExecutionsOutput{}
	key := func(st types.StepExecution) string { return page.Ascending(place[*st.StepExecutionId]) }
	out.StepExecutions, out.NextToken, err = request.Page(all, key, in.NextToken, in.MaxResults, most)
	return out, err
}

func (s *Service) stopAutomationExecution(_ context.Context, c call.Caller, in *api.StopAutomationExecutionInput) (*api.StopAutomationExecutionOutput, error) {
	if in.Type != "" && in.Type != types.StopTypeCancel {
		return nil, apierr.Unsupported("the stop type %s", in.Type)
	}
	sh, e, err := s.execution(c, in.AutomationExecutionId)
	if err != nil {
		return nil, err
	}
	queued, err := e.stop(sh)
	if queued {
		s.notify(e, types.AutomationExecutionStatusCancelled, "")
	}
	return &api.StopAutomationExecutionOutput{}, err
}

// stop cancels a running execution, or removes one from the queue, which ends it at once.
func (e *execution) stop(sh *shard) (queued bool, err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !e.ended.IsZero():
		return false, &types.InvalidAutomationStatusUpdateException{Message: aws.String("The specified update status operation isn't valid.")}
	case e.cancel != nil:
		e.status = types.AutomationExecutionStatusCancelling
		e.cancel(errCancelled)
		return false, nil
	}
	sh.queue = slices.DeleteFunc(sh.queue, func(q *execution) bool { return q == e })
	e.status, e.ended = types.AutomationExecutionStatusCancelled, e.now()
	return true, nil
}
