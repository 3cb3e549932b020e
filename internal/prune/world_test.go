package prune_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/prune"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

const (
	home    = rehearsaltest.Home
	other   = "eu-west-1"
	manager = "100000000000"
	member  = "100000000001"
	role    = "lambda-execution"
)

// tb is what *testing.T and *rapid.T have in common.
type tb interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

// world is an organization without functions, and a way into it.
type world struct {
	*testing.T
	sb *sandboxtest.Sandbox
	a  *access.Access
}

func start(t *testing.T, o sandbox.Options) world {
	t.Helper()
	t.Parallel() // each test has an organization of its own
	o.Regions, o.Seed = []string{home, other}, 7
	if o.Accounts == 0 {
		o.Accounts, o.Clean = 3, true
	}
	sb, a := rehearsaltest.Start(t, o)
	return world{T: t, sb: sb, a: a}
}

func quiet(string, int, int) {}

func (w world) lambda(account, region string) *lambda.Client {
	return lambda.NewFromConfig(w.sb.AWSConfig(account, region))
}

func layerARN(name, region string, n int64) layer.VersionARN {
	return layer.ARN{Account: manager, Name: name}.WithRegion(region).At(n)
}

func zipped(t tb, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("python/x.py")
	if err == nil {
		_, err = fmt.Fprintln(f, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// publish publishes a version of a layer and shares it with the principals.
func (w world) publish(t tb, name, region, text string, principals ...string) layer.VersionARN {
	t.Helper()
	client := w.lambda(manager, region)
	out, err := client.PublishLayerVersion(w.Context(), &lambda.PublishLayerVersionInput{
		LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: zipped(t, text)}, Description: aws.String(text), LicenseInfo: aws.String("MIT"),
		CompatibleRuntimes: []types.Runtime{types.RuntimePython312}, CompatibleArchitectures: []types.Architecture{types.ArchitectureArm64},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range principals {
		in := &lambda.AddLayerVersionPermissionInput{
			LayerName: &name, VersionNumber: &out.Version, StatementId: aws.String(fmt.Sprint("s", i)), Action: aws.String("lambda:GetLayerVersion"), Principal: &p,
		}
		if p[0] == 'o' {
			in.OrganizationId, in.Principal = &p, aws.String("*")
		}
		if _, err := client.AddLayerVersionPermission(w.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	return layerARN(name, region, out.Version)
}

// settle waits until a function may be changed.
func (w world) settle(t tb, client *lambda.Client, name string) {
	t.Helper()
	for range 1000 {
		out, err := client.GetFunctionConfiguration(w.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if out.State == types.StateActive && out.LastUpdateStatus == types.LastUpdateStatusSuccessful {
			return
		}
		if err := w.a.Clock().Sleep(w.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("function", name, "never settles")
}

// function makes a function with layers.
func (w world) function(t tb, account, region, name string, layers ...layer.VersionARN) *lambda.Client {
	t.Helper()
	client := w.lambda(account, region)
	_, err := client.CreateFunction(w.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimePython312, Handler: aws.String("x.y"), Role: aws.String("arn:aws:iam::" + account + ":role/" + role),
		Code: &types.FunctionCode{ZipFile: zipped(t, name)}, Layers: texts(layers),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.settle(t, client, name)
	return client
}

// freeze publishes a version of a function, lets an alias point at it if it has a name,
// and then changes the layers of $LATEST.
func (w world) freeze(t tb, client *lambda.Client, name, alias string, then ...layer.VersionARN) {
	t.Helper()
	v, err := client.PublishVersion(w.Context(), &lambda.PublishVersionInput{FunctionName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if alias != "" {
		if _, err := client.CreateAlias(w.Context(), &lambda.CreateAliasInput{FunctionName: &name, Name: &alias, FunctionVersion: v.Version}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.UpdateFunctionConfiguration(w.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: texts(then)}); err != nil {
		t.Fatal(err)
	}
	w.settle(t, client, name)
}

func texts(list []layer.VersionARN) []string {
	out := []string{}
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}

// options are those of a test: everything may go that is not used.
func (w world) options(layers ...string) prune.Options {
	return prune.Options{Layers: layers, Regions: []string{home, other}, Catalog: filepath.Join(w.TempDir(), "lock.yaml"), Progress: quiet}
}

func (w world) prepare(o prune.Options) *prune.Plan {
	w.Helper()
	p, err := prune.Prepare(w.Context(), w.a, o)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// shape is a plan in short: NAME:N/REGION → "delete" or a code.
func shape(p *prune.Plan) map[string]string {
	out := map[string]string{}
	short := func(text string) string {
		v, err := layer.ParseVersionARN(text)
		if err != nil {
			return text
		}
		return fmt.Sprintf("%s:%d/%s", v.Name, v.Version, v.Region)
	}
	for _, v := range p.Delete {
		out[short(v.ARN)] = "delete"
	}
	for _, k := range p.Keep {
		out[short(k.ARN)] = string(k.Code)
	}
	return out
}
