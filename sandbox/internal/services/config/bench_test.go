package config_test

import (
	"fmt"
	"iter"
	"runtime"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config"
)

// crowd is a lambda that has many functions in every pair.
type crowd struct {
	size   int
	layers []function.Layer
}

func (crowd) Subscribe(func(ports.FunctionChange)) {}

func (c crowd) All(account, region string) iter.Seq[*function.Record] {
	return func(yield func(*function.Record) bool) {
		for i := range c.size {
			r := &function.Record{
				Account: account, Region: region, Name: fmt.Sprintf("team-%05d-function", i), Runtime: "python3.12",
				Role: "arn:aws:iam::1:role/exec", State: "Active",
			}
			if i%100 == 0 {
				r.Layers = c.layers[:1]
			} else {
				r.Layers = c.layers[1:]
			}
			if !yield(r) {
				return
			}
		}
	}
}

// fleet is a config service with pairs × size functions recorded; it logs what a function costs.
func fleet(b *testing.B, regions, size int) (*call.Dispatcher, *config.Service) {
	b.Helper()
	clk := clock.New(1)
	w := &world{}
	d := call.New(clk)
	svc := config.New(config.Config{
		Dispatcher: d, Clock: clk, IDs: ids.New(1), Functions: crowd{size: size, layers: []function.Layer{{ARN: "L:1"}, {ARN: "L:2"}, {ARN: "M:1"}}},
		Organization: w, Regions: w, ServiceRoles: w, Automations: w,
	})
	d.Register(svc.Operations()...)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range regions {
		c := call.Administrator(member, fmt.Sprintf("region-%d", i))
		for _, err := range []error{
			does[api.PutConfigurationRecorderOutput](b, d, c, recorder(member)),
			does[api.PutDeliveryChannelOutput](b, d, c, &api.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{S3BucketName: aws.String("b")}}),
			does[api.StartConfigurationRecorderOutput](b, d, c, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")}),
		} {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d bytes a function, its record included", (after.HeapAlloc-before.HeapAlloc)/uint64(regions*size))
	return d, svc
}

func does[O, I any](b *testing.B, d *call.Dispatcher, c call.Caller, in *I) error {
	b.Helper()
	_, err := call.Do[O](b.Context(), d, c, in)
	return err
}

// BenchmarkSelect runs queries over one pair of 100,000 functions: what a page by index costs, and a whole scan.
func BenchmarkSelect(b *testing.B) {
	d, _ := fleet(b, 1, 100000)
	c := call.Administrator(member, "region-0")
	for _, bb := range []struct{ name, expression string }{
		{"page by index", "SELECT resourceId, configuration.layers.arn WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = 'L:1'"},
		{"scan", "SELECT COUNT(*) WHERE configuration.runtime LIKE 'nodejs%'"},
		{"group", "SELECT configuration.layers.arn, COUNT(*) GROUP BY configuration.layers.arn"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if err := does[api.SelectResourceConfigOutput](b, d, c, &api.SelectResourceConfigInput{Expression: &bb.expression, Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
