package sandbox_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

const (
	region = "us-east-1"
	member = "100000000001"
)

// emptyZip is the end record of an archive without files.
const emptyZip = "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// makeFunction makes a function with layers and waits until it is active.
func makeFunction(t *testing.T, sb *sandbox.Sandbox, client *lambda.Client, name string, layers ...string) {
	t.Helper()
	in := &lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String("arn:aws:iam::" + member + ":role/lambda-execution"),
		Runtime: types.RuntimePython313, Handler: aws.String("main.handler"), Layers: layers,
		Code: &types.FunctionCode{ZipFile: []byte(emptyZip)},
	}
	if name == "image" {
		in.PackageType, in.Runtime, in.Handler = types.PackageTypeImage, "", nil
		in.Code = &types.FunctionCode{ImageUri: aws.String(member + ".dkr.ecr.us-east-1.amazonaws.com/image:1")}
	}
	if _, err := client.CreateFunction(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := sb.Clock().Sleep(t.Context(), 2*time.Second); err != nil {
		t.Fatal(err)
	}
}

// TestFaultsOnTheWire makes the mistakes that users make, and reads AWS's answer from the wire.
func TestFaultsOnTheWire(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Regions: []string{region, "eu-west-1"}, Clean: true, Roles: []sandbox.Role{reader()}})
	cfg := sb.AWSConfig(member, region)
	fn, cf := lambda.NewFromConfig(cfg), cloudformation.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	owner := lambda.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	config := configservice.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	documents, roles := ssm.NewFromConfig(cfg), sts.NewFromConfig(cfg)
	common := func(n int64) string { return sb.LayerVersionARN(sandbox.LayerRuntime, region, n) }

	own, err := fn.PublishLayerVersion(t.Context(), &lambda.PublishLayerVersionInput{LayerName: aws.String("own"), Content: &types.LayerVersionContentInput{ZipFile: []byte(emptyZip)}})
	if err != nil {
		t.Fatal(err)
	}
	ca := sb.LayerVersionARN("ca-bundle", region, 2)
	makeFunction(t, sb.Sandbox, fn, "plain", common(3))
	makeFunction(t, sb.Sandbox, fn, "image")
	makeFunction(t, sb.Sandbox, fn, "other-deleted", common(3), *own.LayerVersionArn)
	makeFunction(t, sb.Sandbox, fn, "other-unshared", ca, common(3))
	if _, err := fn.DeleteLayerVersion(t.Context(), &lambda.DeleteLayerVersionInput{LayerName: aws.String("own"), VersionNumber: aws.Int64(1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.RemoveLayerVersionPermission(t.Context(), &lambda.RemoveLayerVersionPermissionInput{LayerName: aws.String("ca-bundle"), VersionNumber: aws.Int64(2), StatementId: aws.String("organization")}); err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile("../deploy/lambdalayer.yaml")
	if err != nil {
		t.Fatal(err)
	}

	attach := func(name string, layers ...string) error {
		_, err := fn.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: layers})
		return err
	}
	read := func(arn string) error {
		_, err := fn.GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: &arn})
		return err
	}
	runbook := func(runtime string) error {
		content := "schemaVersion: \"0.3\"\nmainSteps:\n  - name: run\n    action: aws:executeScript\n    inputs:\n      Runtime: " + runtime +
			"\n      Handler: handler\n      Script: |\n        def handler(events, context):\n            return {}\n"
		_, err := documents.CreateDocument(t.Context(), &ssm.CreateDocumentInput{
			Name: aws.String("book-" + strings.ReplaceAll(runtime, ".", "-")), Content: &content, DocumentType: ssmtypes.DocumentTypeAutomation, DocumentFormat: ssmtypes.DocumentFormatYaml,
		})
		return err
	}
	stackSet := func(name string, capabilities ...cfntypes.Capability) error {
		_, err := cf.CreateStackSet(t.Context(), &cloudformation.CreateStackSetInput{
			StackSetName: &name, TemplateBody: aws.String(string(template)), Capabilities: capabilities,
			Parameters: []cfntypes.Parameter{
				{ParameterKey: aws.String("OldLayerArn"), ParameterValue: aws.String(common(3))},
				{ParameterKey: aws.String("NewLayerArn"), ParameterValue: aws.String(common(6))},
			},
		})
		return err
	}
	tests := []struct {
		name   string
		err    error
		code   string // empty: it works
		status int
		text   string
	}{
		{name: "unknown layer of another account", err: read(sb.LayerVersionARN("nothing", region, 1)), code: "AccessDeniedException", status: http.StatusForbidden, text: "lambda:GetLayerVersion"},
		{name: "unknown layer of the own account", err: read("arn:aws:lambda:us-east-1:" + member + ":layer:nothing:1"), code: "ResourceNotFoundException", status: http.StatusNotFound},
		{name: "malformed ARN", err: read("layer:common-runtime"), code: "ValidationException", status: http.StatusBadRequest},
		{name: "attach a malformed ARN", err: attach("plain", "layer:common-runtime"), code: "ValidationException", status: http.StatusBadRequest},
		{name: "another partition", err: attach("plain", strings.Replace(common(6), "arn:aws:", "arn:aws-cn:", 1)), code: "AccessDeniedException", status: http.StatusForbidden, text: "arn:aws-cn:"},
		{name: "another Region", err: attach("plain", strings.Replace(common(6), region, "eu-west-1", 1)), code: "AccessDeniedException", status: http.StatusForbidden, text: "eu-west-1"},
		{name: "another Region, own layer", err: attach("plain", strings.Replace(*own.LayerVersionArn, region, "eu-west-1", 1)), code: "InvalidParameterValueException", status: http.StatusBadRequest, text: "expected to be in region us-east-1"},
		{name: "container image", err: attach("image", common(6)), code: "InvalidParameterValueException", status: http.StatusBadRequest, text: "container image package type"},
		{name: "other layer deleted", err: attach("other-deleted", common(6), *own.LayerVersionArn), code: "InvalidParameterValueException", status: http.StatusBadRequest, text: "Layer version ARN does not exist"},
		{name: "other layer not shared", err: attach("other-unshared", ca, common(6)), code: "AccessDeniedException", status: http.StatusForbidden, text: ca},
		{name: "runbook of today", err: runbook("python3.11")},
		{name: "runbook with python3.8", err: runbook("python3.8"), code: "InvalidDocumentContent", status: http.StatusBadRequest, text: "python3.8"},
		{name: "template without capabilities", err: stackSet("without"), code: "InsufficientCapabilitiesException", status: http.StatusBadRequest, text: "CAPABILITY_IAM"},
		{name: "template with them", err: stackSet("with", cfntypes.CapabilityCapabilityIam)},
		{name: "no aggregator", err: func() error {
			_, err := config.SelectAggregateResourceConfig(t.Context(), &configservice.SelectAggregateResourceConfigInput{ConfigurationAggregatorName: aws.String("none"), Expression: aws.String("SELECT resourceId")})
			return err
		}(), code: "NoSuchConfigurationAggregatorException", status: http.StatusBadRequest},
		{name: "denied role", err: func() error {
			_, err := roles.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::100000000002:role/" + reader().Name), RoleSessionName: aws.String("somebody")})
			return err
		}(), code: "AccessDenied", status: http.StatusForbidden, text: "sts:AssumeRole"},
	}
	for _, tt := range tests {
		if tt.code == "" {
			if tt.err != nil {
				t.Errorf("%s: %v", tt.name, tt.err)
			}
			continue
		}
		wantAnswer(t, tt.name, tt.err, tt.status, tt.code, tt.text)
	}
}

func wantAnswer(t *testing.T, name string, err error, status int, code, text string) {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Errorf("%s: %v is no answer of AWS", name, err)
		return
	}
	if api.ErrorCode() != code || response.HTTPStatusCode() != status || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("%s: %d %s: %s, want %d %s with %q", name, response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code, text)
	}
}

// TestFunctionThatIsUpdating changes a function a second time before time passes, and once it has.
func TestFunctionThatIsUpdating(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 2, Regions: []string{region}, Clean: true})
	client := lambda.NewFromConfig(sb.AWSConfig(member, region))
	makeFunction(t, sb.Sandbox, client, "busy")
	change := func(memory int32) error {
		_, err := client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("busy"), MemorySize: &memory})
		return err
	}
	if err := change(256); err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, "a second change", change(512), http.StatusConflict, "ResourceConflictException", "An update is in progress for resource: arn:aws:lambda:us-east-1:"+member+":function:busy")
	sb.Advance(2 * time.Second)
	if err := change(512); err != nil {
		t.Errorf("after the update: %v", err)
	}
}

// TestFaults injects an error: it comes as often as it was ordered, in the place it was ordered for, and goes.
func TestFaults(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Regions: []string{region}, Clean: true})
	list := func(account string) error {
		client := lambda.NewFromConfig(sb.AWSConfig(account, region), func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
		_, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
		return err
	}
	broken := sandbox.Fault{Service: "lambda", Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "come back later"}
	once := broken
	once.Operation, once.Account, once.Times = "ListFunctions", member, 1
	sb.Inject(once)
	if err := list("100000000002"); err != nil {
		t.Errorf("another account: %v", err)
	}
	wantAnswer(t, "the account", list(member), http.StatusServiceUnavailable, "ServiceUnavailable", "come back later")
	if err := list(member); err != nil {
		t.Errorf("after the one time: %v", err)
	}
	remove := sb.Inject(broken)
	for range 2 {
		wantAnswer(t, "everywhere, always", list("100000000002"), http.StatusServiceUnavailable, "ServiceUnavailable", "")
	}
	remove()
	if err := list(member); err != nil {
		t.Errorf("after it was taken back: %v", err)
	}
}

// TestFaultWithoutEffect names an operation that there is not.
func TestFaultWithoutEffect(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Empty: true})
	for _, f := range []sandbox.Fault{{Operation: "ListFunction"}, {Service: "configservice"}, {Service: "ssm", Operation: "ListFunctions"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", f)
				}
			}()
			sb.Inject(f)
		}()
	}
	sb.Inject(sandbox.Fault{})
	_, err := lambda.NewFromConfig(sb.AWSConfig(sb.Management(), "us-east-1"), func(o *lambda.Options) { o.RetryMaxAttempts = 1 }).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
	wantAnswer(t, "a fault that says nothing", err, http.StatusInternalServerError, "InternalFailure", "")
}
