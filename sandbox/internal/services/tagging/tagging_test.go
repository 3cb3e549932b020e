package tagging_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/tagging"
)

// source are tagged resources by the last part of their ARNs.
type source struct {
	service string
	tags    map[string]map[string]string
}

func (s source) arn(account, region, resource string) string {
	return "arn:aws:" + s.service + ":" + region + ":" + account + ":" + resource
}

func (s source) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	byARN := map[string]map[string]string{}
	for resource, tags := range s.tags {
		byARN[s.arn(account, region, resource)] = tags
	}
	return page.Behind(byARN, after)
}

type world struct {
	*testing.T
	dispatcher *call.Dispatcher
}

func newWorld(t *testing.T) world {
	t.Helper()
	functions := source{"lambda", map[string]map[string]string{"function:bare": {}}}
	for i := range 250 {
		tags := map[string]string{"team": []string{"orders", "billing"}[i%2]}
		if i%5 == 0 {
			tags["env"] = ""
		}
		functions.tags[fmt.Sprintf("function:f-%03d", i)] = tags
	}
	svc := tagging.New(map[string]ports.Tagged{
		"lambda":     functions,
		"cloudwatch": source{"cloudwatch", map[string]map[string]string{"alarm:a": {"team": "orders"}}},
		"config":     source{"config", map[string]map[string]string{"config-rule/config-rule-1": {"team": "orders"}}},
	})
	d := call.New(clock.New(1))
	d.Register(svc.Operations()...)
	return world{t, d}
}

// all reads every page, and says how many resources each had.
func (w world) all(in api.GetResourcesInput) (list []types.ResourceTagMapping, pages []int) {
	w.Helper()
	for {
		out, err := call.Do[api.GetResourcesOutput](w.Context(), w.dispatcher, call.Administrator("100000000001", "us-east-1"), &in)
		if err != nil {
			w.Fatal(err)
		}
		list, pages = append(list, out.ResourceTagMappingList...), append(pages, len(out.ResourceTagMappingList))
		if *out.PaginationToken == "" {
			return list, pages
		}
		in.PaginationToken = out.PaginationToken
	}
}

func TestGetResources(t *testing.T) {
	w := newWorld(t)
	filter := func(key string, values ...string) types.TagFilter {
		return types.TagFilter{Key: &key, Values: values}
	}
	for _, tt := range []struct {
		name  string
		in    api.GetResourcesInput
		count int
		pages string
		first string
	}{
		{"everything", api.GetResourcesInput{}, 253, "[100 100 53]", "arn:aws:cloudwatch:us-east-1:100000000001:alarm:a"},
		{"an empty token", api.GetResourcesInput{PaginationToken: aws.String("")}, 253, "[100 100 53]", "arn:aws:cloudwatch:us-east-1:100000000001:alarm:a"},
		{"functions", api.GetResourcesInput{ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(90)}, 251, "[90 90 71]", "arn:aws:lambda:us-east-1:100000000001:function:bare"},
		{"a service", api.GetResourcesInput{ResourceTypeFilters: []string{"config", "cloudwatch:alarm"}}, 2, "[2]", "arn:aws:cloudwatch:us-east-1:100000000001:alarm:a"},
		{"a type", api.GetResourcesInput{ResourceTypeFilters: []string{"config:config-rule"}}, 1, "[1]", "arn:aws:config:us-east-1:100000000001:config-rule/config-rule-1"},
		{"another type", api.GetResourcesInput{ResourceTypeFilters: []string{"lambda:layer", "ec2"}}, 0, "[0]", ""},
		{"a value", api.GetResourcesInput{TagFilters: []types.TagFilter{filter("team", "orders")}}, 127, "[100 27]", "arn:aws:cloudwatch:us-east-1:100000000001:alarm:a"},
		{"one of two values", api.GetResourcesInput{TagFilters: []types.TagFilter{filter("team", "orders", "billing")}}, 252, "[100 100 52]", "arn:aws:cloudwatch:us-east-1:100000000001:alarm:a"},
		{"two keys, one without values", api.GetResourcesInput{TagFilters: []types.TagFilter{filter("team", "orders"), filter("env")}}, 25, "[25]", "arn:aws:lambda:us-east-1:100000000001:function:f-000"},
		{"an empty value", api.GetResourcesInput{TagFilters: []types.TagFilter{filter("env", "")}}, 50, "[50]", "arn:aws:lambda:us-east-1:100000000001:function:f-000"},
		{"ARNs", api.GetResourcesInput{ResourceARNList: []string{"arn:aws:lambda:us-east-1:100000000001:function:f-001", "arn:aws:lambda:us-east-1:100000000001:function:no"}}, 1, "[1]", "arn:aws:lambda:us-east-1:100000000001:function:f-001"},
	} {
		list, pages := w.all(tt.in)
		first := ""
		if len(list) > 0 {
			first = *list[0].ResourceARN
		}
		if len(list) != tt.count || fmt.Sprint(pages) != tt.pages || first != tt.first {
			t.Errorf("%s: %d in pages of %v, the first %s; want %d, %s, %s", tt.name, len(list), pages, first, tt.count, tt.pages, tt.first)
		}
		for i := range list[:max(len(list)-1, 0)] {
			if *list[i].ResourceARN >= *list[i+1].ResourceARN {
				t.Errorf("%s: %s before %s", tt.name, *list[i].ResourceARN, *list[i+1].ResourceARN)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, want string
		in         api.GetResourcesInput
	}{
		{"page", "InvalidParameterException: ResourcesPerPage must be between 1 and 100", api.GetResourcesInput{ResourcesPerPage: aws.Int32(101)}},
		{"token", "InvalidParameterException: Invalid pagination token provided", api.GetResourcesInput{PaginationToken: aws.String("x")}},
		{"key", "InvalidParameterException: A TagFilter must have a Key", api.GetResourcesInput{TagFilters: []types.TagFilter{{Values: []string{"x"}}}}},
		{"both", "InvalidParameterException: ResourceARNList cannot be specified with", api.GetResourcesInput{ResourceARNList: []string{"x"}, ResourcesPerPage: aws.Int32(1)}},
		{"roles", "SandboxUnsupported: the layerfleet sandbox does not support the resource type iam:role", api.GetResourcesInput{ResourceTypeFilters: []string{"iam:role"}}},
		{"compliance", "SandboxUnsupported: the layerfleet sandbox does not support the member IncludeComplianceDetails of tagging GetResources", api.GetResourcesInput{IncludeComplianceDetails: aws.Bool(true)}},
	} {
		_, err := call.Do[api.GetResourcesOutput](t.Context(), w.dispatcher, call.Administrator("100000000001", "us-east-1"), &tt.in)
		ae, ok := errors.AsType[smithy.APIError](err)
		if !ok || !strings.HasPrefix(ae.ErrorCode()+": "+ae.ErrorMessage(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}
