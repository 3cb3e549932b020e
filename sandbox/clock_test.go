package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// TestUntil waits for an account to be made, which takes half a minute.
func TestUntil(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		options sandbox.Options
		exactly bool
	}{
		{name: "stepped", options: sandbox.Options{Empty: true, Stepped: true, Begin: begin}, exactly: true},
		{name: "running", options: sandbox.Options{Empty: true, Speed: 1000}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sb := sandboxtest.Start(t, tt.options)
			client := organizations.NewFromConfig(sb.AWSConfig(sb.Management(), sb.Home()))
			made, err := client.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: aws.String("new"), Email: aws.String("new@example.com")})
			if err != nil {
				t.Fatal(err)
			}
			asked := sb.Clock().Now()
			exists := func() bool {
				out, err := client.DescribeCreateAccountStatus(t.Context(), &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: made.CreateAccountStatus.Id})
				if err != nil {
					t.Fatal(err)
				}
				return out.CreateAccountStatus.State == types.CreateAccountStateSucceeded
			}
			if err := sb.Clock().Until(t.Context(), 5*time.Second, exists); !errors.Is(err, sandbox.ErrNotYet) {
				t.Errorf("after 5 seconds: %v", err)
			}
			sb.Until(time.Hour, exists)
			took := sb.Clock().Now().Sub(asked)
			if tt.exactly && took != 30*time.Second || took < 30*time.Second || took > time.Hour {
				t.Errorf("it took %s", took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			never := func() bool { time.Sleep(time.Millisecond); return false }
			if err := sb.Clock().Until(ctx, 1e6*time.Hour, never); err == nil {
				t.Error("it happened")
			}
		})
	}
}

// TestRetriesWait has the SDK wait before another attempt in the sandbox's time.
func TestRetriesWait(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Empty: true})
	start, began := sb.Clock().Now(), time.Now()
	sb.Inject(sandbox.Fault{Times: 40, Status: http.StatusTooManyRequests, Code: "TooManyRequestsException"})
	client := lambda.NewFromConfig(sb.AWSConfig(sb.Management(), sb.Home()), func(o *lambda.Options) { o.RetryMaxAttempts = 30 })
	if _, err := client.ListLayers(t.Context(), &lambda.ListLayersInput{}); err == nil {
		t.Error("30 of 40 faults were enough")
	}
	if passed, took := sb.Clock().Now().Sub(start), time.Since(began); passed < time.Second || took > 20*time.Second {
		t.Errorf("%s passed in %s", passed, took)
	}
}
