package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// startRemediationExecution remediates resources on request, also those that automatic remediation would skip.
func (s *Service) startRemediationExecution(_ context.Context, c call.Caller, in *api.StartRemediationExecutionInput) (*api.StartRemediationExecutionOutput, error) {
	switch {
	case len(in.ResourceKeys) == 0:
		return nil, apierr.Missing("resourceKeys")
	case len(in.ResourceKeys) > maxKeys:
		return nil, apierr.TooLong("resourceKeys", maxKeys)
	}
	sh, r, err := lockAndFind(s, c, (*shard).remediated, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	out := &api.StartRemediationExecutionOutput{FailedItems: []types.ResourceKey{}}
	refuse := func(k types.ResourceKey, why string) {
		out.FailedItems = append(out.FailedItems, k)
		out.FailureMessage = aws.String(why)
	}
	for _, k := range in.ResourceKeys {
		name := aws.ToString(k.ResourceId)
		known, ok := sh.items.Find(name)
		switch x := r.remediation.executions[name]; {
		case !ok || k.ResourceType != recording.ResourceType || known.Latest().Deleted:
			refuse(k, "The resource is not known")
		case x != nil && x.active():
			refuse(k, "A remediation execution is in progress for the resource")
		default:
			s.enqueue(r, name, false)
		}
	}
	s.startQueued(sh, r.remediation)
	return out, nil
}

func (s *Service) describeRemediationExecutionStatus(_ context.Context, c call.Caller, in *api.DescribeRemediationExecutionStatusInput) (*api.DescribeRemediationExecutionStatusOutput, error) {
	if len(in.ResourceKeys) > maxKeys {
		return nil, apierr.TooLong("resourceKeys", maxKeys)
	}
	sh, r, err := lockAndFind(s, c, (*shard).remediated, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	wanted := r.remediation.executions
	if len(in.ResourceKeys) > 0 {
		wanted = map[string]*execution{}
		for _, k := range in.ResourceKeys {
			if x := r.remediation.executions[aws.ToString(k.ResourceId)]; x != nil && k.ResourceType == recording.ResourceType {
				wanted[x.name] = x
			}
		}
	}
	part, next, err := cut(sorted(wanted), func(x *execution) string { return x.name }, in.NextToken, in.Limit, maxKeys, maxKeys)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeRemediationExecutionStatusOutput{RemediationExecutionStatuses: []types.RemediationExecutionStatus{}, NextToken: next}
	for _, x := range part {
		out.RemediationExecutionStatuses = append(out.RemediationExecutionStatuses, types.RemediationExecutionStatus{
			ResourceKey: &types.ResourceKey{ResourceId: aws.String(x.name), ResourceType: recording.ResourceType},
			State:       x.state, StepDetails: x.steps, InvocationTime: optional.Time(x.invoked), LastUpdatedTime: optional.Time(x.updated),
		})
	}
	return out, nil
}
