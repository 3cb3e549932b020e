package sandboxtest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// A tool that moves a function is tested: what it does when AWS throttles it, and when the function settles.
func Example() {
	test := func(t testing.TB) { // func TestMove(t *testing.T)
		sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Regions: []string{"us-east-1"}, Seed: 1})
		client := lambda.NewFromConfig(sb.AWSConfig(sb.Member(), "us-east-1"))
		name, old := aws.String("orders"), sb.LayerVersionARN(sandbox.LayerRuntime, "us-east-1", 3)
		_, err := client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
			FunctionName: name, Role: aws.String("arn:aws:iam::" + sb.Member() + ":role/lambda-execution"), Layers: []string{old},
			Runtime: types.RuntimePython313, Handler: aws.String("main.handler"), Code: &types.FunctionCode{ZipFile: []byte(emptyZip)},
		})
		if err != nil {
			t.Fatal(err)
		}
		sb.Advance(time.Minute)
		sb.Forget()

		sb.Inject(sandbox.Fault{Operation: "UpdateFunctionConfiguration", Times: 1, Status: http.StatusTooManyRequests, Code: "TooManyRequestsException"})
		_, err = client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{
			FunctionName: name, Layers: []string{sb.NewestLayer(sandbox.LayerRuntime, "us-east-1")},
		})
		if err != nil {
			t.Fatal(err)
		}
		sb.Until(time.Minute, func() bool {
			f, err := client.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: name})
			return err == nil && f.Configuration.LastUpdateStatus == types.LastUpdateStatusSuccessful
		})
		for _, c := range sb.Calls() {
			fmt.Printf("%s %q\n", c.Operation, c.Code())
		}
	}
	run(test)
	// Output:
	// UpdateFunctionConfiguration "TooManyRequestsException"
	// UpdateFunctionConfiguration ""
	// GetFunction ""
	// GetFunction ""
}
