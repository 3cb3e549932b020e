package parameter_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/parameter"
)

// FuzzNames checks that a parameter which can be put can be read by name, by version and by ARN.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"/a/b", "a", " a ", "/a", "a/b", "/a//b", "arn:aws:ssm:eu-west-1:100000000001:parameter/a:1", "/AWS/x", "a:b:c", ":"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clk := clock.New(1)
		d := call.New(clk)
		d.Register(parameter.New(clk).Operations()...)
		c := call.Administrator(account, region)
		_, err := call.Do[api.PutParameterOutput](t.Context(), d, c, &api.PutParameterInput{Name: &name, Value: aws.String("v"), Type: types.ParameterTypeString})
		ref := name
		if err == nil {
			out, err := call.Do[api.DescribeParametersOutput](t.Context(), d, c, &api.DescribeParametersInput{})
			if err != nil {
				t.Fatal(err)
			}
			ref = *out.Parameters[0].Name
		}
		for _, form := range []string{ref, ref + ":1", parameter.ARN(c, ref), parameter.ARN(c, ref) + ":1"} {
			_, read := call.Do[api.GetParameterOutput](t.Context(), d, c, &api.GetParameterInput{Name: &form})
			if err == nil && read != nil {
				t.Errorf("%q was put, and %q is not there: %v", name, form, read)
			}
			if err != nil && read == nil {
				t.Errorf("%q was not put, and %q is there", name, form)
			}
		}
	})
}
