package wire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// decodeTests are requests with something in them that the SDK's client would not send.
var decodeTests = []struct {
	name, service, op string
	path, body        string
	in                string   // what is decoded, as plain JSON
	unknown           []string // the rest
	code, message     string   // of the error
}{
	{
		name: "unknown, and null", service: "config", op: "PutConfigRule", path: "/",
		body:    `{"ConfigRule":{"ConfigRuleName":"r","Source":{"Owner":"AWS","SourceDetails":[{"EventSource":"aws.config"},{"Later":1}]},"Scope":null},"Tags":[],"New":{"a":[1,"]"]}}`,
		in:      `{"ConfigRule":{"ConfigRuleName":"r","Source":{"Owner":"AWS","SourceDetails":[{"EventSource":"aws.config"},{}]}},"Tags":[]}`,
		unknown: []string{"ConfigRule.Source.SourceDetails.Later", "New"},
	},
	{
		name: "go names of lower-case members", service: "config", op: "PutConfigurationRecorder", path: "/",
		body:    `{"ConfigurationRecorder":{"recordingGroup":{"allSupported":true},"Name":"upper"}}`,
		in:      `{"ConfigurationRecorder":{"recordingGroup":{"allSupported":true,"includeGlobalResourceTypes":false}}}`,
		unknown: []string{"ConfigurationRecorder.Name"},
	},
	{
		name: "rest", service: "lambda", op: "UpdateFunctionConfiguration", path: "/2015-03-31/functions/f/configuration?debug=1",
		body:    `{"Layers":[],"FunctionName":"g"}`,
		in:      `{"FunctionName":"f","Layers":[]}`,
		unknown: []string{"FunctionName"},
	},
	{
		name: "query", service: "sts", op: "AssumeRole", path: "/",
		body:    "Action=AssumeRole&Version=2011-06-15&RoleArn=a&PolicyArns.member.1.arn=p&PolicyArns.member.2.Arn=q&Tags=&Later.member.1=x",
		in:      `{"RoleArn":"a","PolicyArns":[{"arn":"p"},{}],"Tags":[]}`,
		unknown: []string{"Later", "PolicyArns.Arn"},
	},
	{name: "empty body", service: "ssm", op: "DescribeDocument", path: "/", in: "{}"},
	{name: "not json", service: "ssm", op: "DescribeDocument", path: "/", body: `{"Name":`, code: "SerializationException", message: "not JSON"},
	{name: "not an object", service: "ssm", op: "DescribeDocument", path: "/", body: `[]`, code: "SerializationException", message: "START_ARRAY"},
	{name: "number for text", service: "ssm", op: "DescribeDocument", path: "/", body: `{"Name":1}`, code: "SerializationException", message: "the member Name: NUMBER_VALUE can not be converted to a String"},
	{name: "text for a number", service: "ssm", op: "DescribeParameters", path: "/", body: `{"MaxResults":"1"}`, code: "SerializationException", message: "the member MaxResults: STRING_VALUE"},
	{name: "number too large", service: "ssm", op: "DescribeParameters", path: "/", body: `{"MaxResults":4294967296}`, code: "SerializationException", message: "MaxResults"},
	{name: "fraction", service: "ssm", op: "DescribeParameters", path: "/", body: `{"MaxResults":1.5}`, code: "SerializationException", message: "MaxResults"},
	{name: "nested", service: "config", op: "PutConfigRule", path: "/", body: `{"ConfigRule":{"Source":{"SourceDetails":[{"EventSource":true}]}}}`, code: "SerializationException", message: "the member ConfigRule.Source.SourceDetails.EventSource: TRUE_VALUE"},
	{name: "null in a list", service: "config", op: "StartConfigRulesEvaluation", path: "/", body: `{"ConfigRuleNames":["a",null]}`, code: "SerializationException", message: "ConfigRuleNames: NULL_VALUE"},
	{name: "object for a list", service: "lambda", op: "UpdateFunctionConfiguration", path: "/2015-03-31/functions/f/configuration", body: `{"Layers":{}}`, code: "SerializationException", message: "Layers: START_OBJECT can not be converted to a List"},
	{name: "list for a map", service: "lambda", op: "TagResource", path: "/2017-03-31/tags/a", body: `{"Tags":[]}`, code: "SerializationException", message: "Tags: START_ARRAY can not be converted to a Map"},
	{name: "not base64", service: "lambda", op: "UpdateFunctionCode", path: "/2015-03-31/functions/f/code", body: `{"ZipFile":"*"}`, code: "SerializationException", message: "ZipFile is not base64"},
	{name: "query string of a wrong type", service: "lambda", op: "ListFunctions", path: "/2015-03-31/functions?MaxItems=ten", code: "SerializationException", message: "MaxItems"},
	{name: "text for a timestamp", service: "scheduler", op: "CreateSchedule", path: "/schedules/s", body: `{"StartDate":"2026-01-01T00:00:00Z"}`, code: "SerializationException", message: "StartDate: STRING_VALUE can not be converted to a Timestamp"},
	{name: "form of a wrong type", service: "sts", op: "AssumeRole", path: "/", body: "DurationSeconds=long", code: "MalformedInput", message: "DurationSeconds"},
	{name: "form with a member of a scalar", service: "sts", op: "AssumeRole", path: "/", body: "RoleArn.x=long", code: "MalformedInput", message: "RoleArn"},
	{name: "union", service: "ssm", op: "StartExecutionPreview", path: "/", body: `{"ExecutionInputs":{"Automation":{}}}`, code: "SandboxUnsupported", message: "ExecutionInputs"},
}

func TestDecode(t *testing.T) {
	clients := sdks(t)
	for _, tt := range decodeTests {
		t.Run(tt.name, func(t *testing.T) {
			c := clients[tt.service]
			inType, _ := c.types(tt.op)
			r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.body))
			in, tr := reflect.New(inType).Interface(), trail{}
			err := c.service.decode(tt.op, r, []byte(tt.body), in, &tr)
			if tt.code == "" {
				slices.Sort(tr.unknown)
				if diff := cmp.Diff(jsonValue([]byte(tt.in)), jsonValue(plainJSON(t, c, tt.op, in))) + cmp.Diff(tt.unknown, tr.unknown); err != nil || diff != "" {
					t.Errorf("error %v (-want +got):\n%s", err, diff)
				}
				return
			}
			var ae smithy.APIError
			if !errors.As(err, &ae) || ae.ErrorCode() != tt.code || !strings.Contains(ae.ErrorMessage(), tt.message) || StatusOf(err) != http.StatusBadRequest {
				t.Errorf("error %v, want %s (400) with %q", err, tt.code, tt.message)
			}
		})
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, tt := range decodeTests {
		f.Add([]byte(tt.body))
	}
	f.Add([]byte(`{"Name":"\ud83d\ude00\u0000","Target":{"EcsParameters":{"Tags":[{"a":"b"}]}},"EndDate":1e3}`))
	c := sdks(f)["scheduler"]
	inType, _ := c.types("CreateSchedule")
	f.Fuzz(func(t *testing.T, data []byte) {
		in := reflect.New(inType).Interface()
		if c.service.DecodeJSON("CreateSchedule", data, in) != nil {
			return
		}
		text, err := c.service.EncodeJSON("CreateSchedule", in)
		if err != nil {
			t.Fatal(err)
		}
		again := reflect.New(inType).Interface()
		if err := c.service.DecodeJSON("CreateSchedule", text, again); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := sdkDiff(in, again); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzDecodeForm(f *testing.F) {
	for _, tt := range decodeTests {
		f.Add(tt.body)
	}
	c := sdks(f)["cloudformation"]
	inType, _ := c.types("CreateStackSet")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		err := c.service.Decode("CreateStackSet", r, []byte(body), reflect.New(inType).Interface())
		if err != nil && StatusOf(err) != http.StatusBadRequest {
			t.Error(err)
		}
	})
}
