package lambda_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/lambda"
)

const (
	account = "100000000001"
	owner   = "100000000000"
	region  = "us-east-1"
	role    = "arn:aws:iam::100000000001:role/exec"
)

type fixture struct {
	*testing.T
	svc        *lambda.Service
	dispatcher *call.Dispatcher
}

func setup(t *testing.T) fixture {
	t.Helper()
	clk := clock.New(1)
	svc := lambda.New(lambda.Config{Clock: clk, IDs: ids.New(1), BlobURL: func(sha string) string { return "blob:" + sha }, Quirks: quirktest.Turned(t, nil)})
	d := call.New(clk)
	d.Register(svc.Operations()...)
	return fixture{T: t, svc: svc, dispatcher: d}
}

func do[O, I any](f fixture, acct string, in *I) (*O, error) {
	return call.Do[O](f.Context(), f.dispatcher, call.Administrator(acct, region), in)
}

func must[O, I any](f fixture, acct string, in *I) *O {
	f.Helper()
	out, err := do[O](f, acct, in)
	if err != nil {
		f.Fatalf("%T: %v", in, err)
	}
	return out
}

func archive(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("main.py")
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// layer publishes n versions of a layer and returns their ARNs.
func (f fixture) layer(acct, name string, n int) []string {
	f.Helper()
	var arns []string
	for range n {
		out := must[api.PublishLayerVersionOutput](f, acct, &api.PublishLayerVersionInput{
			LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: archive(f.T, name)},
		})
		arns = append(arns, *out.LayerVersionArn)
	}
	return arns
}

func (f fixture) function(name string, layers ...string) *api.CreateFunctionOutput {
	f.Helper()
	return must[api.CreateFunctionOutput](f, account, &api.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython312, Handler: aws.String("main.h"), Role: aws.String(role),
		Code: &types.FunctionCode{ZipFile: archive(f.T, "x")}, Layers: layers,
	})
}

func (f fixture) get(name string) *types.FunctionConfiguration {
	f.Helper()
	return must[api.GetFunctionOutput](f, account, &api.GetFunctionInput{FunctionName: &name}).Configuration
}

// finishUpdates lets asynchronous changes finish inside a synctest bubble.
func finishUpdates() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

func TestStatesAndRevisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		arns := f.layer(account, "a", 2)
		created := f.function("fn", arns[0])
		if created.State != types.StatePending || created.LastUpdateStatus != "" || created.StateReasonCode != types.StateReasonCodeCreating {
			t.Errorf("created: state %q, update %q, reason %q", created.State, created.LastUpdateStatus, created.StateReasonCode)
		}
		update := &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn"), Layers: arns[1:]}
		_, err := do[api.UpdateFunctionConfigurationOutput](f, account, update)
		wantError(t, err, "ResourceConflictException", "Pending")

		finishUpdates()
		active := f.get("fn")
		if active.State != types.StateActive || active.LastUpdateStatus != types.LastUpdateStatusSuccessful || *active.RevisionId == *created.RevisionId {
			t.Errorf("active: %q %q, revision %s after %s", active.State, active.LastUpdateStatus, *active.RevisionId, *created.RevisionId)
		}
		stale := *update
		stale.RevisionId = created.RevisionId
		_, err = do[api.UpdateFunctionConfigurationOutput](f, account, &stale)
		wantError(t, err, "PreconditionFailedException", "Call the GetFunction/GetAlias API")

		update.RevisionId = active.RevisionId
		updated := must[api.UpdateFunctionConfigurationOutput](f, account, update)
		if updated.LastUpdateStatus != types.LastUpdateStatusInProgress || *updated.Layers[0].Arn != arns[1] {
			t.Errorf("updated: %q %v", updated.LastUpdateStatus, updated.Layers)
		}
		update.RevisionId = nil
		_, err = do[api.UpdateFunctionConfigurationOutput](f, account, update)
		wantError(t, err, "ResourceConflictException", "An update is in progress for resource: arn:aws:lambda:us-east-1:100000000001:function:fn")
		finishUpdates()
		if after := f.get("fn"); *after.RevisionId == *updated.RevisionId || after.LastUpdateStatus != types.LastUpdateStatusSuccessful {
			t.Errorf("the RevisionId changes twice in an update, but stayed %s", *after.RevisionId)
		}

		before := *f.get("fn").RevisionId
		must[api.PublishVersionOutput](f, account, &api.PublishVersionInput{FunctionName: aws.String("fn")})
		if after := *f.get("fn").RevisionId; after == before {
			t.Error("publishing left the RevisionId of $LATEST")
		}
	})
}

func TestLayerListRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		a, b := f.layer(account, "a", 2), f.layer(account, "b", 1)
		var many []string
		for _, n := range []string{"l1", "l2", "l3", "l4", "l5", "l6"} {
			many = append(many, f.layer(account, n, 1)...)
		}
		f.function("fn", a[0], b[0])
		f.function("plain")
		must[api.CreateFunctionOutput](f, account, &api.CreateFunctionInput{
			FunctionName: aws.String("image"), Role: aws.String(role), PackageType: types.PackageTypeImage,
			Code: &types.FunctionCode{ImageUri: aws.String("100000000001.dkr.ecr.us-east-1.amazonaws.com/app:1")},
		})
		finishUpdates()
		must[api.DeleteLayerVersionOutput](f, account, &api.DeleteLayerVersionInput{LayerName: aws.String("b"), VersionNumber: aws.Int64(1)})
		tests := []struct {
			name, function string
			layers         []string
			code, text     string
		}{
			{name: "replace", function: "plain", layers: []string{a[1]}},
			{name: "keep out a deleted sibling", function: "fn", layers: []string{a[1], b[0]}, code: "InvalidParameterValueException", text: "Layer version ARN does not exist."},
			{name: "two versions", function: "fn", layers: a, code: "InvalidParameterValueException", text: a[1] + " and " + a[0] + " are versions of the same layer."},
			{name: "same twice", function: "fn", layers: []string{a[0], a[0]}, code: "InvalidParameterValueException", text: "Two different versions of the same layer are not allowed"},
			{name: "six", function: "fn", layers: many, code: "InvalidParameterValueException", text: "Cannot reference more than 5 layers."},
			{name: "no version", function: "fn", layers: []string{strings.TrimSuffix(a[0], ":1")}, code: "ValidationException", text: "at 'layers' failed to satisfy constraint"},
			{name: "own, other Region", function: "fn", layers: []string{strings.Replace(a[0], region, "eu-west-1", 1)}, code: "InvalidParameterValueException", text: "Layers are expected to be in region us-east-1."},
			{name: "foreign, other Region", function: "fn", layers: []string{"arn:aws:lambda:eu-west-1:100000000000:layer:x:1"}, code: "AccessDeniedException", text: "no resource-based policy allows the lambda:GetLayerVersion action"},
			{name: "image", function: "image", layers: []string{a[0]}, code: "InvalidParameterValueException", text: "container image"},
		}
		for _, tt := range tests {
			_, err := do[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: &tt.function, Layers: tt.layers})
			if tt.code != "" {
				wantErrorNamed(t, tt.name, err, tt.code, tt.text)
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if got := f.get("fn").Layers; len(got) != 2 || *got[1].Arn != b[0] {
			t.Errorf("a function keeps a deleted version in its list; got %v", got)
		}
		finishUpdates()
		must[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn"), Description: aws.String("new")})
		finishUpdates()
		if got := f.get("fn").Layers; len(got) != 2 {
			t.Errorf("an absent list leaves the layers; got %v", got)
		}
		must[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn"), Layers: []string{}})
		if got := f.get("fn").Layers; got != nil {
			t.Errorf("an empty list removes all layers; got %v", got)
		}
	})
}

func TestLayerNumbersAndPolicies(t *testing.T) {
	f := setup(t)
	arns := f.layer(owner, "a", 2)
	for _, n := range []int64{1, 2, 2, 9} {
		must[api.DeleteLayerVersionOutput](f, owner, &api.DeleteLayerVersionInput{LayerName: aws.String("a"), VersionNumber: aws.Int64(n)})
	}
	if got := must[api.ListLayerVersionsOutput](f, owner, &api.ListLayerVersionsInput{LayerName: aws.String("a")}).LayerVersions; len(got) != 0 || got == nil {
		t.Errorf("an emptied layer lists [], got %v", got)
	}
	third := f.layer(owner, "a", 1)[0]
	if third != strings.TrimSuffix(arns[0], "1")+"3" {
		t.Errorf("numbers are not given again: got %s", third)
	}
	grant := &api.AddLayerVersionPermissionInput{
		LayerName: aws.String("a"), VersionNumber: aws.Int64(3), StatementId: aws.String("org"),
		Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*"), OrganizationId: aws.String("o-abcdefghij"),
	}
	policy := &api.GetLayerVersionPolicyInput{LayerName: aws.String("a"), VersionNumber: aws.Int64(3)}
	_, err := do[api.GetLayerVersionPolicyOutput](f, owner, policy)
	wantError(t, err, "ResourceNotFoundException", "No policy is associated with the given resource.")
	added := must[api.AddLayerVersionPermissionOutput](f, owner, grant)
	_, err = do[api.AddLayerVersionPermissionOutput](f, owner, grant)
	wantError(t, err, "ResourceConflictException", "The statement id (org) provided already exists.")
	stale := *grant
	stale.StatementId, stale.RevisionId = aws.String("two"), aws.String("00000000-0000-4000-8000-000000000000")
	_, err = do[api.AddLayerVersionPermissionOutput](f, owner, &stale)
	wantError(t, err, "PreconditionFailedException", "GetLayerPolicy")
	text, ok := f.svc.ResourcePolicy(third)
	if got := *must[api.GetLayerVersionPolicyOutput](f, owner, policy).Policy; !ok || got != text || !strings.Contains(got, `"aws:PrincipalOrgID":"o-abcdefghij"`) || !strings.Contains(got, *added.Statement) {
		t.Errorf("policy %s, port %s", got, text)
	}
	must[api.RemoveLayerVersionPermissionOutput](f, owner, &api.RemoveLayerVersionPermissionInput{LayerName: aws.String("a"), VersionNumber: aws.Int64(3), StatementId: aws.String("org"), RevisionId: added.RevisionId})
	if _, ok := f.svc.ResourcePolicy(third); ok {
		t.Error("the grant outlives its removal")
	}
}

func TestPages(t *testing.T) {
	f := setup(t)
	for i := range 120 {
		f.function(strings.Repeat("f", 1+i%7) + string(rune('a'+i/7)) + string(rune('a'+i%7)))
	}
	var seen []string
	var marker *string
	pages := 0
	for {
		out := must[api.ListFunctionsOutput](f, account, &api.ListFunctionsInput{MaxItems: aws.Int32(10000), Marker: marker})
		if len(out.Functions) > 50 {
			t.Fatalf("a page of %d functions", len(out.Functions))
		}
		for _, c := range out.Functions {
			seen = append(seen, *c.FunctionName)
			if c.State != "" || c.LastUpdateStatus != "" {
				t.Fatal("a list carries no states")
			}
		}
		pages++
		if marker = out.NextMarker; marker == nil {
			break
		}
	}
	if pages != 3 || len(seen) != 120 {
		t.Errorf("%d functions on %d pages, want 120 on 3", len(seen), pages)
	}
}

func TestVersionsAndAliases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		f.function("fn")
		finishUpdates()
		one := must[api.PublishVersionOutput](f, account, &api.PublishVersionInput{FunctionName: aws.String("fn")})
		again := must[api.PublishVersionOutput](f, account, &api.PublishVersionInput{FunctionName: aws.String("fn")})
		if *one.Version != "1" || *again.Version != "1" {
			t.Errorf("versions %s, %s: nothing changed in between", *one.Version, *again.Version)
		}
		_, err := do[api.CreateAliasOutput](f, account, &api.CreateAliasInput{FunctionName: aws.String("fn"), Name: aws.String("live"), FunctionVersion: aws.String("7")})
		wantError(t, err, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:100000000001:function:fn:7")
		a := must[api.CreateAliasOutput](f, account, &api.CreateAliasInput{FunctionName: aws.String("fn"), Name: aws.String("live"), FunctionVersion: aws.String("1")})
		b := must[api.UpdateAliasOutput](f, account, &api.UpdateAliasInput{FunctionName: aws.String("fn"), Name: aws.String("live")})
		if *a.RevisionId == *b.RevisionId {
			t.Error("an update that changes nothing yields a new RevisionId")
		}
		_, err = do[api.DeleteFunctionOutput](f, account, &api.DeleteFunctionInput{FunctionName: aws.String("fn:1")})
		wantError(t, err, "ResourceConflictException", "used by the alias live")
		_, err = do[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn:live")})
		wantError(t, err, "InvalidParameterValueException", "permitted on Lambda functions only")
		got := must[api.GetFunctionOutput](f, account, &api.GetFunctionInput{FunctionName: aws.String("fn"), Qualifier: aws.String("live")}).Configuration
		if *got.Version != "1" || !strings.HasSuffix(*got.FunctionArn, ":fn:live") {
			t.Errorf("alias resolves to version %s, ARN %s", *got.Version, *got.FunctionArn)
		}
		_, err = do[api.GetAliasOutput](f, account, &api.GetAliasInput{FunctionName: aws.String("fn"), Name: aws.String("no")})
		wantError(t, err, "ResourceNotFoundException", "Cannot find alias arn: arn:aws:lambda:us-east-1:100000000001:function:fn:no")
	})
}

func TestFeedFollowsEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		var log []string
		f.svc.Subscribe(func(c ports.FunctionChange) {
			switch {
			case c.Before == nil:
				log = append(log, "new")
			case c.After == nil:
				log = append(log, "gone")
			default:
				log = append(log, c.After.State+"/"+c.After.LastUpdateStatus)
			}
		})
		f.function("fn")
		finishUpdates()
		must[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn"), Timeout: aws.Int32(9)})
		finishUpdates()
		must[api.TagResourceOutput](f, account, &api.TagResourceInput{Resource: f.get("fn").FunctionArn, Tags: map[string]string{"a": "b"}})
		must[api.DeleteFunctionOutput](f, account, &api.DeleteFunctionInput{FunctionName: aws.String("fn")})
		if got, want := strings.Join(log, " "), "new Active/Successful Active/InProgress Active/Successful Active/Successful gone"; got != want {
			t.Errorf("feed: %s\nwant: %s", got, want)
		}
	})
}

func TestRefusals(t *testing.T) {
	f := setup(t)
	f.function("fn")
	tests := []struct {
		name string
		err  func() error
		code string
		text string
	}{
		{"unknown function", func() error {
			_, err := do[api.GetFunctionOutput](f, account, &api.GetFunctionInput{FunctionName: aws.String("no")})
			return err
		}, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:100000000001:function:no"},
		{"function of another Region", func() error {
			_, err := do[api.GetFunctionOutput](f, account, &api.GetFunctionInput{FunctionName: aws.String("arn:aws:lambda:eu-west-1:100000000001:function:fn")})
			return err
		}, "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
		{"name of 65", func() error {
			_, err := do[api.GetFunctionOutput](f, account, &api.GetFunctionInput{FunctionName: aws.String(strings.Repeat("x", 65))})
			return err
		}, "InvalidParameterValueException", "less than or equal to 64"},
		{"no archive", func() error {
			_, err := do[api.PublishLayerVersionOutput](f, account, &api.PublishLayerVersionInput{LayerName: aws.String("x"), Content: &types.LayerVersionContentInput{ZipFile: []byte("no zip")}})
			return err
		}, "InvalidParameterValueException", "Could not unzip uploaded file"},
		{"member without effect", func() error {
			_, err := do[api.UpdateFunctionConfigurationOutput](f, account, &api.UpdateFunctionConfigurationInput{FunctionName: aws.String("fn"), SnapStart: &types.SnapStart{}})
			return err
		}, "SandboxUnsupported", "the member SnapStart of lambda UpdateFunctionConfiguration"},
		{"nested member without effect", func() error {
			_, err := do[api.PublishLayerVersionOutput](f, account, &api.PublishLayerVersionInput{LayerName: aws.String("x"), Content: &types.LayerVersionContentInput{S3ObjectVersion: aws.String("1")}})
			return err
		}, "SandboxUnsupported", "the member Content.S3ObjectVersion"},
	}
	for _, tt := range tests {
		wantErrorNamed(t, tt.name, tt.err(), tt.code, tt.text)
	}
}

func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	wantErrorNamed(t, "call", err, code, text)
}

func wantErrorNamed(t *testing.T, name string, err error, code, text string) {
	t.Helper()
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != code || !strings.Contains(ae.ErrorMessage(), text) {
		t.Errorf("%s: error %v, want %s with %q", name, err, code, text)
	}
}

func BenchmarkListFunctions(b *testing.B) {
	clk := clock.New(1)
	svc := lambda.New(lambda.Config{Clock: clk, IDs: ids.New(1), BlobURL: func(string) string { return "" }})
	d := call.New(clk)
	d.Register(svc.Operations()...)
	for i := range 1000 {
		rec := seedRecord(i)
		if err := svc.Seed(rec, nil, 0, ""); err != nil {
			b.Fatal(err)
		}
	}
	c := call.Administrator(account, region)
	for b.Loop() {
		if _, err := call.Do[api.ListFunctionsOutput](context.Background(), d, c, &api.ListFunctionsInput{}); err != nil {
			b.Fatal(err)
		}
	}
}
