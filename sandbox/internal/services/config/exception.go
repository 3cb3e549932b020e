package config

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

const maxMessage = 1024

// exception excludes a resource from automatic remediation.
type exception struct {
	message string
	expires time.Time // zero for never
}

func (s *Service) exceptionOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "PutRemediationExceptions", s.putRemediationExceptions).Accepts("ConfigRuleName", "ResourceKeys", "Message", "ExpirationTime"),
		call.Operation("config", "DescribeRemediationExceptions", s.describeRemediationExceptions).Accepts("ConfigRuleName", "ResourceKeys", "Limit", "NextToken"),
		call.Operation("config", "DeleteRemediationExceptions", s.deleteRemediationExceptions).Accepts("ConfigRuleName", "ResourceKeys"),
	}
}

// excepted says whether a resource has an exception. It removes one that has expired. The shard is locked.
func (s *Service) excepted(r *rule, name string) bool {
	x := r.exceptions[name]
	if x != nil && !x.expires.IsZero() && s.Clock.Now().After(x.expires) {
		delete(r.exceptions, name)
		return false
	}
	return x != nil
}

func (x *exception) view(r *rule, name string) types.RemediationException {
	return types.RemediationException{
		ConfigRuleName: r.conf.ConfigRuleName, ResourceType: aws.String(recording.ResourceType), ResourceId: aws.String(name),
		Message: optional.Text(x.message), ExpirationTime: optional.Time(x.expires),
	}
}

func checkKeys(keys []types.RemediationExceptionResourceKey) error {
	switch {
	case len(keys) == 0:
		return apierr.Missing("resourceKeys")
	case len(keys) > maxKeys:
		return apierr.TooLong("resourceKeys", maxKeys)
	default:
		return nil
	}
}

func (s *Service) putRemediationExceptions(_ context.Context, c call.Caller, in *api.PutRemediationExceptionsInput) (*api.PutRemediationExceptionsOutput, error) {
	if err := checkKeys(in.ResourceKeys); err != nil {
		return nil, err
	}
	if len(aws.ToString(in.Message)) > maxMessage {
		return nil, apierr.TooLong("message", maxMessage)
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.rules[aws.ToString(in.ConfigRuleName)]
	if r == nil {
		return nil, invalid("The ConfigRule '%s' provided in the request is invalid", aws.ToString(in.ConfigRuleName))
	}
	out := &api.PutRemediationExceptionsOutput{FailedBatches: []types.FailedRemediationExceptionBatch{}}
	for _, k := range in.ResourceKeys {
		name := aws.ToString(k.ResourceId)
		x := &exception{message: aws.ToString(in.Message), expires: aws.ToTime(in.ExpirationTime)}
		if found, ok := r.results[name]; !ok || found.verdict != nonCompliant || aws.ToString(k.ResourceType) != recording.ResourceType {
			out.FailedBatches = append(out.FailedBatches, types.FailedRemediationExceptionBatch{
				FailureMessage: apierr.Text("An exception can be put on a NON_COMPLIANT resource only"),
				FailedItems:    []types.RemediationException{x.view(r, name)},
			})
			continue
		}
		r.exceptions[name] = x
	}
	return out, nil
}

func (s *Service) describeRemediationExceptions(_ context.Context, c call.Caller, in *api.DescribeRemediationExceptionsInput) (*api.DescribeRemediationExceptionsOutput, error) {
	if len(in.ResourceKeys) > maxKeys {
		return nil, apierr.TooLong("resourceKeys", maxKeys)
	}
	if in.ConfigRuleName == nil {
		return nil, apierr.Missing("configRuleName")
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	named := map[string]types.RemediationException{}
	if r := sh.rules[*in.ConfigRuleName]; r != nil {
		keys := in.ResourceKeys
		for n := range r.exceptions {
			if len(in.ResourceKeys) == 0 {
				keys = append(keys, types.RemediationExceptionResourceKey{ResourceId: aws.String(n), ResourceType: aws.String(recording.ResourceType)})
			}
		}
		for _, k := range keys {
			if n := aws.ToString(k.ResourceId); aws.ToString(k.ResourceType) == recording.ResourceType && s.excepted(r, n) {
				named[n] = r.exceptions[n].view(r, n)
			}
		}
	}
	part, next, err := cut(sorted(named), func(x types.RemediationException) string { return *x.ResourceId }, in.NextToken, in.Limit, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	return &api.DescribeRemediationExceptionsOutput{RemediationExceptions: part, NextToken: next}, nil
}

// deleteRemediationExceptions lets automatic remediation try the resources again.
func (s *Service) deleteRemediationExceptions(_ context.Context, c call.Caller, in *api.DeleteRemediationExceptionsInput) (*api.DeleteRemediationExceptionsOutput, error) {
	if err := checkKeys(in.ResourceKeys); err != nil {
		return nil, err
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.rules[aws.ToString(in.ConfigRuleName)]
	if r == nil || len(r.exceptions) == 0 {
		return nil, &types.NoSuchRemediationExceptionException{Message: apierr.Text("No remediation exception of the rule %s exists", aws.ToString(in.ConfigRuleName))}
	}
	out := &api.DeleteRemediationExceptionsOutput{FailedBatches: []types.FailedDeleteRemediationExceptionsBatch{}}
	for _, k := range in.ResourceKeys {
		if n := aws.ToString(k.ResourceId); r.exceptions[n] == nil || aws.ToString(k.ResourceType) != recording.ResourceType {
			out.FailedBatches = append(out.FailedBatches, types.FailedDeleteRemediationExceptionsBatch{
				FailureMessage: apierr.Text("The resource has no remediation exception"), FailedItems: []types.RemediationExceptionResourceKey{k},
			})
			continue
		}
		delete(r.exceptions, *k.ResourceId)
	}
	if s.Quirks.Is(quirk.ClearedException, "yes") {
		s.retryLater(sh, r)
	}
	return out, nil
}
