package config_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/lambda"
)

const (
	management = "100000000000"
	member     = "100000000001"
	other      = "100000000002"
	suspended  = "100000000003"
	region     = "us-east-1"
	second     = "eu-west-1"
	lambdaType = "AWS::Lambda::Function"
)

// world is a config service among a real lambda and stand-ins for the rest.
type world struct {
	*testing.T
	svc        *config.Service
	dispatcher *call.Dispatcher
	clk        *clock.Clock

	mu        sync.Mutex
	access    bool  // trusted access is on
	roleErr   error // what assuming a role answers
	listErr   error // what ListAccounts answers
	started   []*ssm.StartAutomationExecutionInput
	starters  []string // principals
	startErr  error
	remediate func(in *ssm.StartAutomationExecutionInput, end func(status, failure string))
	listeners []func(ports.AutomationEnd)
	content   string // of every document
}

func (w *world) ID() string                { return "o-example" }
func (w *world) ManagementAccount() string { return management }
func (w *world) Account(id string) (ports.Account, bool) {
	i := slices.IndexFunc(w.Accounts(), func(a ports.Account) bool { return a.ID == id })
	if i < 0 {
		return ports.Account{}, false
	}
	return w.Accounts()[i], true
}

func (w *world) Accounts() []ports.Account {
	return []ports.Account{{ID: management, State: "ACTIVE"}, {ID: member, State: "ACTIVE"}, {ID: other, State: "ACTIVE"}, {ID: suspended, State: "SUSPENDED"}}
}
func (w *world) Under(string) ([]string, bool)  { return nil, false }
func (w *world) Path(string) string             { return "" }
func (w *world) ServiceAccess(string) bool      { return w.access }
func (w *world) SubscribeAccounts(func(string)) {}
func (w *world) All() []string                  { return []string{second, region} }
func (w *world) Enabled(string, string) bool    { return true }
func (w *world) SubscribeAutomations(f func(ports.AutomationEnd)) {
	w.listeners = append(w.listeners, f)
}

func (w *world) EnsureServiceRole(account, service string) (string, error) {
	return "arn:aws:iam::" + account + ":role/aws-service-role/" + service + "/AWSServiceRole", nil
}

func (w *world) assumeRole(_ context.Context, _ call.Caller, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	if w.roleErr != nil {
		return nil, w.roleErr
	}
	return &sts.AssumeRoleOutput{
		Credentials: &ststypes.Credentials{AccessKeyId: in.RoleArn}, AssumedRoleUser: &ststypes.AssumedRoleUser{Arn: in.RoleArn},
	}, nil
}

func (w *world) start(_ context.Context, c call.Caller, in *ssm.StartAutomationExecutionInput) (*ssm.StartAutomationExecutionOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starters = append(w.starters, c.Principal)
	if w.startErr != nil {
		return nil, w.startErr
	}
	w.started = append(w.started, in)
	id := fmt.Sprintf("execution-%d", len(w.started))
	if w.remediate != nil {
		w.remediate(in, func(status, failure string) {
			for _, f := range w.listeners {
				f(ports.AutomationEnd{Account: c.Account, Region: c.Region, ExecutionID: id, Status: status, Failure: failure})
			}
		})
	}
	return &ssm.StartAutomationExecutionOutput{AutomationExecutionId: &id}, nil
}

func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.started)
}

// inWorld runs a test in a bubble of time.
func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	inQuirky(t, nil, f)
}

// inQuirky is inWorld with some quirks chosen; the others are on the sides that need no waiting and leave results alone.
func inQuirky(t *testing.T, chosen map[quirk.Name]string, f func(w *world)) {
	t.Helper()
	quirks := map[quirk.Name]string{quirk.ChangedRule: "no"}
	maps.Copy(quirks, chosen)
	set := quirktest.Turned(t, quirks)
	synctest.Test(t, func(t *testing.T) {
		clk := clock.New(1)
		w := &world{T: t, clk: clk, dispatcher: call.New(clk), content: `{"assumeRole": "{{ AutomationAssumeRole }}"}`}
		functions := lambda.New(lambda.Config{Clock: clk, IDs: ids.New(1), BlobURL: func(sha string) string { return sha }})
		w.svc = config.New(config.Config{
			Dispatcher: w.dispatcher, Clock: clk, IDs: ids.New(1), Functions: functions, Organization: w, Regions: w, ServiceRoles: w, Automations: w, Quirks: set,
		})
		w.dispatcher.Register(functions.Operations()...)
		w.dispatcher.Register(w.svc.Operations()...)
		w.dispatcher.Register(
			call.Operation("sts", "AssumeRole", w.assumeRole).Accepts("RoleArn", "RoleSessionName"),
			call.Operation("organizations", "ListAccounts", func(context.Context, call.Caller, *organizations.ListAccountsInput) (*organizations.ListAccountsOutput, error) {
				return &organizations.ListAccountsOutput{}, w.listErr
			}),
			call.Operation("organizations", "EnableAWSServiceAccess", func(context.Context, call.Caller, *organizations.EnableAWSServiceAccessInput) (*organizations.EnableAWSServiceAccessOutput, error) {
				w.access = true
				return &organizations.EnableAWSServiceAccessOutput{}, nil
			}).Accepts("ServicePrincipal"),
			call.Operation("ssm", "GetDocument", func(_ context.Context, _ call.Caller, in *ssm.GetDocumentInput) (*ssm.GetDocumentOutput, error) {
				if *in.Name == "missing" {
					return nil, errors.New("InvalidDocument")
				}
				return &ssm.GetDocumentOutput{Content: &w.content}, nil
			}).Accepts("Name", "DocumentVersion"),
			call.Operation("ssm", "StartAutomationExecution", w.start).Accepts("DocumentName", "DocumentVersion", "Parameters"),
		)
		f(w)
	})
}

func do[O, I any](w *world, account, region string, in *I) (*O, error) {
	return call.Do[O](w.Context(), w.dispatcher, call.Administrator(account, region), in)
}

// must makes a call as the member's administrator.
func must[O, I any](w *world, in *I) *O {
	w.Helper()
	return mustAt[O](w, member, region, in)
}

func mustAt[O, I any](w *world, account, region string, in *I) *O {
	w.Helper()
	out, err := do[O](w, account, region, in)
	if err != nil {
		w.Fatalf("%T: %v", in, err)
	}
	return out
}

// wantCode checks an error's code, and that its text has some words.
func wantCode(t *testing.T, err error, code, words string) {
	t.Helper()
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != code || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, want %s with %q", err, code, words)
	}
}

// pass lets sandbox time pass and waits until nothing runs.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// record turns the recorder of a pair on.
func (w *world) record(account, region string) {
	w.Helper()
	mustAt[api.PutConfigurationRecorderOutput](w, account, region, recorder(account))
	mustAt[api.PutDeliveryChannelOutput](w, account, region, &api.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{S3BucketName: aws.String("b")}})
	mustAt[api.StartConfigurationRecorderOutput](w, account, region, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
}

func recorder(account string) *api.PutConfigurationRecorderInput {
	return &api.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{
		RoleARN: aws.String("arn:aws:iam::" + account + ":role/config"), RecordingGroup: &types.RecordingGroup{AllSupported: true},
	}}
}

func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	_, err := z.Create("main.py")
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// layer publishes n versions of a layer in a pair and returns their ARNs.
func (w *world) layer(account, region, name string, n int) []string {
	w.Helper()
	var arns []string
	for range n {
		out := mustAt[lambdaapi.PublishLayerVersionOutput](w, account, region, &lambdaapi.PublishLayerVersionInput{
			LayerName: &name, Content: &lambdatypes.LayerVersionContentInput{ZipFile: archive(w.T)},
		})
		arns = append(arns, *out.LayerVersionArn)
	}
	return arns
}

func (w *world) function(account, region, name string, layers ...string) {
	w.Helper()
	mustAt[lambdaapi.CreateFunctionOutput](w, account, region, &lambdaapi.CreateFunctionInput{
		FunctionName: &name, Runtime: lambdatypes.RuntimePython312, Handler: aws.String("main.h"), Role: aws.String("arn:aws:iam::" + account + ":role/exec"),
		Code: &lambdatypes.FunctionCode{ZipFile: archive(w.T)}, Layers: layers,
	})
}

func (w *world) setLayers(account, region, name string, layers ...string) {
	w.Helper()
	mustAt[lambdaapi.UpdateFunctionConfigurationOutput](w, account, region, &lambdaapi.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: layers})
}

// query runs an advanced query in the member and returns the names that it finds.
func (w *world) query(where string) string {
	w.Helper()
	out := must[api.SelectResourceConfigOutput](w, &api.SelectResourceConfigInput{Expression: aws.String("SELECT resourceId WHERE " + where)})
	return w.names(out.Results)
}

func (w *world) names(rows []string) string {
	w.Helper()
	var names []string
	for _, r := range rows {
		var x struct{ ResourceID string }
		if err := json.Unmarshal([]byte(r), &x); err != nil {
			w.Fatal(err)
		}
		names = append(names, x.ResourceID)
	}
	return strings.Join(names, " ")
}
