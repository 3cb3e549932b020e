package wire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func service(t testing.TB, name string) *Service {
	t.Helper()
	list := Services()
	i := slices.IndexFunc(list, func(s *Service) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no service %s", name)
	}
	return list[i]
}

// TestOperations compares the services' operations with the methods of the SDK's clients.
func TestOperations(t *testing.T) {
	for name, c := range sdks(t) {
		have := make([]string, 0, len(c.service.operations))
		for op := range c.service.operations {
			have = append(have, op)
		}
		slices.Sort(have)
		if diff := cmp.Diff(c.operations(), have); diff != "" {
			t.Errorf("%s (-client +service):\n%s", name, diff)
		}
	}
}

func TestRoute(t *testing.T) {
	tests := []struct {
		name, service, method, target, body string
		header                              string // X-Amz-Target
		want, code                          string
		status                              int
	}{
		{name: "list without slash", service: "lambda", method: "GET", target: "/2015-03-31/functions", want: "ListFunctions"},
		{name: "list with slash", service: "lambda", method: "GET", target: "/2015-03-31/functions/?MaxItems=1", want: "ListFunctions"},
		{name: "layer by arn", service: "lambda", method: "GET", target: "/2018-10-31/layers?find=LayerVersion&Arn=a", want: "GetLayerVersionByArn"},
		{name: "layers", service: "lambda", method: "GET", target: "/2018-10-31/layers?Marker=LayerVersion", want: "ListLayers"},
		{name: "arn in a label", service: "lambda", method: "GET", target: "/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function%3Af", want: "GetFunction"},
		{name: "slash in a label", service: "scheduler", method: "POST", target: "/tags/arn%3Aaws%3Ascheduler%3A%3A%3Aschedule-group%2Fg", want: "TagResource"},
		{name: "empty label", service: "lambda", method: "GET", target: "/2015-03-31/functions//policy", code: "UnknownOperationException", status: 404},
		{name: "unknown path", service: "lambda", method: "GET", target: "/2015-03-31/nothing", code: "UnknownOperationException", status: 404},
		{name: "wrong method", service: "account", method: "GET", target: "/listRegions", code: "UnknownOperationException", status: 404},
		{name: "account", service: "account", method: "POST", target: "/listRegions", want: "ListRegions"},
		{name: "target", service: "config", method: "POST", target: "/", header: "StarlingDoveService.PutConfigRule", want: "PutConfigRule"},
		{name: "unknown target", service: "config", method: "POST", target: "/", header: "StarlingDoveService.PutNothing", code: "UnknownOperationException", status: 400},
		{name: "target of another service", service: "ssm", method: "POST", target: "/", header: "StarlingDoveService.PutConfigRule", code: "UnknownOperationException", status: 400},
		{name: "no target", service: "ssm", method: "POST", target: "/", code: "UnknownOperationException", status: 400},
		{name: "action", service: "sts", method: "POST", target: "/", body: "Version=2011-06-15&Action=GetCallerIdentity", want: "GetCallerIdentity"},
		{name: "action of a GET", service: "sts", method: "GET", target: "/?Action=GetCallerIdentity&Version=2011-06-15", want: "GetCallerIdentity"},
		{name: "unknown action", service: "sts", method: "POST", target: "/", body: "Action=Nothing&Version=2011-06-15", code: "InvalidAction", status: 400},
		{name: "other version", service: "iam", method: "POST", target: "/", body: "Action=GetRole&Version=2001-01-01", code: "InvalidAction", status: 400},
		{name: "no action", service: "iam", method: "POST", target: "/", body: "", code: "MissingAction", status: 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
			if tt.header != "" {
				r.Header.Set("X-Amz-Target", tt.header)
			}
			got, err := service(t, tt.service).Route(r, []byte(tt.body))
			code, status := "", 0
			if ae, ok := errors.AsType[smithy.APIError](err); ok {
				code, status = ae.ErrorCode(), StatusOf(err)
			}
			if got != tt.want || code != tt.code || status != tt.status {
				t.Errorf("got %q, %s %d (%v), want %q, %s %d", got, code, status, err, tt.want, tt.code, tt.status)
			}
		})
	}
}

func TestLabelsAreUnescaped(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:100000000000:function:f"
	for _, path := range []string{arn, strings.ReplaceAll(arn, ":", "%3A"), strings.ReplaceAll(arn, ":", "%3a")} {
		r := httptest.NewRequest(http.MethodGet, "/2015-03-31/functions/"+path+"?Qualifier=%24LATEST", nil)
		var in lambda.GetFunctionInput
		if err := service(t, "lambda").Decode("GetFunction", r, nil, &in); err != nil {
			t.Fatal(err)
		}
		if *in.FunctionName != arn || *in.Qualifier != "$LATEST" {
			t.Errorf("%s: name %s, qualifier %s", path, *in.FunctionName, *in.Qualifier)
		}
	}
}
