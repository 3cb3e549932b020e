package wire

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func TestEncodeError(t *testing.T) {
	tests := []struct {
		name, service string
		err           error
		status        int
		body          string
	}{
		{
			name: "lambda, Message", service: "lambda", status: 404,
			err:  &lambdatypes.ResourceNotFoundException{Message: aws.String("no")},
			body: `{"__type":"ResourceNotFoundException","Message":"no","Type":"User"}`,
		},
		{
			name: "lambda, message, wrapped", service: "lambda", status: 412,
			err:  fmt.Errorf("updating: %w", &lambdatypes.PreconditionFailedException{Message: aws.String("no")}),
			body: `{"__type":"PreconditionFailedException","message":"no","Type":"User"}`,
		},
		{
			name: "lambda, server", service: "lambda", status: 500,
			err:  &lambdatypes.ServiceException{Message: aws.String("no")},
			body: `{"__type":"ServiceException","Message":"no","Type":"Service"}`,
		},
		{
			name: "lambda, without an exception type", service: "lambda", status: 400,
			err:  apierr.Validation("1 validation error"),
			body: `{"__type":"ValidationException","message":"1 validation error"}`,
		},
		{
			name: "config", service: "config", status: 400,
			err:  &configtypes.LimitExceededException{Message: aws.String("no")},
			body: `{"__type":"LimitExceededException","message":"no"}`,
		},
		{
			name: "organizations, throttled", service: "organizations", status: 400,
			err:  &orgtypes.TooManyRequestsException{Message: aws.String("no")},
			body: `{"__type":"TooManyRequestsException","Message":"no"}`,
		},
		{
			name: "ssm, no message member", service: "ssm", status: 400,
			err:  &ssmtypes.InvocationDoesNotExist{Message: aws.String("no")},
			body: `{"__type":"InvocationDoesNotExist","message":"no"}`,
		},
		{
			name: "scheduler", service: "scheduler", status: 409,
			err:  &schedulertypes.ConflictException{Message: aws.String("no")},
			body: `{"__type":"ConflictException","Message":"no"}`,
		},
		{
			name: "iam, code of its own", service: "iam", status: 404,
			err:  &iamtypes.NoSuchEntityException{Message: aws.String("no <role>")},
			body: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;role&gt;</Message></Error><RequestId>request</RequestId></ErrorResponse>`,
		},
		{
			name: "cloudformation", service: "cloudformation", status: 409,
			err:  &cfntypes.OperationInProgressException{Message: aws.String("no")},
			body: `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>OperationInProgressException</Code><Message>no</Message></Error><RequestId>request</RequestId></ErrorResponse>`,
		},
		{
			name: "no AWS error", service: "sts", status: 500, err: errors.New("/home/secret"),
			body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>the operation Op failed inside the sandbox</Message></Error><RequestId>request</RequestId></ErrorResponse>`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			service(t, tt.service).EncodeError(w, "Op", tt.err, "request")
			diff := cmp.Diff(tt.status, w.Code) + cmp.Diff(tt.body, w.Body.String()) + cmp.Diff("request", w.Header().Get("X-Amzn-Requestid"))
			if diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestErrorsReachTheClient sends an exception of every service through the real client.
func TestErrorsReachTheClient(t *testing.T) {
	ops := map[string]string{
		"lambda": "GetAccountSettings", "config": "DescribeConfigRules", "ssm": "DescribeParameters",
		"organizations": "DescribeOrganization", "cloudformation": "DescribeStacks", "sts": "GetCallerIdentity",
		"iam": "ListRoles", "scheduler": "ListSchedules", "account": "ListRegions",
		"monitoring": "DescribeAlarms", "tagging": "GetResources",
	}
	for name, c := range sdks(t) {
		w := httptest.NewRecorder()
		c.service.EncodeError(w, ops[name], apierr.New(418, "OddException", "text & more"), "req-1")
		inType, _ := c.types(ops[name])
		_, err := c.receive(ops[name], reflect.New(inType).Interface(), w.Code, w.Header(), w.Body.Bytes())
		var ae smithy.APIError
		if !errors.As(err, &ae) || ae.ErrorCode() != "OddException" || ae.ErrorMessage() != "text & more" || !strings.Contains(err.Error(), "StatusCode: 418, RequestID: req-1") {
			t.Errorf("%s: the client reads %v", name, err)
		}
	}
}
