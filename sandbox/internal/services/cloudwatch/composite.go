package cloudwatch

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

func (s *Service) putCompositeAlarm(_ context.Context, c call.Caller, in *api.PutCompositeAlarmInput) (*api.PutCompositeAlarmOutput, error) {
	if err := checkAlarmNames(in.AlarmName, in.AlarmDescription); err != nil {
		return nil, err
	}
	if in.AlarmRule == nil {
		return nil, missing("alarmRule")
	}
	if err := checkLength(in.AlarmRule, "alarmRule", 1, maxRule); err != nil {
		return nil, err
	}
	r, err := parseRule(*in.AlarmRule)
	if err != nil {
		return nil, err
	}
	sh, now := s.lock(c)
	defer sh.mu.Unlock()
	var unknown []string
	for _, name := range r.names() {
		if sh.alarms[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		return nil, validation("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", strings.Join(unknown, ", "))
	}
	a := &alarm{
		name: *in.AlarmName, arn: alarmARN(c, in.AlarmName), description: in.AlarmDescription,
		actions: in.ActionsEnabled == nil || *in.ActionsEnabled, rule: r, ruleText: aws.ToString(in.AlarmRule), due: true,
	}
	err = s.put(sh, a, in.Tags, now)
	sh.settle(now)
	return &api.PutCompositeAlarmOutput{}, err
}

// parents are the composite alarms whose rules ask for an alarm, in order of name. The shard is locked.
func (sh *shard) parents(name string) (list []*alarm) {
	for _, n := range sh.names() {
		if a := sh.alarms[n]; a.rule != nil {
			if slices.Contains(a.rule.names(), name) {
				list = append(list, a)
			}
		}
	}
	return list
}
