package cloudwatch_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudwatch"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

const (
	account = "100000000001"
	region  = "us-east-1"
	layer   = "arn:aws:lambda:us-east-1:100000000000:layer:common:"
)

// lives are the functions of a test.
type lives struct {
	names []string
	life  map[string]function.Life
}

func (l *lives) Life(_, _, name string) (function.Life, bool) {
	life, ok := l.life[name]
	return life, ok
}

func (l *lives) Names(string, string) []string { return l.names }

type world struct {
	*testing.T
	clock      *clock.Clock
	svc        *cloudwatch.Service
	dispatcher *call.Dispatcher
	lives      *lives
	troubles   *traffic.Troubles
	started    time.Time
}

// newWorld has functions f-00 to f-39, a day old, on version 7 of a layer. In synctest's time it is midnight.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clock.New(1), lives: &lives{life: map[string]function.Life{}}, troubles: &traffic.Troubles{}}
	w.started = w.clock.Now()
	for i := range 40 {
		name := fmt.Sprintf("f-%02d", i)
		w.lives.names = append(w.lives.names, name)
		w.lives.life[name] = function.Life{{From: w.started.Add(-24 * time.Hour), Latest: []function.Layer{{ARN: layer + "7"}}}}
	}
	w.svc = cloudwatch.New(cloudwatch.Config{Clock: w.clock, IDs: ids.New(1), Lives: w.lives, Troubles: w.troubles, ListedAfter: 15 * time.Minute})
	w.dispatcher = call.New(w.clock)
	w.dispatcher.Register(w.svc.Operations()...)
	return w
}

func do[O, I any](w *world, in *I) (*O, error) {
	return call.Do[O](w.Context(), w.dispatcher, call.Administrator(account, region), in)
}

func must[O, I any](w *world, in *I) *O {
	w.Helper()
	out, err := do[O](w, in)
	if err != nil {
		w.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails holds an error to "Code: text".
func (w *world) fails(name string, err error, want string) {
	w.Helper()
	got := "no error"
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		got = ae.ErrorCode() + ": " + ae.ErrorMessage()
	} else if err != nil {
		got = err.Error()
	}
	if got != want {
		w.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

// busy is the function with the most calls, of those that fail at times.
func (w *world) busy() string {
	w.Helper()
	best, rate := "", 0.0
	for _, name := range w.lives.names {
		if f := traffic.Of(ids.New(1), account, region, name); f.Rate > rate && f.Share > 0 {
			best, rate = name, f.Rate
		}
	}
	if rate < 2 {
		w.Fatalf("the busiest function has %g calls a minute", rate)
	}
	return best
}

func dims(pairs ...string) (out []types.Dimension) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.Dimension{Name: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
	}
	return out
}

// ask is a query of GetMetricData.
func ask(id, metric, stat string, period int32, d ...string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: aws.String("AWS/Lambda"), MetricName: &metric, Dimensions: dims(d...)},
		Period: &period, Stat: &stat,
	}}
}

// data asks for the last hours, whole minutes.
func (w *world) data(hours int, queries ...types.MetricDataQuery) []types.MetricDataResult {
	w.Helper()
	until := w.clock.Now().Truncate(time.Minute)
	in := &api.GetMetricDataInput{StartTime: aws.Time(until.Add(time.Duration(-hours) * time.Hour)), EndTime: &until, MetricDataQueries: queries}
	return must[api.GetMetricDataOutput](w, in).MetricDataResults
}

func total(r types.MetricDataResult) (sum float64) {
	for _, v := range r.Values {
		sum += v
	}
	return sum
}

// inTime runs a test in synctest's time, which starts at midnight, 2000-01-01.
func inTime(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t)) })
}
