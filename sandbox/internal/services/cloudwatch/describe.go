package cloudwatch

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Sizes of a page of DescribeAlarms. The default is in the API Reference, the most in the model.
const (
	defaultAlarms = 50
	maxRecords    = 100
)

func (s *Service) describeAlarmsOp() *call.Op {
	return call.Operation(service, "DescribeAlarms", s.describeAlarms).
		Accepts("AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "ChildrenOfAlarmName", "ParentsOfAlarmName", "MaxRecords", "NextToken").
		Permissions(call.OnAction("cloudwatch:DescribeAlarms", func(c call.Caller, in *api.DescribeAlarmsInput) string {
			return readable(c, nil, in.AlarmTypes)
		})).
		Limited(perSecond("DescribeAlarms", 9))
}

// readable is the resource of a permission to read about alarms. Composite ones take a permission on "*" (API Reference,
// DescribeAlarms and DescribeAlarmHistory).
func readable(c call.Caller, name *string, kinds []types.AlarmType) string {
	switch {
	case slices.Contains(kinds, types.AlarmTypeCompositeAlarm):
		return "*"
	case name != nil:
		return alarmARN(c, name)
	default:
		return alarmARN(c, aws.String("*"))
	}
}

func (s *Service) describeAlarms(_ context.Context, c call.Caller, in *api.DescribeAlarmsInput) (*api.DescribeAlarmsOutput, error) {
	if err := checkDescribe(in); err != nil {
		return nil, err
	}
	sh, _ := s.lock(c)
	defer sh.mu.Unlock()
	list, err := sh.selected(in)
	if err != nil {
		return nil, err
	}
	size := defaultAlarms
	if in.MaxRecords != nil {
		size = int(*in.MaxRecords)
	}
	part, next, ok := page.Cut(list, func(a *alarm) string { return a.name }, in.NextToken, size)
	if !ok {
		return nil, badToken()
	}
	out := &api.DescribeAlarmsOutput{MetricAlarms: []types.MetricAlarm{}, CompositeAlarms: []types.CompositeAlarm{}, NextToken: next}
	for _, a := range part {
		m, c := a.view(), a.composite()
		switch { // of a family, few members are told (API Reference)
		case in.ChildrenOfAlarmName != nil:
			m = types.MetricAlarm{AlarmName: m.AlarmName, AlarmArn: m.AlarmArn, StateValue: m.StateValue, StateUpdatedTimestamp: m.StateUpdatedTimestamp}
			c = types.CompositeAlarm{AlarmName: c.AlarmName, AlarmArn: c.AlarmArn, StateValue: c.StateValue, StateUpdatedTimestamp: c.StateUpdatedTimestamp}
		case in.ParentsOfAlarmName != nil:
			c = types.CompositeAlarm{AlarmName: c.AlarmName, AlarmArn: c.AlarmArn}
		}
		if a.rule != nil {
			out.CompositeAlarms = append(out.CompositeAlarms, c)
		} else {
			out.MetricAlarms = append(out.MetricAlarms, m)
		}
	}
	return out, nil
}

func checkDescribe(in *api.DescribeAlarmsInput) error {
	others := in.AlarmNames != nil || in.AlarmNamePrefix != nil || in.AlarmTypes != nil || in.StateValue != ""
	switch {
	case len(in.AlarmNames) > 100:
		return constraint(nil, "alarmNames", apierr.MaxLength(100))
	case in.AlarmNamePrefix != nil && in.AlarmNames != nil:
		return validation("Only one of AlarmNames and AlarmNamePrefix can be specified.") // UNCONFIRMED: the text
	case in.ChildrenOfAlarmName != nil && (others || in.ParentsOfAlarmName != nil), in.ParentsOfAlarmName != nil && others:
		// The texts of the two are UNCONFIRMED.
		return validation("ChildrenOfAlarmName and ParentsOfAlarmName cannot be specified with other parameters but MaxRecords and NextToken.")
	case in.StateValue != "" && !slices.Contains(in.StateValue.Values(), in.StateValue):
		return constraint(in.StateValue, "stateValue", apierr.OneOf(types.StateValueInsufficientData, types.StateValueAlarm, types.StateValueOk))
	}
	if err := checkTypes(in.AlarmTypes); err != nil {
		return err
	}
	return checkCount(in.MaxRecords, "maxRecords", 1, maxRecords)
}

func checkTypes(list []types.AlarmType) error {
	for _, t := range list {
		if !slices.Contains(t.Values(), t) {
			return constraint(t, "alarmTypes", apierr.OneOf(t.Values()...))
		}
	}
	return nil
}

// wantsType says whether a request is about alarms of a type: about metric alarms alone if it names none (API Reference).
func wantsType(list []types.AlarmType, t types.AlarmType) bool {
	if len(list) == 0 {
		return t == types.AlarmTypeMetricAlarm
	}
	return slices.Contains(list, t)
}

// selected are the alarms that a request asks for, in order of name. The shard is locked.
func (sh *shard) selected(in *api.DescribeAlarmsInput) (list []*alarm, err error) {
	switch {
	case in.ChildrenOfAlarmName != nil:
		parent := sh.alarms[*in.ChildrenOfAlarmName]
		if parent == nil || parent.rule == nil {
			return nil, notFound()
		}
		for _, name := range parent.rule.names() {
			list = append(list, sh.alarms[name])
		}
		return list, nil
	case in.ParentsOfAlarmName != nil:
		return sh.parents(*in.ParentsOfAlarmName), nil
	}
	for _, name := range sh.names() {
		a := sh.alarms[name]
		if (in.AlarmNames == nil || slices.Contains(in.AlarmNames, name)) && strings.HasPrefix(name, aws.ToString(in.AlarmNamePrefix)) &&
			(in.StateValue == "" || in.StateValue == a.state) && wantsType(in.AlarmTypes, a.kind()) {
			list = append(list, a)
		}
	}
	return list, nil
}

// view is a metric alarm as the API shows it: lists of actions and dimensions are there even when they are empty (recorded).
func (a *alarm) view() types.MetricAlarm {
	x := a.settings
	dimensions := x.Dimensions
	if dimensions == nil {
		dimensions = []types.Dimension{}
	}
	return types.MetricAlarm{
		AlarmName: &a.name, AlarmArn: &a.arn, AlarmDescription: a.description, AlarmConfigurationUpdatedTimestamp: &a.configured,
		ActionsEnabled: &a.actions, OKActions: []string{}, AlarmActions: []string{}, InsufficientDataActions: []string{},
		StateValue: a.state, StateReason: &a.reason, StateReasonData: a.data, StateUpdatedTimestamp: &a.updated, StateTransitionedTimestamp: &a.moved,
		Namespace: x.Namespace, MetricName: x.MetricName, Dimensions: dimensions, Statistic: x.Statistic, Period: x.Period, Unit: x.Unit,
		EvaluationPeriods: x.EvaluationPeriods, DatapointsToAlarm: x.DatapointsToAlarm, Threshold: x.Threshold,
		ComparisonOperator: x.ComparisonOperator, TreatMissingData: x.TreatMissingData,
	}
}

func (a *alarm) composite() types.CompositeAlarm {
	return types.CompositeAlarm{
		AlarmName: &a.name, AlarmArn: &a.arn, AlarmDescription: a.description, AlarmConfigurationUpdatedTimestamp: &a.configured,
		ActionsEnabled: &a.actions, OKActions: []string{}, AlarmActions: []string{}, InsufficientDataActions: []string{},
		AlarmRule: &a.ruleText, StateValue: a.state, StateReason: &a.reason, StateReasonData: a.data,
		StateUpdatedTimestamp: &a.updated, StateTransitionedTimestamp: &a.moved,
	}
}
