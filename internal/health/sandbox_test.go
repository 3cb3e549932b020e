package health_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/health"
	"github.com/layerfleet/layerfleet/internal/health/stat"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// fleet is a canary account and another one of a sandbox, whose functions use the same layer.
type fleet struct {
	*sandboxtest.Sandbox
	t             *testing.T
	canary, other string
	names         map[string][]string // functions that use the layer, by account
	moved         time.Time
}

const home = "us-east-1"

func startFleet(t *testing.T, o sandbox.Options) *fleet {
	t.Helper()
	o.Accounts, o.Regions, o.Functions, o.Clean, o.Seed = 3, []string{home}, 400, true, 4
	f := &fleet{Sandbox: sandboxtest.Start(t, o), t: t, names: map[string][]string{}}
	f.canary, f.other = f.Accounts()[1], f.Accounts()[2]
	for _, account := range []string{f.canary, f.other} {
		pages := lambda.NewListFunctionsPaginator(f.lambda(account), &lambda.ListFunctionsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, fn := range page.Functions {
				if len(fn.Layers) == 1 && strings.Contains(*fn.Layers[0].Arn, ":"+sandbox.LayerRuntime+":") {
					f.names[account] = append(f.names[account], *fn.FunctionName)
				}
			}
		}
	}
	return f
}

func (f *fleet) lambda(account string) *lambda.Client {
	return lambda.NewFromConfig(f.AWSConfig(account, home))
}

// move gives the canary's functions the newest version of the layer.
func (f *fleet) move(ctx context.Context) {
	f.t.Helper()
	f.moved = f.Clock().Now().Truncate(time.Minute).Add(time.Minute)
	for _, name := range f.names[f.canary] {
		_, err := f.lambda(f.canary).UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
			FunctionName: &name, Layers: []string{f.NewestLayer(sandbox.LayerRuntime, home)},
		})
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// counts are the calls of $LATEST of an account's functions: those without a qualifier and those that name it.
func (f *fleet) counts(ctx context.Context, account string, from, until time.Time) map[string]stat.Counts {
	f.t.Helper()
	out := map[string]stat.Counts{}
	client := cloudwatch.NewFromConfig(f.AWSConfig(account, home))
	for names := range slices.Chunk(f.names[account], 125) {
		in := &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &until}
		for i, name := range names {
			for j, resource := range []string{name, name + ":$LATEST"} {
				for _, metric := range []string{"Invocations", "Errors"} {
					in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
						Id: aws.String(fmt.Sprintf("%s%d_%d", strings.ToLower(metric), i, j)), Label: aws.String(name + " " + metric),
						MetricStat: &types.MetricStat{Stat: aws.String("Sum"), Period: aws.Int32(300), Metric: &types.Metric{
							Namespace: aws.String("AWS/Lambda"), MetricName: &metric,
							Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: &name}, {Name: aws.String("Resource"), Value: &resource}},
						}},
					})
				}
			}
		}
		for pages := cloudwatch.NewGetMetricDataPaginator(client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				f.t.Fatal(err)
			}
			for _, r := range page.MetricDataResults {
				name, metric, _ := strings.Cut(*r.Label, " ")
				c := out[name]
				for _, v := range r.Values {
					if metric == "Errors" {
						c.Errors += int64(v)
					} else {
						c.Invocations += int64(v)
					}
				}
				out[name] = c
			}
		}
	}
	return out
}

// judge compares the canary with its past and with the other account.
func (f *fleet) judge(ctx context.Context) health.Comparison {
	f.t.Helper()
	until := f.Clock().Now().Add(-3 * time.Minute).Truncate(time.Minute)
	functions := map[string][]health.Function{}
	for account, names := range f.names {
		before, after := f.counts(ctx, account, f.moved.Add(-20*time.Hour), f.moved), f.counts(ctx, account, f.moved, until)
		for _, name := range names {
			functions[account] = append(functions[account], health.Function{ID: name, Place: home, Sample: stat.Sample{Before: before[name], After: after[name]}})
		}
	}
	return health.Compare(functions[f.canary], functions[f.other], health.Final(4))
}

// TestSandbox judges canaries by what CloudWatch says of them, in a sandbox.
func TestSandbox(t *testing.T) {
	t.Parallel()
	broken := sandbox.Break{Layer: sandbox.LayerRuntime, Version: 6, Share: 0.1}
	for _, tt := range []struct {
		name   string
		broken []sandbox.Break
		outage float64
		want   health.Finding
	}{
		{name: "a good release", want: health.NotWorse},
		{name: "a bad release", broken: []sandbox.Break{broken}, want: health.Worse},
		{name: "a good release in a bad hour", outage: 0.2, want: health.Environment},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := startFleet(t, sandbox.Options{Breaks: tt.broken})
			f.move(t.Context())
			if tt.outage > 0 {
				f.Outage(sandbox.Outage{Region: home, Share: tt.outage})
			}
			f.Advance(65 * time.Minute)
			got := f.judge(t.Context())
			if got.Finding != tt.want {
				t.Errorf("%s, want %s: %+v", got.Finding, tt.want, got)
			}
			if got.Judged < 15 || got.After.Invocations < 500 {
				t.Errorf("only %d functions with %d calls were judged", got.Judged, got.After.Invocations)
			}
			t.Logf("%s: %d functions, %.2f %% of %d calls failed, %.2f %% expected, %d single rises", got.Finding, got.Judged, 100*got.After.Share(), got.After.Invocations, 100*got.Pooled.Expected, len(got.Rises))
		})
	}
}
