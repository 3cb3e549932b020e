package runbook

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/sigv4"
)

// fakeLambda answers the calls of these tests' scripts, in Lambda's own protocol (boto3) and by operation name
// (the stand-in). It checks every signature.
func fakeLambda(t testing.TB) *httptest.Server {
	t.Helper()
	var updates, throttled atomic.Int32
	answer := func(operation, name, marker string) (int, any) {
		switch {
		case operation == "GetFunction" && name == "pending":
			status := "InProgress"
			if updates.Add(1) > 2 {
				status = "Successful"
			}
			return 200, map[string]any{"Configuration": map[string]any{"FunctionName": name, "LastUpdateStatus": status}}
		case operation == "GetFunctionConfiguration" && name == "busy" && throttled.Add(1) < 3:
			return 429, map[string]any{"__type": "TooManyRequestsException", "message": "Rate exceeded"}
		case operation == "GetFunctionConfiguration" && name == "missing":
			return 404, map[string]any{"__type": "ResourceNotFoundException", "Message": "Function not found"}
		case operation == "GetFunctionConfiguration":
			return 200, map[string]any{"FunctionName": name, "MemorySize": 128}
		case operation == "ListFunctions" && marker == "":
			return 200, map[string]any{"Functions": []any{map[string]any{"FunctionName": "a"}}, "NextMarker": "m"}
		case operation == "ListFunctions":
			return 200, map[string]any{"Functions": []any{map[string]any{"FunctionName": "b"}}}
		}
		return 400, map[string]any{"__type": "SandboxUnsupported", "message": operation}
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		signed, err := sigv4.Parse(r)
		if err == nil {
			err = signed.Verify(r, body, "secret", time.Now())
		}
		if err != nil || signed.AccessKey != "ASIAEXAMPLE" || signed.Region != "eu-west-1" || r.Header.Get("X-Amz-Security-Token") != "token" {
			t.Errorf("%s %s: signature %v: %+v", r.Method, r.URL, err, signed)
		}
		var operation, name, marker string
		if by, ok := strings.CutPrefix(r.URL.Path, "/layerfleet/call/"); ok {
			var in struct{ FunctionName, Marker string }
			if err := json.Unmarshal(body, &in); err != nil {
				t.Error(err)
			}
			operation, name, marker = by, in.FunctionName, in.Marker
		} else {
			path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
			switch len(path) {
			case 2:
				operation, marker = "ListFunctions", r.URL.Query().Get("Marker")
			case 3:
				operation, name = "GetFunction", path[2]
			case 4:
				operation, name = "GetFunctionConfiguration", path[2]
			}
		}
		status, value := answer(operation, name, marker)
		if m, ok := value.(map[string]any); ok && m["__type"] != nil {
			w.Header().Set("X-Amzn-Errortype", m["__type"].(string))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func credentials() Credentials {
	return Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token", Region: "eu-west-1"}
}

// TestClients runs the same scripts with boto3 and with its stand-in: a script must not notice a difference.
func TestClients(t *testing.T) {
	tests := []struct{ name, source, payload string }{
		{
			name: "a call and its answer",
			source: `
def main(events, context):
    answer = boto3.client("lambda").get_function_configuration(FunctionName="f")
    return [answer["MemorySize"], answer["ResponseMetadata"]["HTTPStatusCode"]]`,
			payload: `[128, 200]`,
		},
		{
			name: "an error by client.exceptions",
			source: `
def main(events, context):
    client = boto3.client("lambda", config=Config(retries={"mode": "standard", "max_attempts": 2}))
    try:
        client.get_function_configuration(FunctionName="missing")
    except client.exceptions.ResourceNotFoundException as error:
        return [str(error), error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], isinstance(error, ClientError)]`,
			payload: `["An error occurred (ResourceNotFoundException) when calling the GetFunctionConfiguration operation: Function not found", "ResourceNotFoundException", 404, true]`,
		},
		{
			name: "throttling is retried",
			source: `
def main(events, context):
    answer = boto3.session.Session().client("lambda").get_function_configuration(FunctionName="busy")
    return [answer["FunctionName"], answer["ResponseMetadata"]["RetryAttempts"]]`,
			payload: `["busy", 2]`,
		},
		{
			name: "a waiter",
			source: `
def main(events, context):
    boto3.client("lambda").get_waiter("function_updated_v2").wait(FunctionName="pending", WaiterConfig={"Delay": 2})
    try:
        boto3.client("lambda").get_waiter("function_updated").wait(FunctionName="missing")
    except WaiterError as error:
        return [error.last_response["Error"]["Code"], str(error)]`,
			payload: `["ResourceNotFoundException", "Waiter FunctionUpdated failed: An error occurred (ResourceNotFoundException): Function not found"]`,
		},
		{
			name: "a paginator",
			source: `
def main(events, context):
    return [f["FunctionName"] for p in boto3.client("lambda").get_paginator("list_functions").paginate() for f in p["Functions"]]`,
			payload: `["a", "b"]`,
		},
		{
			name: "signatures are of real time at any speed",
			source: `
import time
def main(events, context):
    time.sleep(7200)
    return boto3.client("lambda").get_function_configuration(FunctionName="f")["FunctionName"]`,
			payload: `"f"`,
		},
	}
	const head = `
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
`
	for _, standIn := range []bool{false, true} {
		name := "boto3"
		if standIn {
			name = "stand-in"
		}
		t.Run(name, func(t *testing.T) {
			r := runner(t, fakeLambda(t).URL, 100_000, standIn)
			for _, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					res, err := r.Run(t.Context(), Script{Source: head + tt.source, Handler: "main", Credentials: credentials()})
					if diff := cmp.Diff(tt.payload, string(res.Payload)); err != nil || diff != "" {
						t.Errorf("error %v, logs %q (-want +got):\n%s", err, res.Logs, diff)
						if se, ok := errors.AsType[*ScriptError](err); ok {
							t.Log(se.Traceback)
						}
					}
				})
			}
		})
	}
}

func TestStandInRefusesByName(t *testing.T) {
	r := runner(t, fakeLambda(t).URL, 1000, true)
	for _, tt := range []struct{ name, expression, want string }{
		{"resources", `boto3.resource("s3")`, "the stand-in for boto3 has no resources, so not s3: install boto3"},
		{"an option", `Config(proxies={})`, "the stand-in for botocore has no Config option 'proxies'"},
		{"an operation", `boto3.client("lambda").invoke(FunctionName="f")`, "An error occurred (SandboxUnsupported) when calling the Invoke operation: Invoke"},
		{"a waiter", `boto3.client("lambda").get_waiter("moon_phase")`, "Waiter does not exist: moon_phase"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Run(t.Context(), Script{
				Source:  "import boto3\nfrom botocore.config import Config\ndef main(events, context): " + tt.expression,
				Handler: "main", Credentials: credentials(),
			})
			se, ok := errors.AsType[*ScriptError](err)
			if !ok || se.Message != tt.want {
				t.Errorf("error %v", err)
			}
		})
	}
}

const oneCall = `
import boto3
def main(events, context):
    return boto3.client("lambda").get_function_configuration(FunctionName="f")["FunctionName"]`

func BenchmarkScript(b *testing.B) {
	for _, bb := range []struct {
		name, source string
		standIn      bool
	}{
		{"empty", "def main(events, context): pass", false},
		{"boto3 call", oneCall, false},
		{"stand-in call", oneCall, true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := runner(b, fakeLambda(b).URL, 1, bb.standIn)
			for b.Loop() {
				if _, err := r.Run(b.Context(), Script{Source: bb.source, Handler: "main", Credentials: credentials()}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScripts is the rate of many scripts at once.
func BenchmarkScripts(b *testing.B) {
	for _, standIn := range []bool{false, true} {
		b.Run(map[bool]string{false: "boto3", true: "stand-in"}[standIn], func(b *testing.B) {
			r := runner(b, fakeLambda(b).URL, 1, standIn)
			b.SetParallelism(perProcessor)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := r.Run(b.Context(), Script{Source: oneCall, Handler: "main", Credentials: credentials()}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
