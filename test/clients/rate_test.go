package clients

import (
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/sandbox"
)

// BenchmarkGetFunction measures requests a second over the wire with the Go SDK, signatures, IAM and quotas included.
// The calls go round the accounts, since one pair allows 100 a second of the sandbox's time.
func BenchmarkGetFunction(b *testing.B) {
	sb, err := sandbox.Start(b.Context(), sandbox.Options{Accounts: 17, Regions: []string{"us-east-1"}, Functions: 160, Clean: true, Speed: sandbox.MaxSpeed})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := sb.Close(); err != nil {
			b.Error(err)
		}
	}()
	type target struct {
		client *lambda.Client
		name   *string
	}
	var targets []target
	for _, a := range sb.Accounts()[1:] {
		client := lambda.NewFromConfig(sb.AWSConfig(a, sb.Home()))
		list, err := client.ListFunctions(b.Context(), &lambda.ListFunctionsInput{MaxItems: aws.Int32(1)})
		if err != nil {
			b.Fatal(err)
		}
		targets = append(targets, target{client, list.Functions[0].FunctionName})
	}
	var next atomic.Uint64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			t := targets[next.Add(1)%uint64(len(targets))]
			if _, err := t.client.GetFunction(b.Context(), &lambda.GetFunctionInput{FunctionName: t.name}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
