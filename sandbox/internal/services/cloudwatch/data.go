package cloudwatch

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

func (s *Service) metricOps() []*call.Op {
	return []*call.Op{
		call.Operation(service, "GetMetricData", s.getMetricData).
			Accepts("MetricDataQueries.Id", "MetricDataQueries.Label", "MetricDataQueries.ReturnData",
				"MetricDataQueries.MetricStat", "StartTime", "EndTime", "ScanBy", "MaxDatapoints", "NextToken").
			Permissions(call.OnAction("cloudwatch:GetMetricData", everything[api.GetMetricDataInput])).
			Limited(perSecond("GetMetricData", 50)),
		call.Operation(service, "GetMetricStatistics", s.getMetricStatistics).
			Accepts("Namespace", "MetricName", "Dimensions", "StartTime", "EndTime", "Period", "Statistics", "Unit").
			Permissions(call.OnAction("cloudwatch:GetMetricStatistics", everything[api.GetMetricStatisticsInput])).
			Limited(perSecond("GetMetricStatistics", 400)),
		call.Operation(service, "ListMetrics", s.listMetrics).
			Accepts("Namespace", "MetricName", "Dimensions", "RecentlyActive", "NextToken").
			Permissions(call.OnAction("cloudwatch:ListMetrics", everything[api.ListMetricsInput])).
			Limited(perSecond("ListMetrics", 25)),
	}
}

// Limits of GetMetricData (CloudWatch API Reference).
const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

// query is one question of GetMetricData.
type query struct {
	metric
	id, label string
	statistic types.Statistic
	period    time.Duration
	silent    bool // ReturnData is false
}

// point is one data point of an answer.
type point struct {
	query int
	at    time.Time
	value float64
}

func (s *Service) getMetricData(_ context.Context, c call.Caller, in *api.GetMetricDataInput) (*api.GetMetricDataOutput, error) {
	if err := checkSpan(in.StartTime, in.EndTime); err != nil {
		return nil, err
	}
	queries, err := readQueries(in.MetricDataQueries)
	if err != nil {
		return nil, err
	}
	size := maxDatapoints
	if in.MaxDatapoints != nil {
		size = int(*in.MaxDatapoints)
	}
	if size < 1 || size > maxDatapoints {
		return nil, validation("The parameter MaxDatapoints must be between 1 and %d.", maxDatapoints) // UNCONFIRMED: the text
	}
	switch in.ScanBy {
	case "", types.ScanByTimestampAscending, types.ScanByTimestampDescending:
	default:
		return nil, constraint(in.ScanBy, "scanBy", apierr.OneOf(in.ScanBy.Values()...))
	}
	all := s.answer(pair.Key{Account: c.Account, Region: c.Region}, queries, in)
	key := func(p point) string {
		if in.ScanBy == types.ScanByTimestampAscending {
			return page.Ascending(p.query) + page.Ascending(int(p.at.Unix()))
		}
		return page.Ascending(p.query) + page.Descending(int(p.at.Unix()))
	}
	part, next, ok := page.Cut(all, key, in.NextToken, size)
	if !ok {
		return nil, badToken()
	}
	return &api.GetMetricDataOutput{MetricDataResults: results(queries, part, in.NextToken == nil, next != nil), Messages: []types.MessageData{}, NextToken: next}, nil
}

func checkSpan(start, end *time.Time) error {
	switch {
	case start == nil:
		return missing("startTime")
	case end == nil:
		return missing("endTime")
	case !start.Before(*end):
		return validation("The parameter StartTime must be less than the parameter EndTime.") // UNCONFIRMED: the text
	default:
		return nil
	}
}

var idPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

func readQueries(list []types.MetricDataQuery) ([]query, error) {
	switch n := len(list); {
	case n == 0:
		return nil, missing("metricDataQueries")
	case n > maxQueries:
		return nil, validation("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	}
	queries, silent, ids := make([]query, len(list)), 0, map[string]bool{}
	for i, in := range list {
		q, err := readQuery(in)
		if err != nil {
			return nil, err
		}
		if ids[q.id] {
			return nil, validation("The values for parameter id in MetricDataQueries are not unique.")
		}
		ids[q.id] = true
		queries[i] = q
		if q.silent {
			silent++
		}
	}
	if silent == len(queries) {
		return nil, validation("At least one element of MetricDataQueries must return data.") // UNCONFIRMED: the text
	}
	name(queries, list)
	return queries, nil
}

func readQuery(in types.MetricDataQuery) (q query, err error) {
	q = query{id: aws.ToString(in.Id), label: aws.ToString(in.Label), silent: in.ReturnData != nil && !*in.ReturnData}
	switch {
	case !idPattern.MatchString(q.id) || len(q.id) > 255:
		return q, validation("The value %s for parameter Id is not matching the expected pattern %s.", q.id, idPattern)
	case strings.Contains(q.label, "${"):
		return q, apierr.Unsupported("the dynamic label %s of the query %s", q.label, q.id)
	case in.MetricStat == nil || in.MetricStat.Metric == nil:
		return q, missing("metricDataQueries.metricStat.metric")
	}
	m := in.MetricStat
	if q.metric, err = find(m.Metric.Namespace, m.Metric.MetricName, m.Metric.Dimensions); err != nil {
		return q, err
	}
	if q.statistic, err = checkStatistic(aws.ToString(m.Stat)); err != nil {
		return q, err
	}
	if q.period, err = checkPeriod(aws.ToInt32(m.Period), "Period"); err != nil {
		return q, err
	}
	if m.Unit != "" && m.Unit != q.unit {
		q.sample = nil // data of another unit do not exist
	}
	return q, nil
}

// name gives queries without a label one: the metric's name, and what tells queries apart that ask for the same name
// (recorded for statistics and periods; UNCONFIRMED for dimensions).
func name(queries []query, list []types.MetricDataQuery) {
	same := map[string][]int{}
	for i, in := range list {
		if in.Label == nil {
			metric := aws.ToString(in.MetricStat.Metric.MetricName)
			same[metric] = append(same[metric], i)
		}
	}
	for metric, group := range same {
		functions, statistics, periods := map[string]bool{}, map[types.Statistic]bool{}, map[int32]bool{}
		for _, i := range group {
			functions[queries[i].function], statistics[queries[i].statistic], periods[*list[i].MetricStat.Period] = true, true, true
		}
		for _, i := range group {
			parts := []string{metric}
			if len(functions) > 1 {
				parts = []string{queries[i].function, metric}
			}
			if len(statistics) > 1 {
				parts = append(parts, string(queries[i].statistic))
			}
			if len(periods) > 1 {
				parts = append(parts, itoa(*list[i].MetricStat.Period))
			}
			queries[i].label = strings.Join(parts, " ")
		}
	}
}

// answer computes the data points of all queries, one query after the other.
func (s *Service) answer(p pair.Key, queries []query, in *api.GetMetricDataInput) (all []point) {
	now := s.Clock.Now()
	for i, q := range queries {
		if q.silent {
			continue
		}
		from, until := window(in.StartTime, in.EndTime, now, q.period)
		list := points(s.samples(p, q.metric, from, until, now), from, q.period)
		for j := range list {
			x := list[j]
			if in.ScanBy != types.ScanByTimestampAscending {
				x = list[len(list)-1-j]
			}
			all = append(all, point{i, x.at, x.statistic(q.statistic)})
		}
	}
	return all
}

// results arranges a page of points by queries. The first page has an entry for every query, later ones for those with
// data on them.
func results(queries []query, part []point, first, more bool) []types.MetricDataResult {
	out := []types.MetricDataResult{}
	at := map[int]int{}
	entry := func(i int) *types.MetricDataResult {
		j, ok := at[i]
		if !ok {
			j = len(out)
			at[i] = j
			out = append(out, types.MetricDataResult{
				Id: aws.String(queries[i].id), Label: aws.String(queries[i].label), StatusCode: types.StatusCodeComplete,
				Timestamps: []time.Time{}, Values: []float64{},
			})
		}
		return &out[j]
	}
	for i := range queries {
		if first && !queries[i].silent {
			entry(i)
		}
	}
	for _, p := range part {
		r := entry(p.query)
		r.Timestamps, r.Values = append(r.Timestamps, p.at), append(r.Values, p.value)
	}
	if more && len(part) > 0 {
		entry(part[len(part)-1].query).StatusCode = types.StatusCodePartialData
	}
	return out
}
