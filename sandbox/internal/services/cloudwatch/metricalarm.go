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
)

func (s *Service) putMetricAlarm(_ context.Context, c call.Caller, in *api.PutMetricAlarmInput) (*api.PutMetricAlarmOutput, error) {
	if err := checkAlarmNames(in.AlarmName, in.AlarmDescription); err != nil {
		return nil, err
	}
	if err := checkMetricAlarm(in); err != nil {
		return nil, err
	}
	m, err := find(in.Namespace, in.MetricName, in.Dimensions)
	if err != nil {
		return nil, err
	}
	period, err := checkPeriod(*in.Period, "Period")
	if err != nil {
		return nil, err
	}
	const day = 24 * time.Hour
	if time.Duration(*in.EvaluationPeriods)*period > day {
		return nil, validation("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).") // UNCONFIRMED: the text
	}
	if in.Unit != "" && in.Unit != m.unit {
		m.sample = nil // data of another unit do not exist
	}
	a := &alarm{
		name: *in.AlarmName, arn: alarmARN(c, in.AlarmName), description: in.AlarmDescription,
		actions: in.ActionsEnabled == nil || *in.ActionsEnabled, metric: m, settings: *in, period: period,
	}
	sh, now := s.lock(c)
	defer sh.mu.Unlock()
	return &api.PutMetricAlarmOutput{}, s.put(sh, a, in.Tags, now)
}

func checkAlarmNames(name, description *string) error {
	if name == nil {
		return missing("alarmName")
	}
	if err := checkLength(name, "alarmName", 1, 255); err != nil {
		return err
	}
	return checkLength(description, "alarmDescription", 0, 1024)
}

// checkMetricAlarm holds an alarm to the model and to what the documents require. Metric math, percentiles and anomaly
// detection are members that the operation does not accept.
func checkMetricAlarm(in *api.PutMetricAlarmInput) error {
	switch {
	case in.MetricName == nil:
		return missing("metricName")
	case in.Namespace == nil:
		return missing("namespace")
	case in.Statistic == "":
		return missing("statistic")
	case in.Period == nil:
		return missing("period")
	case in.EvaluationPeriods == nil:
		return missing("evaluationPeriods")
	case in.Threshold == nil:
		return missing("threshold")
	case in.ComparisonOperator == "":
		return missing("comparisonOperator")
	case !slices.Contains(in.Statistic.Values(), in.Statistic):
		return constraint(in.Statistic, "statistic", apierr.OneOf(in.Statistic.Values()...))
	case !slices.Contains(in.ComparisonOperator.Values(), in.ComparisonOperator):
		return constraint(in.ComparisonOperator, "comparisonOperator", apierr.OneOf(in.ComparisonOperator.Values()...))
	case comparison(in.ComparisonOperator) == "":
		return apierr.Unsupported("the comparison operator %s: anomaly detection", in.ComparisonOperator)
	case *in.EvaluationPeriods < 1:
		return constraint(*in.EvaluationPeriods, "evaluationPeriods", "Member must have value greater than or equal to 1")
	case in.DatapointsToAlarm != nil && (*in.DatapointsToAlarm < 1 || *in.DatapointsToAlarm > *in.EvaluationPeriods):
		return validation("DatapointsToAlarm must be between 1 and EvaluationPeriods (%d), is %d.", *in.EvaluationPeriods, *in.DatapointsToAlarm) // UNCONFIRMED: the text
	case in.TreatMissingData != nil && !slices.Contains([]string{breaching, notBreaching, ignore, missingData}, *in.TreatMissingData):
		return validation("Option %s is not supported for parameter TreatMissingData.", *in.TreatMissingData) // UNCONFIRMED: the text
	case in.Unit != "" && !slices.Contains(in.Unit.Values(), in.Unit):
		return constraint(in.Unit, "unit", apierr.OneOf(in.Unit.Values()...))
	case len(in.Dimensions) > 30:
		return constraint(nil, "dimensions", apierr.MaxLength(30))
	default:
		return nil
	}
}

// The ways to treat missing data.
const (
	breaching    = "breaching"
	notBreaching = "notBreaching"
	ignore       = "ignore"
	missingData  = "missing"
)

// comparison is an operator in the words of a state's reason, or empty for one of anomaly detection.
func comparison(op types.ComparisonOperator) string {
	switch op {
	case types.ComparisonOperatorGreaterThanThreshold:
		return "greater than"
	case types.ComparisonOperatorGreaterThanOrEqualToThreshold:
		return "greater than or equal to"
	case types.ComparisonOperatorLessThanThreshold:
		return "less than"
	case types.ComparisonOperatorLessThanOrEqualToThreshold:
		return "less than or equal to"
	default:
		return ""
	}
}

// breaches says whether a value is on the wrong side of the threshold.
func (a *alarm) breaches(value float64) bool {
	threshold := aws.ToFloat64(a.settings.Threshold)
	switch a.settings.ComparisonOperator {
	case types.ComparisonOperatorGreaterThanThreshold:
		return value > threshold
	case types.ComparisonOperatorGreaterThanOrEqualToThreshold:
		return value >= threshold
	case types.ComparisonOperatorLessThanThreshold:
		return value < threshold
	default:
		return value <= threshold
	}
}

// needed is how many of the evaluated data points must breach.
func (a *alarm) needed() int {
	if n := a.settings.DatapointsToAlarm; n != nil {
		return int(*n)
	}
	return int(*a.settings.EvaluationPeriods)
}
