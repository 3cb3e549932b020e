package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// alarm is a metric alarm, or a composite one if it has a rule.
type alarm struct {
	name, arn   string
	description *string
	actions     bool // ActionsEnabled; there are no actions
	configured  time.Time
	state       types.StateValue
	reason      string
	data        *string // StateReasonData
	updated     time.Time
	moved       time.Time         // when the state changed last
	tags        map[string]string // nil until there is one

	metric   metric
	settings api.PutMetricAlarmInput // of a metric alarm
	period   time.Duration
	rule     *rule // of a composite alarm
	ruleText string
	due      bool // a composite alarm is to be evaluated
}

func (a *alarm) kind() types.AlarmType {
	if a.rule != nil {
		return types.AlarmTypeCompositeAlarm
	}
	return types.AlarmTypeMetricAlarm
}

func (s *Service) alarmOps() []*call.Op {
	return []*call.Op{
		call.Operation(service, "PutMetricAlarm", s.putMetricAlarm).
			Accepts("AlarmName", "AlarmDescription", "ActionsEnabled", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Unit",
				"EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Tags").
			Permissions(call.OnAction("cloudwatch:PutMetricAlarm", func(c call.Caller, in *api.PutMetricAlarmInput) string { return alarmARN(c, in.AlarmName) }).
				And(tagging(func(c call.Caller, in *api.PutMetricAlarmInput) (string, []types.Tag) {
					return alarmARN(c, in.AlarmName), in.Tags
				}))).
			Limited(perSecond("PutMetricAlarm", 3)),
		call.Operation(service, "PutCompositeAlarm", s.putCompositeAlarm).
			Accepts("AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmRule", "Tags").
			Permissions(call.OnAction("cloudwatch:PutCompositeAlarm", func(c call.Caller, in *api.PutCompositeAlarmInput) string { return alarmARN(c, in.AlarmName) }).
				And(tagging(func(c call.Caller, in *api.PutCompositeAlarmInput) (string, []types.Tag) {
					return alarmARN(c, in.AlarmName), in.Tags
									}))).
			Limited(perSecond("PutCompositeAlarm", 3)), // UNCONFIRMED: the guide names PutMetricAlarm only
		call.Operation(service, "SetAlarmState", s.setAlarmState).
			Accepts("AlarmName", "StateValue", "StateReason", "StateReasonData").
			Permissions(call.OnAction("cloudwatch:SetAlarmState", func(c call.Caller, in *api.SetAlarmStateInput) string { return alarmARN(c, in.AlarmName) })).
			Limited(perSecond("SetAlarmState", 3)),
		call.Operation(service, "DeleteAlarms", s.deleteAlarms).
			Accepts("AlarmNames").
			Permissions(call.For(func(c call.Caller, in *api.DeleteAlarmsInput) (all []call.Permission) {
				for _, name := range in.AlarmNames {
					all = append(all, call.Permission{Action: "cloudwatch:DeleteAlarms", Resource: alarmARN(c, &name)})
				}
				return all
			})).
			Limited(perSecond("DeleteAlarms", 3)),
		s.describeAlarmsOp(),
	}
}

// tagging is the permission to give tags to what is made.
func tagging[I any](tags func(call.Caller, *I) (string, []types.Tag)) call.PermissionsFunc {
	return call.For(func(c call.Caller, in *I) []call.Permission {
		arn, list := tags(c, in)
		if len(list) == 0 {
			return nil
		}
		return []call.Permission{{Action: "cloudwatch:TagResource", Resource: arn}}
	})
}

func alarmARN(c call.Caller, name *string) string {
	return "arn:" + function.Partition(c.Region) + ":cloudwatch:" + c.Region + ":" + c.Account + ":alarm:" + aws.ToString(name)
}

// put stores an alarm. One of the name keeps its state and its tags: an update of the configuration changes neither.
// The shard is locked.
func (s *Service) put(sh *shard, a *alarm, tags []types.Tag, now time.Time) error {
	a.configured = now
	old := sh.alarms[a.name]
	if old != nil && old.kind() != a.kind() {
		return validation("Alarm %s is a %s.", a.name, old.kind()) // UNCONFIRMED: the text
	}
	if old != nil {
		a.state, a.reason, a.data, a.updated, a.moved, a.tags = old.state, old.reason, old.data, old.updated, old.moved, old.tags
		sh.alarms[a.name] = a
		sh.note(a, now, types.HistoryItemTypeConfigurationUpdate, "Alarm \""+a.name+"\" updated", configuration("Update", a))
		return nil
	}
	if len(tags) > maxTags {
		return validation("%s", apierr.ConstraintText(nil, "tags", apierr.MaxLength(maxTags)))
	}
	a.state, a.reason, a.updated, a.moved = types.StateValueInsufficientData, "Unchecked: Initial alarm creation", now, now
	for _, t := range tags {
		if a.tags == nil {
			a.tags = map[string]string{}
		}
		a.tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	sh.alarms[a.name] = a
	sh.note(a, now, types.HistoryItemTypeConfigurationUpdate, "Alarm \""+a.name+"\" created", configuration("Create", a))
	return nil
}

func (s *Service) setAlarmState(_ context.Context, c call.Caller, in *api.SetAlarmStateInput) (*api.SetAlarmStateOutput, error) {
	switch {
	case in.AlarmName == nil:
		return nil, missing("alarmName")
	case in.StateReason == nil:
		return nil, missing("stateReason")
	case !slices.Contains(in.StateValue.Values(), in.StateValue):
		return nil, constraint(in.StateValue, "stateValue", apierr.OneOf(types.StateValueInsufficientData, types.StateValueAlarm, types.StateValueOk))
	}
	if err := checkLength(in.StateReason, "stateReason", 0, 1023); err != nil {
		return nil, err
	}
	if err := checkLength(in.StateReasonData, "stateReasonData", 0, 4000); err != nil {
		return nil, err
	}
	if in.StateReasonData != nil && !isJSON(*in.StateReasonData) {
		return nil, &types.InvalidFormatFault{Message: aws.String("StateReasonData is not valid JSON.")} // UNCONFIRMED: the text
	}
	sh, now := s.lock(c)
	defer sh.mu.Unlock()
	a := sh.alarms[*in.AlarmName]
	if a == nil {
		return nil, notFound()
	}
	sh.move(a, now, in.StateValue, *in.StateReason, in.StateReasonData)
	sh.settle(now)
	return &api.SetAlarmStateOutput{}, nil
}

// maxDeleted is the most alarms of one DeleteAlarms.
const maxDeleted = 100

// deleteAlarms deletes those that exist ("the alarms you specify with correct names are still deleted", API Reference).
func (s *Service) deleteAlarms(_ context.Context, c call.Caller, in *api.DeleteAlarmsInput) (*api.DeleteAlarmsOutput, error) {
	switch n := len(in.AlarmNames); {
	case n == 0:
		return nil, missing("alarmNames")
	case n > maxDeleted:
		return nil, constraint(nil, "alarmNames", apierr.MaxLength(maxDeleted))
	}
	sh, now := s.lock(c)
	defer sh.mu.Unlock()
	names := slices.Compact(slices.Sorted(slices.Values(in.AlarmNames)))
	names = slices.DeleteFunc(names, func(n string) bool { return sh.alarms[n] == nil })
	if len(names) == 0 {
		return nil, notFound() // UNCONFIRMED: the model has the error, no document says when
	}
	composites := 0
	for _, name := range names {
		if sh.alarms[name].rule != nil {
			composites++
		}
		for _, parent := range sh.parents(name) {
			if parent.name == name || !slices.Contains(names, parent.name) {
				return nil, validation("Cannot delete %s as there are composite alarm(s) depending on it.", name)
			}
		}
	}
	if composites > 1 {
		return nil, validation("You can delete at most one composite alarm in one operation.") // UNCONFIRMED: the text
	}
	for _, name := range names {
		a := sh.alarms[name]
		sh.note(a, now, types.HistoryItemTypeConfigurationUpdate, "Alarm \""+name+"\" deleted", configuration("Delete", a))
		delete(sh.alarms, name)
	}
	return &api.DeleteAlarmsOutput{}, nil
}
