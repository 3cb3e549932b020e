package cloudwatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudwatch"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

// TestMetricsAgree: one question asked in several ways has one answer.
func TestMetricsAgree(t *testing.T) {
	inTime(t, func(w *world) {
		f := w.busy()
		time.Sleep(5 * time.Minute)
		got := w.data(
			4,
			ask("minutes", "Invocations", "Sum", 60, "FunctionName", f),
			ask("hours", "Invocations", "Sum", 3600, "FunctionName", f),
			ask("samples", "Invocations", "SampleCount", 300, "FunctionName", f),
			ask("plain", "Invocations", "Sum", 60, "FunctionName", f, "Resource", f),
			ask("latest", "Invocations", "Sum", 60, "Resource", f+":$LATEST", "FunctionName", f),
			ask("durations", "Duration", "SampleCount", 60, "FunctionName", f),
			ask("errors", "Errors", "Sum", 60, "FunctionName", f),
			ask("share", "Errors", "Average", 14400, "FunctionName", f),
		)
		sums := map[string]float64{}
		for _, r := range got {
			sums[*r.Id] = total(r)
		}
		for _, id := range []string{"hours", "samples", "durations"} {
			if sums[id] != sums["minutes"] || sums[id] == 0 {
				t.Errorf("%s: %g, minutes %g", id, sums[id], sums["minutes"])
			}
		}
		if sums["plain"]+sums["latest"] != sums["minutes"] {
			t.Errorf("without a qualifier %g and by $LATEST %g, together %g", sums["plain"], sums["latest"], sums["minutes"])
		}
		if sums["errors"] == 0 || sums["errors"] > sums["minutes"]/2 {
			t.Errorf("%g errors of %g calls", sums["errors"], sums["minutes"])
		}
		for _, r := range got {
			if slices.Contains(r.Values, 0) {
				t.Errorf("%s has a zero, which Lambda does not send", *r.Id)
			}
			if !slices.IsSortedFunc(r.Timestamps, func(a, b time.Time) int { return b.Compare(a) }) {
				t.Errorf("%s: the newest is not first: %v", *r.Id, r.Timestamps[:3])
			}
		}
		statistics := must[api.GetMetricStatisticsOutput](w, &api.GetMetricStatisticsInput{
			Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Invocations"), Dimensions: dims("FunctionName", f), Period: aws.Int32(3600),
			StartTime: aws.Time(w.clock.Now().Truncate(time.Minute).Add(-4 * time.Hour)), EndTime: aws.Time(w.clock.Now().Truncate(time.Minute)),
			Statistics: []types.Statistic{"Sum", "Average", "Minimum", "Maximum", "SampleCount"},
		})
		sum := 0.0
		for _, d := range statistics.Datapoints {
			sum += *d.Sum
			if *d.Average != 1 || *d.Minimum != 1 || *d.Maximum != 1 || *d.SampleCount != *d.Sum || d.Unit != types.StandardUnitCount {
				t.Errorf("data point %+v", d)
			}
		}
		if sum != sums["minutes"] || *statistics.Label != "Invocations" {
			t.Errorf("statistics: %s %g, want %g", *statistics.Label, sum, sums["minutes"])
		}
	})
}

// TestPeriodsBeginWithTheStart: data points begin with StartTime, whatever the period.
func TestPeriodsBeginWithTheStart(t *testing.T) {
	inTime(t, func(w *world) {
		f, start := w.busy(), w.started.Add(-3*time.Hour+7*time.Minute+20*time.Second)
		out := must[api.GetMetricDataOutput](w, &api.GetMetricDataInput{
			StartTime: &start, EndTime: aws.Time(w.started.Add(-time.Hour)), ScanBy: types.ScanByTimestampAscending,
			MetricDataQueries: []types.MetricDataQuery{ask("a", "Invocations", "Sum", 1200, "FunctionName", f)},
		})
		var minutes []int
		for _, at := range out.MetricDataResults[0].Timestamps {
			minutes = append(minutes, at.Minute())
		}
		if !slices.Equal(minutes, []int{7, 27, 47, 7, 27, 47}) {
			t.Errorf("minutes %v", minutes)
		}
	})
}

// TestPagesOfData: pages together are the whole, each query in order.
func TestPagesOfData(t *testing.T) {
	inTime(t, func(w *world) {
		f := w.busy()
		in := &api.GetMetricDataInput{
			StartTime: aws.Time(w.started.Add(-5 * time.Hour)), EndTime: &w.started,
			MetricDataQueries: []types.MetricDataQuery{
				ask("a", "Invocations", "Sum", 300, "FunctionName", f), ask("none", "Invocations", "Sum", 300, "FunctionName", "nobody"),
				ask("b", "Duration", "Average", 300, "FunctionName", f),
			},
		}
		whole := map[string][]float64{}
		for _, r := range must[api.GetMetricDataOutput](w, in).MetricDataResults {
			whole[*r.Id] = r.Values
		}
		in.MaxDatapoints = aws.Int32(25)
		pages, paged, partial := 0, map[string][]float64{"none": {}}, 0
		for pages = 1; ; pages++ {
			out := must[api.GetMetricDataOutput](w, in)
			for _, r := range out.MetricDataResults {
				paged[*r.Id] = append(paged[*r.Id], r.Values...)
				if r.StatusCode == types.StatusCodePartialData {
					partial++
				}
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if diff := cmp.Diff(whole, paged); diff != "" || pages != 5 || partial != 4 {
			t.Errorf("%d pages, %d partial (-whole +pages):\n%s", pages, partial, diff)
		}
		in.NextToken = aws.String("x")
		_, err := do[api.GetMetricDataOutput](w, in)
		w.fails("foreign token", err, "InvalidNextToken: The service cannot process the nextToken that was provided.")
	})
}

func TestLabels(t *testing.T) {
	inTime(t, func(w *world) {
		named := ask("d", "Errors", "Sum", 60, "FunctionName", "f-00")
		named.Label = aws.String("mine")
		for _, tt := range []struct {
			queries []types.MetricDataQuery
			want    string
		}{
			{[]types.MetricDataQuery{ask("a", "Errors", "Sum", 60, "FunctionName", "f-00"), ask("b", "Invocations", "Sum", 60, "FunctionName", "f-00")}, "Errors, Invocations"},
			{[]types.MetricDataQuery{ask("a", "Errors", "Sum", 60, "FunctionName", "f-00"), ask("b", "Errors", "Minimum", 300, "FunctionName", "f-00")}, "Errors Sum 60, Errors Minimum 300"},
			{[]types.MetricDataQuery{ask("a", "Errors", "Sum", 60, "FunctionName", "f-00"), ask("b", "Errors", "Sum", 60, "FunctionName", "f-01"), named}, "f-00 Errors, f-01 Errors, mine"},
		} {
			var labels []string
			for _, r := range w.data(1, tt.queries...) {
				labels = append(labels, *r.Label)
			}
			if got := strings.Join(labels, ", "); got != tt.want {
				t.Errorf("labels %s, want %s", got, tt.want)
			}
		}
	})
}

func TestRefusalsOfData(t *testing.T) {
	inTime(t, func(w *world) {
		many := make([]types.MetricDataQuery, 501)
		for i := range many {
			many[i] = ask(fmt.Sprintf("m%d", i), "Errors", "Sum", 60, "FunctionName", "f-00")
		}
		change := func(f func(*types.MetricDataQuery)) []types.MetricDataQuery {
			q := ask("a", "Errors", "Sum", 60, "FunctionName", "f-00")
			f(&q)
			return []types.MetricDataQuery{q}
		}
		other := ask("a", "Errors", "Sum", 60, "FunctionName", "f-00")
		other.MetricStat.Metric.Namespace = aws.String("AWS/EC2")
		for _, tt := range []struct {
			name    string
			queries []types.MetricDataQuery
			want    string
		}{
			{"501", many, "ValidationException: The collection MetricDataQueries must not have a size greater than 500."},
			{"twice", []types.MetricDataQuery{many[0], many[0]}, "ValidationException: The values for parameter id in MetricDataQueries are not unique."},
			{"id", change(func(q *types.MetricDataQuery) { q.Id = aws.String("A") }), "ValidationException: The value A for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."},
			{"nothing returned", change(func(q *types.MetricDataQuery) { q.ReturnData = aws.Bool(false) }), "ValidationException: At least one element of MetricDataQueries must return data."},
			{"metric math", change(func(q *types.MetricDataQuery) { q.MetricStat, q.Expression = nil, aws.String("m1/m2") }), "SandboxUnsupported: the layerfleet sandbox does not support the member MetricDataQueries.Expression of monitoring GetMetricData"},
			{"another account", change(func(q *types.MetricDataQuery) { q.AccountId = aws.String(account) }), "SandboxUnsupported: the layerfleet sandbox does not support the member MetricDataQueries.AccountId of monitoring GetMetricData"},
			{"percentile", change(func(q *types.MetricDataQuery) { q.MetricStat.Stat = aws.String("p99") }), "SandboxUnsupported: the layerfleet sandbox does not support the statistic p99"},
			{"dynamic label", change(func(q *types.MetricDataQuery) { q.Label = aws.String("${MAX}") }), "SandboxUnsupported: the layerfleet sandbox does not support the dynamic label ${MAX} of the query a"},
			{"seconds", change(func(q *types.MetricDataQuery) { q.MetricStat.Period = aws.Int32(10) }), "SandboxUnsupported: the layerfleet sandbox does not support Period 10: Lambda's metrics have whole minutes"},
			{"period", change(func(q *types.MetricDataQuery) { q.MetricStat.Period = aws.Int32(90) }), "InvalidParameterValueException: The value 90 for parameter Period is not supported. Specify a value that is a multiple of 60."},
			{"all functions", []types.MetricDataQuery{ask("a", "Errors", "Sum", 60)}, "SandboxUnsupported: the layerfleet sandbox does not support the metric Errors of all functions together: name one by the dimension FunctionName"},
			{"other metric", []types.MetricDataQuery{ask("a", "IteratorAge", "Sum", 60, "FunctionName", "f")}, "SandboxUnsupported: the layerfleet sandbox does not support the metric IteratorAge of AWS/Lambda"},
			{"other service", []types.MetricDataQuery{other}, "SandboxUnsupported: the layerfleet sandbox does not support the metrics of AWS/EC2"},
		} {
			_, err := do[api.GetMetricDataOutput](w, &api.GetMetricDataInput{StartTime: aws.Time(w.started.Add(-time.Hour)), EndTime: &w.started, MetricDataQueries: tt.queries})
			w.fails(tt.name, err, tt.want)
		}
		_, err := do[api.GetMetricDataOutput](w, &api.GetMetricDataInput{StartTime: &w.started, EndTime: &w.started, MetricDataQueries: many[:1]})
		w.fails("no time", err, "ValidationException: The parameter StartTime must be less than the parameter EndTime.")
		in := &api.GetMetricStatisticsInput{
			Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Dimensions: dims("FunctionName", "f-00"), Period: aws.Int32(60),
			StartTime: aws.Time(w.started.Add(-26 * time.Hour)), EndTime: &w.started, Statistics: []types.Statistic{"Sum"},
		}
		_, err = do[api.GetMetricStatisticsOutput](w, in)
		w.fails("too many", err, "InvalidParameterCombinationException: You have requested up to 1,560 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
		in.Statistics, in.ExtendedStatistics = nil, []string{"p50"}
		_, err = do[api.GetMetricStatisticsOutput](w, in)
		w.fails("percentiles", err, "SandboxUnsupported: the layerfleet sandbox does not support the member ExtendedStatistics of monitoring GetMetricStatistics")
	})
}

// TestNoSuchMetric: what nobody ever sent is empty, not an error.
func TestNoSuchMetric(t *testing.T) {
	inTime(t, func(w *world) {
		f := w.busy()
		custom := ask("custom", "Orders", "Sum", 60, "Shop", "1")
		custom.MetricStat.Metric.Namespace = aws.String("Shop")
		unit := ask("unit", "Errors", "Sum", 60, "FunctionName", f)
		unit.MetricStat.Unit = types.StandardUnitBytes
		for _, r := range w.data(
			20, custom, unit,
			ask("name", "Nothing", "Sum", 60, "FunctionName", f),
			ask("nobody", "Invocations", "Sum", 60, "FunctionName", "nobody"),
			ask("resource", "Invocations", "Sum", 60, "FunctionName", f, "Resource", "other"),
			ask("alias", "Invocations", "Sum", 60, "FunctionName", f, "Resource", f+":live"),
			ask("version", "Invocations", "Sum", 60, "FunctionName", f, "Resource", f, "ExecutedVersion", "1"),
			ask("dimension", "Invocations", "Sum", 60, "FunctionName", f, "Color", "red"),
			ask("throttles", "Throttles", "Sum", 60, "FunctionName", f),
		) {
			if len(r.Values) > 0 || len(r.Timestamps) > 0 || r.StatusCode != types.StatusCodeComplete {
				t.Errorf("%s: %+v", *r.Id, r)
			}
		}
	})
}

// TestListMetrics: what has data is listed, a new function's metrics a quarter of an hour late, with GetMetricData ahead.
func TestListMetrics(t *testing.T) {
	inTime(t, func(w *world) {
		list := func(in api.ListMetricsInput) (keys []string) {
			for {
				out := must[api.ListMetricsOutput](w, &in)
				if len(out.Metrics) > 500 {
					t.Errorf("a page of %d", len(out.Metrics))
				}
				for _, m := range out.Metrics {
					key := *m.MetricName
					for _, d := range m.Dimensions {
						key += " " + *d.Name + "=" + *d.Value
					}
					keys = append(keys, key)
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					return keys
				}
			}
		}
		f := w.busy()
		for i := range 400 { // enough for several pages
			name := fmt.Sprintf("g-%03d", i)
			w.lives.names = append(w.lives.names, name)
			w.lives.life[name] = w.lives.life[f]
		}
		all := list(api.ListMetricsInput{})
		if sorted := slices.Compact(slices.Sorted(slices.Values(all))); len(sorted) != len(all) || len(all) < 1000 {
			t.Errorf("%d metrics, %d different", len(all), len(sorted))
		}
		want := []string{
			"ConcurrentExecutions FunctionName=" + f, "ConcurrentExecutions FunctionName=" + f + " Resource=" + f,
			"Duration FunctionName=" + f, "Duration FunctionName=" + f + " Resource=" + f,
			"Errors FunctionName=" + f, "Errors FunctionName=" + f + " Resource=" + f,
			"Invocations FunctionName=" + f, "Invocations FunctionName=" + f + " Resource=" + f,
		}
		if diff := cmp.Diff(want, list(api.ListMetricsInput{Namespace: aws.String("AWS/Lambda"), Dimensions: []types.DimensionFilter{{Name: aws.String("FunctionName"), Value: &f}}})); diff != "" {
			t.Errorf("metrics of %s (-want +got):\n%s", f, diff)
		}
		named := list(api.ListMetricsInput{MetricName: aws.String("Errors"), Dimensions: []types.DimensionFilter{{Name: aws.String("Resource")}}})
		if len(named) == 0 || slices.ContainsFunc(named, func(k string) bool { return !strings.HasPrefix(k, "Errors ") || !strings.Contains(k, "Resource=") }) {
			t.Errorf("Errors by Resource: %v", named)
		}
		if recent := list(api.ListMetricsInput{RecentlyActive: types.RecentlyActivePt3h}); len(recent) == 0 || len(recent) >= len(all) {
			t.Errorf("%d of %d metrics were active within three hours", len(recent), len(all))
		}
		if got := list(api.ListMetricsInput{Namespace: aws.String("Shop")}); len(got) > 0 {
			t.Errorf("metrics of a namespace that nobody writes to: %v", got)
		}

		w.lives.life[f] = function.Life{{From: w.clock.Now()}}
		time.Sleep(10 * time.Minute)
		if got := w.data(1, ask("a", "Invocations", "Sum", 60, "FunctionName", f)); len(got[0].Values) == 0 {
			t.Error("GetMetricData does not have a new function's metric")
		}
		filter := []types.DimensionFilter{{Name: aws.String("FunctionName"), Value: &f}}
		if got := list(api.ListMetricsInput{Dimensions: filter}); len(got) > 0 {
			t.Errorf("a new function's metrics are listed: %v", got)
		}
		w.svc.ListedAfter = 0 // the quirk's other side
		if got := list(api.ListMetricsInput{Dimensions: filter}); len(got) == 0 {
			t.Error("a new function's metrics are not listed at once")
		}
		w.svc.ListedAfter = 15 * time.Minute
		time.Sleep(15 * time.Minute)
		if got := list(api.ListMetricsInput{Dimensions: filter}); len(got) == 0 {
			t.Error("a new function's metrics are not listed after 25 minutes")
		}
	})
}

// TestBrokenVersion: the share of failing calls rises with the move to a broken version, and not in another function.
func TestBrokenVersion(t *testing.T) {
	inTime(t, func(w *world) {
		f := w.busy()
		share := func(name string, hours int) float64 {
			got := w.data(hours, ask("errors", "Errors", "Sum", 60, "FunctionName", name), ask("calls", "Invocations", "Sum", 60, "FunctionName", name))
			return total(got[0]) / total(got[1])
		}
		w.troubles.Break(traffic.Break{Layer: "common", Version: 8, Share: 0.4})
		before := share(f, 12)
		w.lives.life[f] = append(w.lives.life[f], function.Moment{From: w.clock.Now(), Latest: []function.Layer{{ARN: layer + "8"}}})
		time.Sleep(3 * time.Hour)
		if after := share(f, 3); before > 0.1 || after < 0.3 || after > 0.55 {
			t.Errorf("%.3f of the calls failed before, %.3f after", before, after)
		}
	})
}

// BenchmarkGetMetricData asks for a day of 250 functions' calls and errors: a full call.
func BenchmarkGetMetricData(b *testing.B) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	all := &lives{life: map[string]function.Life{}}
	in := &api.GetMetricDataInput{StartTime: aws.Time(now.Add(-24 * time.Hour)), EndTime: &now}
	for i := range 250 {
		name := fmt.Sprintf("f-%03d", i)
		all.life[name] = function.Life{{From: now.Add(-48 * time.Hour), Latest: []function.Layer{{ARN: layer + "7"}}}}
		for _, metric := range []string{"Invocations", "Errors"} {
			in.MetricDataQueries = append(in.MetricDataQueries, ask(fmt.Sprintf("%s%d", strings.ToLower(metric), i), metric, "Sum", 300, "FunctionName", name))
		}
	}
	clk := clock.New(1)
	svc := cloudwatch.New(cloudwatch.Config{Clock: clk, IDs: ids.New(1), Lives: all, Troubles: &traffic.Troubles{}})
	d := call.New(clk)
	d.Register(svc.Operations()...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := call.Do[api.GetMetricDataOutput](b.Context(), d, call.Administrator(account, region), in); err != nil {
			b.Fatal(err)
		}
	}
}
