package ssm_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

const (
	account = "100000000001"
	other   = "100000000002"
	region  = "eu-west-1"
	role    = "arn:aws:iam::100000000001:role/rotation"
)

// fixture is a sandbox of ssm alone, with a stand-in for sts and one for the script runner.
type fixture struct {
	*testing.T
	svc        *ssm.Service
	dispatcher *call.Dispatcher
	scripts    func(context.Context, runbook.Script) (runbook.Result, error)

	mu    sync.Mutex
	ends  []ports.AutomationEnd
	calls []call.Caller // those made with the role's session
}

func (f *fixture) Run(ctx context.Context, s runbook.Script) (runbook.Result, error) {
	return f.scripts(ctx, s)
}

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t}
	clk := clock.New(1)
	f.dispatcher = call.New(clk)
	f.svc = ssm.New(ssm.Config{Dispatcher: f.dispatcher, Clock: clk, IDs: ids.New(1), Scripts: f, Calls: f.byName, Quirks: quirktest.Turned(t, nil)})
	f.svc.SubscribeAutomations(func(e ports.AutomationEnd) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ends = append(f.ends, e)
	})
	f.dispatcher.Register(f.svc.Operations()...)
	f.dispatcher.Register(call.Operation("sts", "AssumeRole", f.assumeRole).Accepts("RoleArn", "RoleSessionName"))
	f.dispatcher.Observe(func(e call.Entry) {
		if e.Caller.AccessKey == "ASIASESSION" {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.calls = append(f.calls, e.Caller)
		}
	})
	t.Cleanup(f.svc.Close)
	return f
}

func (f *fixture) assumeRole(_ context.Context, c call.Caller, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	if c.Principal != ssm.Principal || *in.RoleArn != role {
		return nil, apierr.New(403, "AccessDenied", "%s may not assume %s", c.Principal, *in.RoleArn)
	}
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: &ststypes.AssumedRoleUser{Arn: aws.String("arn:aws:sts::" + account + ":assumed-role/rotation/" + *in.RoleSessionName)},
		Credentials: &ststypes.Credentials{
			AccessKeyId: aws.String("ASIASESSION"), SecretAccessKey: aws.String("secret"), SessionToken: aws.String("token"),
			Expiration: aws.Time(time.Now().Add(time.Hour)),
		},
	}, nil
}

// byName is the call by name that the sandbox gives to the service.
func (f *fixture) byName(ctx context.Context, c call.Caller, service, operation string, input []byte) ([]byte, error) {
	for _, w := range wire.Services() {
		if w.Name != service {
			continue
		}
		op, ok := f.dispatcher.Operation(service, operation)
		if !ok {
			break
		}
		in := reflect.New(op.In).Interface()
		if err := w.DecodeJSON(operation, input, in); err != nil {
			return nil, err
		}
		out, err := f.dispatcher.Do(ctx, c, op, in)
		if err != nil {
			return nil, err
		}
		return w.EncodeJSON(operation, out)
	}
	return nil, apierr.Unsupported("the operation %s of %s", operation, service)
}

func do[O, I any](f *fixture, acct string, in *I) (*O, error) {
	return call.Do[O](f.Context(), f.dispatcher, call.Administrator(acct, region), in)
}

func must[O, I any](f *fixture, acct string, in *I) *O {
	f.Helper()
	out, err := do[O](f, acct, in)
	if err != nil {
		f.Fatalf("%T: %v", in, err)
	}
	return out
}

func fails(t *testing.T, err error, code string) {
	t.Helper()
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

func (f *fixture) create(name, content string) {
	f.Helper()
	must[api.CreateDocumentOutput](f, account, &api.CreateDocumentInput{
		Name: &name, Content: &content, DocumentType: types.DocumentTypeAutomation, DocumentFormat: types.DocumentFormatYaml,
	})
}

func (f *fixture) start(name string, parameters map[string][]string) string {
	f.Helper()
	out := must[api.StartAutomationExecutionOutput](f, account, &api.StartAutomationExecutionInput{DocumentName: &name, Parameters: parameters})
	return *out.AutomationExecutionId
}

func (f *fixture) get(id string) *types.AutomationExecution {
	f.Helper()
	return must[api.GetAutomationExecutionOutput](f, account, &api.GetAutomationExecutionInput{AutomationExecutionId: &id}).AutomationExecution
}

const scripted = `
schemaVersion: "0.3"
description: rotate
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole: {type: AWS::IAM::Role::Arn}
  Name: {type: String, description: which, default: f}
mainSteps:
  - name: rotate
    action: aws:executeScript
    timeoutSeconds: 60
    maxAttempts: 2
    isEnd: true
    inputs:
      Runtime: python3.11
      Handler: main
      InputPayload: {name: "{{ Name }}", at: "{{ global:REGION }}"}
      Script: "def main(events, context): return events"
    outputs:
      - {Name: After, Selector: $.Payload.after, Type: StringList}
outputs:
  - rotate.After
`
