package call_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

var errBusy = errors.New("busy")

func publish(_ context.Context, _ call.Caller, in *api.PublishLayerVersionInput) (*api.PublishLayerVersionOutput, error) {
	return &api.PublishLayerVersionOutput{LayerArn: in.LayerName}, nil
}

func publishOp() *call.Op {
	return call.Operation("lambda", "PublishLayerVersion", publish).Accepts("LayerName", "Content.ZipFile").
		Limited(call.Limit{Bucket: "b", PerSecond: 2, Burst: 2, Exceeded: func() error { return errBusy }}).
		Permissions(call.On(func(_ call.Caller, in *api.PublishLayerVersionInput) string { return *in.LayerName }))
}

func TestMembers(t *testing.T) {
	d := call.New(clock.New(1))
	d.Register(publishOp())
	tests := []struct {
		name string
		in   api.PublishLayerVersionInput
		want string // member named in the error
	}{
		{name: "accepted", in: api.PublishLayerVersionInput{LayerName: aws.String("a"), Content: &types.LayerVersionContentInput{ZipFile: []byte("z")}}},
		{name: "empty nested", in: api.PublishLayerVersionInput{LayerName: aws.String("a"), Content: &types.LayerVersionContentInput{}}},
		{name: "other", in: api.PublishLayerVersionInput{LayerName: aws.String("a"), Description: aws.String("")}, want: "member Description of"},
		{name: "nested", in: api.PublishLayerVersionInput{LayerName: aws.String("a"), Content: &types.LayerVersionContentInput{S3Key: aws.String("k")}}, want: "member Content.S3Key of"},
		{name: "list", in: api.PublishLayerVersionInput{LayerName: aws.String("a"), CompatibleRuntimes: []types.Runtime{}}, want: "member CompatibleRuntimes of"},
	}
	for _, tt := range tests {
		_, err := call.Do[api.PublishLayerVersionOutput](t.Context(), d, call.Administrator("1", "r"), &tt.in)
		var ae *apierr.Error
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (!errors.As(err, &ae) || !strings.Contains(ae.Message, tt.want)):
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestAcceptsRefusesUnknownNames(t *testing.T) {
	for _, member := range []string{"Layername", "Content.Zip", "LayerName.X"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", member)
				}
			}()
			publishOp().Accepts(member)
		}()
	}
}

type allowOnly string

func (a allowOnly) Authorize(_ context.Context, _ *call.Op, _ call.Caller, n call.Permission) error {
	if n.Resource == string(a) && n.Action == "lambda:PublishLayerVersion" {
		return nil
	}
	return errors.New("denied")
}

func TestInterceptorsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := clock.New(1)
		d := call.New(clk)
		d.Register(publishOp())
		var faults call.Faults
		d.Intercept(faults.Intercept, call.CheckPermissions(allowOnly("a")), call.CheckQuotas(clk))
		var log []error
		d.Observe(func(e call.Entry) { log = append(log, e.Err) })
		send := func(layer, account string) error {
			_, err := call.Do[api.PublishLayerVersionOutput](t.Context(), d, call.Administrator(account, "r"), &api.PublishLayerVersionInput{LayerName: &layer})
			return err
		}
		if err := send("b", "1"); err == nil || err.Error() != "denied" {
			t.Errorf("permission: %v", err)
		}
		for i, want := range []error{nil, nil, errBusy} {
			if err := send("a", "1"); !errors.Is(err, want) {
				t.Errorf("call %d: %v, want %v", i, err, want)
			}
		}
		if err := send("a", "2"); err != nil {
			t.Errorf("another account has a quota of its own: %v", err)
		}
		time.Sleep(time.Second)
		if err := send("a", "1"); err != nil {
			t.Errorf("after a second: %v", err)
		}
		broken := errors.New("broken")
		remove := faults.Add(call.Fault{Operation: "PublishLayerVersion", Account: "2", Times: 1, Err: broken})
		if err := send("a", "2"); !errors.Is(err, broken) {
			t.Errorf("fault: %v", err)
		}
		if err := send("a", "2"); err != nil {
			t.Errorf("fault is used up: %v", err)
		}
		remove()
		if len(log) != 8 {
			t.Errorf("observer saw %d calls, want 8", len(log))
		}
	})
}

func BenchmarkCall(b *testing.B) {
	d := call.New(clock.New(1))
	d.Register(publishOp())
	in := &api.PublishLayerVersionInput{LayerName: aws.String("a")}
	c := call.Administrator("1", "r")
	for b.Loop() {
		if _, err := call.Do[api.PublishLayerVersionOutput](context.Background(), d, c, in); err != nil {
			b.Fatal(err)
		}
	}
}
