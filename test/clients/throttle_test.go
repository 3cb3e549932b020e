package clients

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox"
)

// TestThrottled has the Go SDK run into Lambda's quotas: 15 control-plane calls a second together, and 100 of
// GetFunction beside them, in each account and Region. The clock all but stands still, so that no new calls are
// allowed meanwhile.
func TestThrottled(t *testing.T) {
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 2, Regions: []string{"us-east-1"}, Functions: 1, Clean: true, Speed: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	}()
	client := func(account string) *lambda.Client {
		return lambda.NewFromConfig(sb.AWSConfig(account, sb.Home()), func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
	}
	member, management := client(sb.Accounts()[1]), client(sb.Management())
	list := func(c *lambda.Client) error {
		_, err := c.ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
		return err
	}
	for i := range 15 {
		if err := list(member); err != nil {
			t.Fatalf("call %d: %v", i+1, err)
		}
	}
	err = list(member)
	var many *types.TooManyRequestsException
	var response *awshttp.ResponseError
	if !errors.As(err, &many) || many.Reason != types.ThrottleReasonCallerRateLimitExceeded {
		t.Fatalf("call 16: %v", err)
	}
	if !errors.As(err, &response) || response.HTTPStatusCode() != http.StatusTooManyRequests {
		t.Errorf("status of %v", err)
	}
	if _, err := member.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: aws.String("f")}); !errors.As(err, &many) {
		t.Errorf("another operation of the same bucket: %v", err)
	}
	var missing *types.ResourceNotFoundException
	if _, err := member.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("none")}); !errors.As(err, &missing) {
		t.Errorf("GetFunction has a quota of its own: %v", err)
	}
	if err := list(management); err != nil {
		t.Errorf("another account has a quota of its own: %v", err)
	}
}
