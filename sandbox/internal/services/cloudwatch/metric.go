package cloudwatch

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

const namespace = "AWS/Lambda"

// sample is what one minute gave to a metric.
type sample struct {
	at                            time.Time
	count, sum, smallest, largest float64
}

// kind is a metric of Lambda: its unit, and what a minute with calls gives to it, if anything.
type kind struct {
	name   string
	unit   types.StandardUnit
	sample func(traffic.Count) (sample, bool)
}

// kinds are the metrics that the sandbox has, in order of name. Throttles have no data: nothing is throttled here, and
// zeros are not sent (Lambda sends no value for what did not happen).
func kinds() []kind {
	return []kind{
		{"ConcurrentExecutions", types.StandardUnitCount, func(c traffic.Count) (sample, bool) {
			n := c.Concurrent()
			return sample{c.Minute, 1, n, n, n}, true
		}},
		{"Duration", types.StandardUnitMilliseconds, func(c traffic.Count) (sample, bool) {
			return sample{c.Minute, float64(c.Invocations), c.Duration, c.Shortest, c.Longest}, true
		}},
		{"Errors", types.StandardUnitCount, func(c traffic.Count) (sample, bool) {
			least := 0.0
			if c.Errors == c.Invocations {
				least = 1
			}
			// UNCONFIRMED: that the samples of a minute with errors are all of its calls.
			return sample{c.Minute, float64(c.Invocations), float64(c.Errors), least, 1}, c.Errors > 0
		}},
		{"Invocations", types.StandardUnitCount, func(c traffic.Count) (sample, bool) {
			return sample{c.Minute, float64(c.Invocations), float64(c.Invocations), 1, 1}, true
		}},
		{"Throttles", types.StandardUnitCount, func(traffic.Count) (sample, bool) { return sample{}, false }},
	}
}

// others are metrics that Lambda has and the sandbox has not (Lambda Developer Guide, "Types of metrics for Lambda
// functions").
const others = " AsyncEventAge AsyncEventsDropped AsyncEventsReceived ClaimedAccountConcurrency DeadLetterErrors DestinationDeliveryFailures" +
	" DroppedEventCount DeletedEventCount FailedInvokeEventCount FilteredOutEventCount InvokedEventCount IteratorAge OffsetLag" +
	" OnFailureDestinationDeliveredEventCount OversizedRecordCount PolledEventCount PostRuntimeExtensionsDuration" +
	" ProvisionedConcurrencyInvocations ProvisionedConcurrencySpilloverInvocations ProvisionedConcurrencyUtilization" +
	" ProvisionedConcurrentExecutions RecursiveInvocationsDropped UnreservedConcurrentExecutions "

// metric is one that somebody asks for. Without a kind there is no such metric, and no data.
type metric struct {
	kind
	function string
	only     func(traffic.Target) bool // nil: all calls
}

// find reads a metric's name. What AWS has and the sandbox has not is refused by name.
func find(space, name *string, dimensions []types.Dimension) (metric, error) {
	switch ns := aws.ToString(space); {
	case ns == namespace:
	case strings.HasPrefix(ns, "AWS/"):
		return metric{}, apierr.Unsupported("the metrics of %s", ns)
	default:
		return metric{}, nil // nobody could put data there
	}
	if strings.Contains(others, " "+aws.ToString(name)+" ") {
		return metric{}, apierr.Unsupported("the metric %s of %s", *name, namespace)
	}
	all := kinds()
	i := slices.IndexFunc(all, func(k kind) bool { return k.name == aws.ToString(name) })
	if i < 0 {
		return metric{}, nil
	}
	if len(dimensions) == 0 {
		return metric{}, apierr.Unsupported("the metric %s of all functions together: name one by the dimension FunctionName", *name)
	}
	m := metric{kind: all[i]}
	values := map[string]string{}
	for _, d := range dimensions {
		values[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	m.function = values["FunctionName"]
	only, ok := target(values)
	if !ok || m.function == "" {
		return metric{}, nil
	}
	m.only = only
	return m, nil
}

// target reads the dimensions beside the function's name: Resource is the name that a call used, with a qualifier if it had
// one; ExecutedVersion is there for calls by aliases only (Lambda Developer Guide, "Dimensions").
func target(values map[string]string) (only func(traffic.Target) bool, ok bool) {
	resource, named := values["Resource"]
	version, executed := values["ExecutedVersion"]
	if len(values) == 1 {
		return nil, true
	}
	name, qualifier, _ := strings.Cut(resource, ":")
	if !named || name != values["FunctionName"] {
		return nil, false
	}
	switch {
	case len(values) == 2:
		return func(t traffic.Target) bool { return t.Qualifier == qualifier }, true
	case len(values) == 3 && executed && !unqualified(qualifier):
		return func(t traffic.Target) bool { return t.Qualifier == qualifier && t.Version == version }, true
	default:
		return nil, false
	}
}

func unqualified(qualifier string) bool { return qualifier == "" || qualifier == "$LATEST" }

// samples are the minutes of a metric that are there at now, in order.
func (s *Service) samples(p pair.Key, m metric, from, until, now time.Time) iter.Seq[sample] {
	return func(yield func(sample) bool) {
		if m.sample == nil {
			return
		}
		life, ok := s.Lives.Life(p.Account, p.Region, m.function)
		if !ok {
			return
		}
		f := traffic.Of(s.IDs, p.Account, p.Region, m.function)
		for c := range f.Minutes(traffic.Query{Life: life, From: from, Until: until, Now: now, Only: m.only}, s.Troubles) {
			if x, ok := m.sample(c); ok && !yield(x) {
				return
			}
		}
	}
}

// points gathers samples into periods, counted from a time on. Data points of GetMetricData and GetMetricStatistics begin
// with the start time, not at multiples of the period (boto3 #3457).
func points(samples iter.Seq[sample], from time.Time, period time.Duration) (out []sample) {
	for x := range samples {
		at := from.Add(x.at.Sub(from) / period * period)
		if n := len(out); n > 0 && out[n-1].at.Equal(at) {
			p := &out[n-1]
			p.count, p.sum = p.count+x.count, p.sum+x.sum
			p.smallest, p.largest = min(p.smallest, x.smallest), max(p.largest, x.largest)
			continue
		}
		x.at = at
		out = append(out, x)
	}
	return out
}

// statistic is one number of a data point.
func (x sample) statistic(s types.Statistic) float64 {
	switch s {
	case types.StatisticSampleCount:
		return x.count
	case types.StatisticSum:
		return x.sum
	case types.StatisticMinimum:
		return x.smallest
	case types.StatisticMaximum:
		return x.largest
	default:
		return x.sum / x.count
	}
}

// checkStatistic refuses what is none of the five by name: percentiles, trimmed means and the like.
func checkStatistic(name string) (types.Statistic, error) {
	if s := types.Statistic(name); slices.Contains(s.Values(), s) {
		return s, nil
	}
	return "", apierr.Unsupported("the statistic %s", name)
}

// checkPeriod takes whole minutes, the resolution of Lambda's metrics.
func checkPeriod(seconds int32, member string) (time.Duration, error) {
	switch {
	case seconds >= 60 && seconds%60 == 0:
		return time.Duration(seconds) * time.Second, nil
	case slices.Contains([]int32{1, 5, 10, 20, 30}, seconds):
		return 0, apierr.Unsupported("%s %d: Lambda's metrics have whole minutes", member, seconds)
	default:
		return 0, invalid("The value %d for parameter %s is not supported. Specify a value that is a multiple of 60.", seconds, member) // UNCONFIRMED: the text
	}
}

// kept is how far back data of a period reaches: minutes for 15 days, five minutes for 63, hours for 455 (CloudWatch User
// Guide, "Metrics retention").
func kept(period time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case period%time.Hour == 0:
		return 455 * day
	case period%(5*time.Minute) == 0:
		return 63 * day
	default:
		return 15 * day
	}
}

// window is the span that a question is about: StartTime is rounded down to a whole minute, or more where the data are
// older (CloudWatch API Reference, GetMetricData), and what is no longer kept is left out.
func window(start, end *time.Time, now time.Time, period time.Duration) (from, until time.Time) {
	const day = 24 * time.Hour
	round := time.Minute
	switch age := now.Sub(*start); {
	case age >= 63*day:
		round = time.Hour
	case age >= 15*day:
		round = 5 * time.Minute
	}
	from = start.Truncate(round)
	if gone := now.Add(-kept(period)).Sub(from); gone > 0 {
		from = from.Add((gone + period - 1) / period * period)
	}
	return from, *end
}
