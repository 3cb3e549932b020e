package parameter

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

// pathPermissions are the operation's own on the path only: whoever may read a path may read all below it (model of
// GetParametersByPath).
func pathPermissions(c call.Caller, in *api.GetParametersByPathInput) []call.Permission {
	return []call.Permission{{
		Resource: ARN(c, aws.ToString(in.Path)),
		Context:  map[string][]string{"ssm:Recursive": {strconv.FormatBool(aws.ToBool(in.Recursive))}},
	}}
}

// checkPath refuses what is not a path, and AWS's public parameters: the sandbox has none, and an empty answer would hide
// that.
func checkPath(path string) error {
	switch {
	case strings.HasPrefix(path, "/aws/"):
		return apierr.Unsupported("AWS's public parameters (the path %s)", path)
	case path != "/" && (!strings.HasPrefix(path, "/") || checkName(strings.TrimSuffix(path, "/")) != nil || hasPrefix(path, "aws")):
		return apierr.Validation(`The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". ` +
			`It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: ` +
			`. (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the ` +
			`forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`)
	case strings.Count(strings.TrimSuffix(path, "/"), "/") > maxLevels:
		return tooDeep(path)
	}
	return nil
}

// under says whether the parameter is in a path: directly, or at any level.
// UNCONFIRMED: that the path "/" has the parameters without a slash.
func (p *parameter) under(path string, recursive bool) bool {
	below, ok := strings.CutPrefix("/"+strings.TrimPrefix(p.name, "/"), strings.TrimSuffix(path, "/")+"/")
	return ok && (recursive || !strings.Contains(below, "/"))
}

// matching is the parameters that pass, by name. The shard is locked.
func (sh *shard) matching(pass func(*parameter) bool) []*parameter {
	var all []*parameter
	for _, name := range slices.Sorted(maps.Keys(sh.parameters)) {
		if p := sh.parameters[name]; pass(p) {
			all = append(all, p)
		}
	}
	return all
}

func nameOf(p *parameter) string { return p.name }

func (s *Store) getParametersByPath(_ context.Context, c call.Caller, in *api.GetParametersByPathInput) (*api.GetParametersByPathOutput, error) {
	path := aws.ToString(in.Path)
	if err := checkPath(path); err != nil {
		return nil, err
	}
	filters, err := parseFilters(in.ParameterFilters, "Type", "KeyId", "Label")
	if err != nil {
		return nil, err
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	all := sh.matching(func(p *parameter) bool { return p.under(path, aws.ToBool(in.Recursive)) && filters.pass(p) })
	part, next, err := request.Page(all, nameOf, in.NextToken, in.MaxResults, pathPage)
	if err != nil {
		return nil, err
	}
	out := &api.GetParametersByPathOutput{Parameters: []types.Parameter{}, NextToken: next}
	for _, p := range part {
		out.Parameters = append(out.Parameters, p.value(c, p.latest()))
	}
	return out, nil
}

func (s *Store) describeParameters(_ context.Context, c call.Caller, in *api.DescribeParametersInput) (*api.DescribeParametersOutput, error) {
	filters, err := parseFilters(in.ParameterFilters, "Path", "Name", "Type", "KeyId", "Tier", "DataType", "tag:")
	if err != nil {
		return nil, err
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	part, next, err := request.Page(sh.matching(filters.pass), nameOf, in.NextToken, in.MaxResults, listPage)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeParametersOutput{Parameters: []types.ParameterMetadata{}, NextToken: next}
	for _, p := range part {
		v := p.latest()
		out.Parameters = append(out.Parameters, types.ParameterMetadata{
			ARN: aws.String(ARN(c, p.name)), Name: aws.String(p.name), Type: v.kind, Tier: v.tier, Version: v.number, DataType: aws.String("text"),
			Description: v.description, AllowedPattern: v.pattern, LastModifiedDate: aws.Time(v.modified), LastModifiedUser: aws.String(v.user),
			Policies: []types.ParameterInlinePolicy{},
		})
	}
	return out, nil
}
