package parameter_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/parameter"
)

const (
	account = "100000000001"
	region  = "eu-west-1"
)

// fixture is a store with a dispatcher.
type fixture struct {
	*testing.T
	dispatcher *call.Dispatcher
	needs      []string // of the last call
}

func setup(t *testing.T) *fixture {
	t.Helper()
	clk := clock.New(1)
	f := &fixture{T: t, dispatcher: call.New(clk)}
	f.dispatcher.Register(parameter.New(clk).Operations()...)
	f.dispatcher.Observe(func(e call.Entry) {
		f.needs = nil
		for _, n := range e.Permissions {
			f.needs = append(f.needs, n.Action+" "+n.Resource)
		}
	})
	return f
}

func do[O, I any](f *fixture, in *I) (*O, error) {
	return call.Do[O](f.Context(), f.dispatcher, call.Administrator(account, region), in)
}

func must[O, I any](f *fixture, in *I) *O {
	f.Helper()
	out, err := do[O](f, in)
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

func (f *fixture) put(name, value string) int64 {
	f.Helper()
	return must[api.PutParameterOutput](f, &api.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
	}).Version
}

func TestPut(t *testing.T) {
	f := setup(t)
	f.put("/app/there", "v")
	must[api.PutParameterOutput](f, &api.PutParameterInput{
		Name: aws.String("/app/large"), Value: aws.String("v"), Type: types.ParameterTypeString, Tier: types.ParameterTierAdvanced,
	})
	levels := func(n int) string { return strings.Repeat("/l", n) }
	long := func(n int) *string {
		return aws.String("/" + strings.Repeat("n", n-len("arn:aws:ssm:eu-west-1:100000000001:parameter/")))
	}
	for _, tt := range []struct {
		name   string
		code   string // of the refusal, or empty
		tier   types.ParameterTier
		change func(*api.PutParameterInput)
	}{
		{name: "plain", change: func(*api.PutParameterInput) {}},
		{name: "fifteen levels", change: func(in *api.PutParameterInput) { in.Name = aws.String(levels(15)) }},
		{name: "sixteen levels", code: "HierarchyLevelLimitExceededException", change: func(in *api.PutParameterInput) { in.Name = aws.String(levels(16)) }},
		{name: "the longest name", change: func(in *api.PutParameterInput) { in.Name = long(1011) }},
		{name: "too long a name", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = long(1012) }},
		{name: "spaces around", change: func(in *api.PutParameterInput) { in.Name = aws.String(" /app/spaced ") }},
		{name: "a space within", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("/app/a b") }},
		{name: "no leading slash", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("app/a") }},
		{name: "an empty level", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("/app//a") }},
		{name: "a slash at the end", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("/app/a/") }},
		{name: "a version in the name", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("/app/a:1") }},
		{name: "SSM at the beginning", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("SsmThing") }},
		{name: "aws at the beginning", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Name = aws.String("awsThing") }},
		{name: "AWS's own path", code: "AccessDeniedException", change: func(in *api.PutParameterInput) { in.Name = aws.String("/aws/service/a") }},
		{name: "no value", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Value = nil }},
		{name: "a reference", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Value = aws.String("a {{ssm:/b}}") }},
		{name: "4 KB", change: func(in *api.PutParameterInput) { in.Value = aws.String(strings.Repeat("v", 4096)) }},
		{name: "over 4 KB", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Value = aws.String(strings.Repeat("v", 4097)) }},
		{name: "over 4 KB of choice", tier: types.ParameterTierAdvanced, change: func(in *api.PutParameterInput) {
			in.Value, in.Tier = aws.String(strings.Repeat("v", 4097)), types.ParameterTierIntelligentTiering
		}},
		{name: "small by choice", tier: types.ParameterTierStandard, change: func(in *api.PutParameterInput) { in.Tier = types.ParameterTierIntelligentTiering }},
		{name: "over 8 KB", code: "ValidationException", change: func(in *api.PutParameterInput) {
			in.Value, in.Tier = aws.String(strings.Repeat("v", 8193)), types.ParameterTierAdvanced
		}},
		{name: "no type", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Type = "" }},
		{name: "another type", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Type = "Number" }},
		{name: "another tier", code: "ValidationException", change: func(in *api.PutParameterInput) { in.Tier = "Free" }},
		{name: "a secret", code: "SandboxUnsupported", change: func(in *api.PutParameterInput) { in.Type = types.ParameterTypeSecureString }},
		{name: "a key", code: "SandboxUnsupported", change: func(in *api.PutParameterInput) { in.KeyId = aws.String("alias/a") }},
		{name: "policies", code: "SandboxUnsupported", change: func(in *api.PutParameterInput) { in.Policies = aws.String("[]") }},
		{name: "an integration", code: "SandboxUnsupported", change: func(in *api.PutParameterInput) { in.DataType = aws.String("aws:ssm:integration") }},
		{name: "a pattern that fits", change: func(in *api.PutParameterInput) { in.AllowedPattern = aws.String("^v.?$") }},
		{name: "a pattern that does not", code: "ParameterPatternMismatchException", change: func(in *api.PutParameterInput) { in.AllowedPattern = aws.String(`^\d+$`) }},
		{name: "no pattern at all", code: "InvalidAllowedPatternException", change: func(in *api.PutParameterInput) { in.AllowedPattern = aws.String("(") }},
		{name: "the name is taken", code: "ParameterAlreadyExists", change: func(in *api.PutParameterInput) { in.Name = aws.String("/app/there") }},
		{name: "tags and overwrite", code: "ValidationException", change: func(in *api.PutParameterInput) {
			in.Overwrite, in.Tags = aws.Bool(true), []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
		}},
		{name: "a change of type", code: "HierarchyTypeMismatchException", change: func(in *api.PutParameterInput) {
			in.Name, in.Overwrite, in.Type = aws.String("/app/there"), aws.Bool(true), types.ParameterTypeStringList
		}},
		{name: "down to standard", code: "ValidationException", change: func(in *api.PutParameterInput) {
			in.Name, in.Overwrite, in.Tier = aws.String("/app/large"), aws.Bool(true), types.ParameterTierStandard
		}},
		{name: "still advanced", tier: types.ParameterTierAdvanced, change: func(in *api.PutParameterInput) {
			in.Name, in.Overwrite = aws.String("/app/large"), aws.Bool(true)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &api.PutParameterInput{
				Name: aws.String("/app/" + strings.ReplaceAll(tt.name, " ", "-")), Value: aws.String("v"), Type: types.ParameterTypeString,
			}
			tt.change(in)
			out, err := do[api.PutParameterOutput](f, in)
			switch {
			case tt.code != "":
				fails(t, err, tt.code)
			case err != nil:
				t.Error(err)
			case tt.tier != "" && out.Tier != tt.tier:
				t.Errorf("tier %s, want %s", out.Tier, tt.tier)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	f := setup(t)
	for i := range int64(103) {
		if got := f.put("/a/b", fmt.Sprint("v", i+1)); got != i+1 {
			t.Fatalf("version %d, want %d", got, i+1)
		}
	}
	var kept []int64
	in := &api.GetParameterHistoryInput{Name: aws.String("/a/b")}
	for {
		out := must[api.GetParameterHistoryOutput](f, in)
		for _, h := range out.Parameters {
			kept = append(kept, h.Version)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(kept) != 100 || kept[0] != 4 || kept[99] != 103 {
		t.Errorf("kept %v", kept)
	}
	for _, tt := range []struct{ name, ref, value, code string }{
		{name: "the latest", ref: "/a/b", value: "v103"},
		{name: "a version", ref: "/a/b:4", value: "v4"},
		{name: "by ARN", ref: "arn:aws:ssm:eu-west-1:100000000001:parameter/a/b:5", value: "v5"},
		{name: "a version that went", ref: "/a/b:3", code: "ParameterVersionNotFound"},
		{name: "a label", ref: "/a/b:stable", code: "ParameterVersionNotFound"},
		{name: "an empty selector", ref: "/a/b:", code: "ValidationException"},
		{name: "two selectors", ref: "/a/b:4:5", code: "ValidationException"},
		{name: "no such name", ref: "/a/c", code: "ParameterNotFound"},
		{name: "a public parameter", ref: "/aws/service/ami-amazon-linux-latest/x", code: "ParameterNotFound"},
		{name: "a path without slash", ref: "a/b", code: "ValidationException"},
		{name: "another Region's ARN", ref: "arn:aws:ssm:us-east-1:100000000001:parameter/a/b", code: "ValidationException"},
		{name: "another account's ARN", ref: "arn:aws:ssm:eu-west-1:100000000002:parameter/a/b", code: "SandboxUnsupported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := do[api.GetParameterOutput](f, &api.GetParameterInput{Name: &tt.ref})
			if tt.code != "" {
				fails(t, err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if *out.Parameter.Value != tt.value || *out.Parameter.Name != "/a/b" || *out.Parameter.ARN != "arn:aws:ssm:eu-west-1:100000000001:parameter/a/b" {
				t.Errorf("parameter %s = %s, %s", *out.Parameter.Name, *out.Parameter.Value, *out.Parameter.ARN)
			}
		})
	}
	f.put("single", "s")
	if out := must[api.GetParameterOutput](f, &api.GetParameterInput{Name: aws.String("arn:aws:ssm:eu-west-1:100000000001:parameter/single")}); *out.Parameter.Name != "single" {
		t.Errorf("by ARN: %s", *out.Parameter.Name)
	}
}

func TestListsAndDeletes(t *testing.T) {
	f := setup(t)
	for _, name := range []string{"/a/1", "/a/2", "/a/b/3", "/ab/4", "five"} {
		f.put(name, "v")
	}
	must[api.PutParameterOutput](f, &api.PutParameterInput{
		Name: aws.String("/a/list"), Value: aws.String("x,y"), Type: types.ParameterTypeStringList,
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	})
	for _, tt := range []struct {
		name      string
		path      string
		recursive bool
		filters   []types.ParameterStringFilter
		want      string
		code      string
	}{
		{name: "one level", path: "/a", want: "/a/1 /a/2 /a/list"},
		{name: "a slash at the end", path: "/a/", want: "/a/1 /a/2 /a/list"},
		{name: "all levels", path: "/a", recursive: true, want: "/a/1 /a/2 /a/b/3 /a/list"},
		{name: "the root", path: "/", recursive: true, want: "/a/1 /a/2 /a/b/3 /a/list /ab/4 five"},
		{name: "of a type", path: "/a", filters: filter("Type", "", "StringList"), want: "/a/list"},
		{name: "with a label", path: "/a", filters: filter("Label", "Equals", "stable")},
		{name: "by name", path: "/a", filters: filter("Name", "", "/a/1"), code: "InvalidFilterKey"},
		{name: "no path", path: "a", code: "ValidationException"},
		{name: "AWS's own", path: "/aws/service", code: "SandboxUnsupported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := do[api.GetParametersByPathOutput](f, &api.GetParametersByPathInput{Path: &tt.path, Recursive: &tt.recursive, ParameterFilters: tt.filters})
			var got []string
			if err == nil {
				for _, p := range out.Parameters {
					got = append(got, *p.Name)
				}
			}
			listed(t, got, err, tt.want, tt.code)
		})
	}
	for _, tt := range []struct {
		name, want, code string
		filters          []types.ParameterStringFilter
	}{
		{name: "all", want: "/a/1 /a/2 /a/b/3 /a/list /ab/4 five"},
		{name: "name", filters: filter("Name", "", "five", "/a/1"), want: "/a/1 five"},
		{name: "beginning", filters: filter("Name", "BeginsWith", "/a/"), want: "/a/1 /a/2 /a/b/3 /a/list"},
		{name: "part", filters: filter("Name", "Contains", "b/"), want: "/a/b/3 /ab/4"},
		{name: "path", filters: filter("Path", "Recursive", "/a/b", "/ab"), want: "/a/b/3 /ab/4"},
		{name: "tag", filters: filter("tag:team", "", "blue"), want: "/a/list"},
		{name: "any tag", filters: filter("tag:team", ""), want: "/a/list"},
		{name: "tier", filters: filter("Tier", "", "Advanced")},
		{name: "label", filters: filter("Label", "", "x"), code: "InvalidFilterKey"},
		{name: "no values", filters: filter("Name", ""), code: "InvalidFilterValue"},
		{name: "no such option", filters: filter("Type", "Contains", "String"), code: "InvalidFilterOption"},
		{name: "no such type", filters: filter("Type", "", "Number"), code: "InvalidFilterOption"},
		{name: "no such depth", filters: filter("Path", "Equals", "/a"), code: "InvalidFilterOption"},
		{name: "twice", filters: append(filter("Type", "", "String"), filter("Type", "", "String")...), code: "InvalidFilterKey"},
	} {
		t.Run("describe "+tt.name, func(t *testing.T) {
			out, err := do[api.DescribeParametersOutput](f, &api.DescribeParametersInput{ParameterFilters: tt.filters})
			var got []string
			if err == nil {
				for _, p := range out.Parameters {
					got = append(got, *p.Name)
				}
			}
			listed(t, got, err, tt.want, tt.code)
		})
	}
	some := must[api.GetParametersOutput](f, &api.GetParametersInput{Names: []string{"five", "/no", "/a/1", "five", "/a/1:9"}})
	if diff := cmp.Diff([]string{"/no", "/a/1:9"}, some.InvalidParameters); diff != "" || len(some.Parameters) != 2 || *some.Parameters[0].Name != "/a/1" {
		t.Errorf("parameters %+v, invalid %s", some.Parameters, diff)
	}
	gone := must[api.DeleteParametersOutput](f, &api.DeleteParametersInput{Names: []string{"five", "/no"}})
	if cmp.Diff([]string{"five"}, gone.DeletedParameters)+cmp.Diff([]string{"/no"}, gone.InvalidParameters) != "" {
		t.Errorf("deleted %v, invalid %v", gone.DeletedParameters, gone.InvalidParameters)
	}
	must[api.DeleteParameterOutput](f, &api.DeleteParameterInput{Name: aws.String("/a/1")})
	_, err := do[api.DeleteParameterOutput](f, &api.DeleteParameterInput{Name: aws.String("/a/1")})
	fails(t, err, "ParameterNotFound")
	if got := f.put("/a/1", "again"); got != 1 {
		t.Errorf("version %d after the deletion", got)
	}
	_, err = do[api.GetParametersOutput](f, &api.GetParametersInput{Names: make([]string, 11)})
	fails(t, err, "ValidationException")
}

// listed compares a listing with the names or the error code that it should have.
func listed(t *testing.T, got []string, err error, want, code string) {
	t.Helper()
	switch {
	case code != "":
		fails(t, err, code)
	case err != nil:
		t.Error(err)
	default:
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	}
}

func filter(key, option string, values ...string) []types.ParameterStringFilter {
	f := types.ParameterStringFilter{Key: &key, Values: values}
	if option != "" {
		f.Option = &option
	}
	return []types.ParameterStringFilter{f}
}

func TestPermissions(t *testing.T) {
	const arn = "arn:aws:ssm:eu-west-1:100000000001:parameter/"
	f := setup(t)
	for _, tt := range []struct {
		name string
		call func() error
		want []string
	}{
		{"put with tags", func() error {
			_, err := do[api.PutParameterOutput](f, &api.PutParameterInput{
				Name: aws.String("/a/b"), Value: aws.String("v"), Type: types.ParameterTypeString, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
			})
			return err
		}, []string{"ssm:PutParameter " + arn + "a/b", "ssm:AddTagsToResource " + arn + "a/b"}},
		{"a version", func() error {
			_, err := do[api.GetParameterOutput](f, &api.GetParameterInput{Name: aws.String("/a/b:1")})
			return err
		}, []string{"ssm:GetParameter " + arn + "a/b"}},
		{"names", func() error {
			_, err := do[api.GetParametersOutput](f, &api.GetParametersInput{Names: []string{"/a/b", "c", arn + "d:2"}})
			return err
		}, []string{"ssm:GetParameters " + arn + "a/b", "ssm:GetParameters " + arn + "c", "ssm:GetParameters " + arn + "d"}},
		{"a path", func() error {
			_, err := do[api.GetParametersByPathOutput](f, &api.GetParametersByPathInput{Path: aws.String("/a")})
			return err
		}, []string{"ssm:GetParametersByPath " + arn + "a"}},
		{"all", func() error {
			_, err := do[api.DescribeParametersOutput](f, &api.DescribeParametersInput{})
			return err
		}, []string{"ssm:DescribeParameters *"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.call(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.needs); diff != "" {
				t.Error(diff)
			}
		})
	}
}
