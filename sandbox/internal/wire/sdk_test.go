package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
)

// sdk is a real client of the SDK whose HTTP side is a function.
type sdk struct {
	module  string // "configservice"
	client  reflect.Value
	service *Service
	wire    *wireEnd
}

// wireEnd answers the requests of a client.
type wireEnd struct {
	answer func(*http.Request, []byte) (*http.Response, error)
}

func (e *wireEnd) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	return e.answer(r, body)
}

// sdks are clients of all services, by signing name.
func sdks(t testing.TB) map[string]*sdk {
	t.Helper()
	all := map[string]*sdk{}
	for _, s := range Services() {
		if s.Protocol == RESTXML {
			continue // S3's codec has the types of a few operations only; s3_test.go has its client
		}
		all[s.Name] = &sdk{module: s.Name, service: s, wire: &wireEnd{}}
	}
	all["config"].module = "configservice"
	all["monitoring"].module = "cloudwatch"
	all["tagging"].module = "resourcegroupstaggingapi"
	config := func(name string) aws.Config { return sdkConfig(all[name].wire) }
	for name, client := range map[string]any{
		"lambda":         lambda.NewFromConfig(config("lambda")),
		"config":         configservice.NewFromConfig(config("config")),
		"ssm":            ssm.NewFromConfig(config("ssm")),
		"organizations":  organizations.NewFromConfig(config("organizations")),
		"cloudformation": cloudformation.NewFromConfig(config("cloudformation")),
		"sts":            sts.NewFromConfig(config("sts")),
		"iam":            iam.NewFromConfig(config("iam")),
		"scheduler":      scheduler.NewFromConfig(config("scheduler")),
		"account":        account.NewFromConfig(config("account")),
		"monitoring":     cloudwatch.NewFromConfig(config("monitoring")),
		"tagging":        resourcegroupstaggingapi.NewFromConfig(config("tagging")),
	} {
		all[name].client = reflect.ValueOf(client)
	}
	return all
}

// sdkConfig is for clients without validation and retries whose requests end at w.
func sdkConfig(w *wireEnd) aws.Config {
	return aws.Config{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String("https://test.example.com"),
		HTTPClient:   w,
		APIOptions: []func(*middleware.Stack) error{func(st *middleware.Stack) error {
			// Snapshots leave out required members where a type contains itself. Not every operation validates.
			_, _ = st.Initialize.Remove("OperationInputValidation")
			return nil
		}},
		DisableRequestCompression: true, // of PutMetricData, which is nobody's here

		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "100000000000", SecretAccessKey: "secret"}, nil
		}),
	}
}

// operations lists the client's methods that are API operations.
func (c *sdk) operations() []string {
	var names []string
	for i := range c.client.NumMethod() {
		m := c.client.Type().Method(i)
		if m.Type.NumIn() == 4 && m.Type.In(2).Kind() == reflect.Pointer && m.Type.In(2).Elem().Name() == m.Name+"Input" {
			names = append(names, m.Name)
		}
	}
	return names
}

// types are the input and output structures of an operation.
func (c *sdk) types(op string) (in, out reflect.Type) {
	m := c.client.MethodByName(op).Type()
	return m.In(1).Elem(), m.Out(0).Elem()
}

// call makes the call; answer is what the other end does.
func (c *sdk) call(op string, in any, answer func(*http.Request, []byte) (*http.Response, error)) (any, error) {
	c.wire.answer = answer
	out := c.client.MethodByName(op).Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(in)})
	err, _ := reflect.TypeAssert[error](out[1])
	return out[0].Interface(), err
}

var errSent = errors.New("request taken")

// send returns the request that the client makes of an input.
func (c *sdk) send(op string, in any) (r *http.Request, body []byte, err error) {
	_, err = c.call(op, in, func(req *http.Request, b []byte) (*http.Response, error) {
		r, body = req, b
		return nil, errSent
	})
	if r != nil {
		err = nil
	}
	return r, body, err
}

// receive makes a call that is answered so, and returns what the client makes of the answer.
func (c *sdk) receive(op string, in any, status int, h http.Header, body []byte) (any, error) {
	return c.call(op, in, func(r *http.Request, _ []byte) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: h, Request: r,
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	})
}

// fixtures are the snapshot files of the module with a suffix.
func (c *sdk) fixtures(t testing.TB, dir, suffix string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+c.module).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), dir, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sdkDiff compares SDK values but for what the client notes about the call.
func sdkDiff(want, got any) string {
	return cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && (f.Name() == "ResultMetadata" || f.Name() == "noSmithyDocumentSerde")
	}, cmp.Ignore()))
}
