package wire

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
)

func TestEncode(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 60e6, time.FixedZone("", 3600))
	tests := []struct {
		name, service, op string
		out               any
		status            int
		body              string
	}{
		{
			name: "zero scalars are sent", service: "config", op: "DescribeConfigurationRecorderStatus", status: 200,
			out: &configservice.DescribeConfigurationRecorderStatusOutput{ConfigurationRecordersStatus: []configtypes.ConfigurationRecorderStatus{
				{Name: aws.String("default"), LastStartTime: aws.Time(at)},
			}},
			body: `{"ConfigurationRecordersStatus":[{"lastStartTime":1767319445.06,"name":"default","recording":false}]}`,
		},
		{
			name: "empty lists and maps are sent, nil ones are not", service: "lambda", op: "UpdateFunctionConfiguration", status: 200,
			out: &lambda.UpdateFunctionConfigurationOutput{
				Layers: []lambdatypes.Layer{}, Description: aws.String(""),
				Environment: &lambdatypes.EnvironmentResponse{Variables: map[string]string{}},
			},
			body: `{"CodeSize":0,"Description":"","Environment":{"Variables":{}},"Layers":[]}`,
		},
		{name: "status of the http trait", service: "lambda", op: "PublishVersion", status: 201, out: &lambda.PublishVersionOutput{Version: aws.String("1")}, body: `{"CodeSize":0,"Version":"1"}`},
		{name: "no content", service: "lambda", op: "TagResource", status: 204, out: &lambda.TagResourceOutput{}},
		{name: "status of a member", service: "lambda", op: "DeleteFunction", status: 204, out: &lambda.DeleteFunctionOutput{StatusCode: 204}},
		{name: "no members", service: "config", op: "PutConfigRule", status: 200, out: &configservice.PutConfigRuleOutput{}, body: `{}`},
		{
			name: "xml", service: "cloudformation", op: "ListStackSets", status: 200,
			out: &cloudformation.ListStackSetsOutput{Summaries: []cfntypes.StackSetSummary{
				{StackSetName: aws.String("a&b"), Status: cfntypes.StackSetStatusActive, LastDriftCheckTimestamp: aws.Time(at)},
			}},
			body: `<ListStackSetsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListStackSetsResult><Summaries><member>` +
				`<LastDriftCheckTimestamp>2026-01-02T02:04:05.06Z</LastDriftCheckTimestamp><StackSetName>a&amp;b</StackSetName><Status>ACTIVE</Status>` +
				`</member></Summaries></ListStackSetsResult><ResponseMetadata><RequestId>request</RequestId></ResponseMetadata></ListStackSetsResponse>`,
		},
		{
			name: "xml without members", service: "iam", op: "DeleteRole", status: 200, out: &iam.DeleteRoleOutput{},
			body: `<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><DeleteRoleResult></DeleteRoleResult>` +
				`<ResponseMetadata><RequestId>request</RequestId></ResponseMetadata></DeleteRoleResponse>`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := service(t, tt.service).Encode(w, tt.op, tt.out, "request"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.status, w.Code) + cmp.Diff(tt.body, w.Body.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeJSONRefusesUnknownMembers(t *testing.T) {
	var in lambda.UpdateFunctionConfigurationInput
	err := service(t, "lambda").DecodeJSON("UpdateFunctionConfiguration", []byte(`{"FunctionName":"f","Layer":[]}`), &in)
	if err == nil || err.Error() != `ValidationException: Unknown parameter in input of UpdateFunctionConfiguration: "Layer"` {
		t.Errorf("error %v", err)
	}
	if aws.ToString(in.FunctionName) != "f" {
		t.Error("a member that travels in the path was not read")
	}
}

func BenchmarkUpdateFunctionConfiguration(b *testing.B) {
	c := sdks(b)["lambda"]
	const op = "UpdateFunctionConfiguration"
	var file string
	for _, f := range c.fixtures(b, "request_snapshot", op+".request.snap") {
		file = f
	}
	_, snap, err := decodeSnapshot(b, c, op, file)
	if err != nil {
		b.Fatal(err)
	}
	_, outType := c.types(op)
	out := filled(outType, false)
	r := snap.request(b)
	b.ReportAllocs()
	for b.Loop() {
		name, err := c.service.Route(r, snap.body)
		if err != nil {
			b.Fatal(err)
		}
		var in lambda.UpdateFunctionConfigurationInput
		if err := c.service.Decode(name, r, snap.body, &in); err != nil {
			b.Fatal(err)
		}
		if err := c.service.Encode(httptest.NewRecorder(), name, out, "request"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListFunctionsPage(b *testing.B) {
	s := service(b, "lambda")
	out := &lambda.ListFunctionsOutput{NextMarker: aws.String("next")}
	for range 50 {
		out.Functions = append(out.Functions, lambdatypes.FunctionConfiguration{
			FunctionName: aws.String("orders-api-handler"), FunctionArn: aws.String("arn:aws:lambda:eu-west-1:100000000001:function:orders-api-handler"),
			Runtime: lambdatypes.RuntimePython313, Role: aws.String("arn:aws:iam::100000000001:role/orders"), Handler: aws.String("app.handler"),
			CodeSize: 123456, Description: aws.String(""), Timeout: aws.Int32(3), MemorySize: aws.Int32(128), LastModified: aws.String("2026-01-02T03:04:05.000+0000"),
			CodeSha256: aws.String("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), Version: aws.String("$LATEST"),
			TracingConfig: &lambdatypes.TracingConfigResponse{Mode: lambdatypes.TracingModePassThrough}, RevisionId: aws.String("11111111-2222-3333-4444-555555555555"),
			Layers:      []lambdatypes.Layer{{Arn: aws.String("arn:aws:lambda:eu-west-1:100000000000:layer:common:7"), CodeSize: 4711}},
			PackageType: lambdatypes.PackageTypeZip, Architectures: []lambdatypes.Architecture{lambdatypes.ArchitectureX8664},
			Environment:      &lambdatypes.EnvironmentResponse{Variables: map[string]string{"STAGE": "prod", "LEVEL": "info"}},
			EphemeralStorage: &lambdatypes.EphemeralStorage{Size: aws.Int32(512)}, SnapStart: &lambdatypes.SnapStartResponse{ApplyOn: lambdatypes.SnapStartApplyOnNone},
		})
	}
	r := httptest.NewRequest("GET", "/2015-03-31/functions/?MaxItems=50&Marker=m", nil)
	b.ReportAllocs()
	for b.Loop() {
		var in lambda.ListFunctionsInput
		if err := s.Decode("ListFunctions", r, nil, &in); err != nil {
			b.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := s.Encode(w, "ListFunctions", out, "request"); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(w.Body.Len()))
	}
}
