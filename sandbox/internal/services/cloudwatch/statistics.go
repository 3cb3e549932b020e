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
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

// maxStatistics is the most data points of one answer of GetMetricStatistics.
const maxStatistics = 1440

func (s *Service) getMetricStatistics(_ context.Context, c call.Caller, in *api.GetMetricStatisticsInput) (*api.GetMetricStatisticsOutput, error) {
	switch {
	case in.Namespace == nil:
		return nil, missing("namespace")
	case in.MetricName == nil:
		return nil, missing("metricName")
	case in.Period == nil:
		return nil, missing("period")
	case len(in.Statistics) == 0:
		return nil, &types.MissingRequiredParameterException{Message: aws.String("Either Statistics or ExtendedStatistics must be provided.")} // UNCONFIRMED: the text
	}
	if err := checkSpan(in.StartTime, in.EndTime); err != nil {
		return nil, err
	}
	for _, statistic := range in.Statistics {
		if !slices.Contains(statistic.Values(), statistic) {
			return nil, constraint(statistic, "statistics", apierr.OneOf(statistic.Values()...))
		}
	}
	period, err := checkPeriod(*in.Period, "Period")
	if err != nil {
		return nil, err
	}
	if n := int64(in.EndTime.Sub(*in.StartTime) / period); n > maxStatistics {
		return nil, combination("You have requested up to %s datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", thousands(n))
	}
	m, err := find(in.Namespace, in.MetricName, in.Dimensions)
	if err != nil {
		return nil, err
	}
	if in.Unit != "" && in.Unit != m.unit {
		m.sample = nil
	}
	now := s.Clock.Now()
	from, until := window(in.StartTime, in.EndTime, now, period)
	out := &api.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []types.Datapoint{}}
	for _, x := range points(s.samples(pair.Key{Account: c.Account, Region: c.Region}, m, from, until, now), from, period) {
		out.Datapoints = append(out.Datapoints, datapoint(x, m.unit, in.Statistics))
	}
	disorder(out.Datapoints)
	return out, nil
}

func datapoint(x sample, unit types.StandardUnit, statistics []types.Statistic) types.Datapoint {
	d := types.Datapoint{Timestamp: aws.Time(x.at), Unit: unit}
	for _, s := range statistics {
		v := aws.Float64(x.statistic(s))
		switch s {
		case types.StatisticSampleCount:
			d.SampleCount = v
		case types.StatisticSum:
			d.Sum = v
		case types.StatisticMinimum:
			d.Minimum = v
		case types.StatisticMaximum:
			d.Maximum = v
		case types.StatisticAverage:
			d.Average = v
		}
	}
	return d
}

// disorder puts data points out of order: "not returned in chronological order" (API Reference, GetMetricStatistics).
func disorder(list []types.Datapoint) {
	slices.SortStableFunc(list, func(a, b types.Datapoint) int {
		key := func(t *time.Time) int64 { return t.Unix() / 60 % 7 }
		return int(key(a.Timestamp) - key(b.Timestamp))
	})
}
