// Package tagging is the sandbox's Resource Groups Tagging API, as far as it reads: which resources of an account and Region
// have which tags.
package tagging

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// Service reads tags where they are kept.
type Service struct {
	sources []ports.Tagged // in the order of the services in ARNs, so that all ARNs come in order
}

// New makes a service of what has tags, by the services in ARNs.
func New(sources map[string]ports.Tagged) *Service {
	s := &Service{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		s.sources = append(s.sources, sources[name])
	}
	return s
}

// Operations are the calls that the service claims. Its IAM actions begin with tag.
func (s *Service) Operations() []*call.Op {
	return []*call.Op{
		call.Operation("tagging", "GetResources", s.getResources).
			Accepts("PaginationToken", "TagFilters", "ResourcesPerPage", "ResourceTypeFilters", "ResourceARNList").
			Permissions(call.OnAction("tag:GetResources", func(call.Caller, *api.GetResourcesInput) string { return "*" })),
	}
}

// Limits of GetResources (API Reference).
const (
	maxPage    = 100
	maxFilters = 50
	maxValues  = 20
	maxTypes   = 100
	maxARNs    = 100
)

func (s *Service) getResources(_ context.Context, c call.Caller, in *api.GetResourcesInput) (*api.GetResourcesOutput, error) {
	if err := check(in); err != nil {
		return nil, err
	}
	token := in.PaginationToken
	if aws.ToString(token) == "" { // a client may send the empty token of the last page
		token = nil
	}
	after, ok := page.After(token)
	if !ok {
		return nil, invalid("Invalid pagination token provided") // UNCONFIRMED: the text
	}
	size := maxPage
	if in.ResourcesPerPage != nil {
		size = int(*in.ResourcesPerPage)
	}
	var found []types.ResourceTagMapping
	for arn, tags := range s.tagged(c, after) {
		if !wants(in, arn, tags) {
			continue
		}
		found = append(found, mapping(arn, tags))
		if len(found) > size {
			break
		}
	}
	part, next, _ := page.Cut(found, func(m types.ResourceTagMapping) string { return *m.ResourceARN }, nil, size)
	if next == nil {
		next = aws.String("") // "null" in the documents, empty on the wire
	}
	return &api.GetResourcesOutput{ResourceTagMappingList: append([]types.ResourceTagMapping{}, part...), PaginationToken: next}, nil
}

// tagged are all resources with tags behind an ARN, in order.
func (s *Service) tagged(c call.Caller, after string) iter.Seq2[string, map[string]string] {
	return func(yield func(string, map[string]string) bool) {
		for _, source := range s.sources {
			for arn, tags := range source.Tagged(c.Account, c.Region, after) {
				if !yield(arn, tags) {
					return
				}
			}
		}
	}
}

func mapping(arn string, tags map[string]string) types.ResourceTagMapping {
	m := types.ResourceTagMapping{ResourceARN: aws.String(arn), Tags: []types.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		m.Tags = append(m.Tags, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return m
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: apierr.Text(format, args...)}
}

// check holds a request to the API Reference. The texts are UNCONFIRMED.
func check(in *api.GetResourcesInput) error {
	filtered := in.TagFilters != nil || in.ResourceTypeFilters != nil || in.ResourcesPerPage != nil || aws.ToString(in.PaginationToken) != ""
	switch {
	case in.ResourceARNList != nil && filtered:
		return invalid("ResourceARNList cannot be specified with TagFilters, ResourceTypeFilters, ResourcesPerPage or PaginationToken")
	case len(in.ResourceARNList) > maxARNs:
		return invalid("%s", apierr.ConstraintText(nil, "resourceARNList", apierr.MaxLength(maxARNs)))
	case len(in.TagFilters) > maxFilters:
		return invalid("%s", apierr.ConstraintText(nil, "tagFilters", apierr.MaxLength(maxFilters)))
	case len(in.ResourceTypeFilters) > maxTypes:
		return invalid("%s", apierr.ConstraintText(nil, "resourceTypeFilters", apierr.MaxLength(maxTypes)))
	case in.ResourcesPerPage != nil && (*in.ResourcesPerPage < 1 || *in.ResourcesPerPage > maxPage):
		return invalid("ResourcesPerPage must be between 1 and %d", maxPage)
	}
	for _, f := range in.TagFilters {
		switch {
		case aws.ToString(f.Key) == "":
			return invalid("A TagFilter must have a Key")
		case len(f.Values) > maxValues:
			return invalid("%s", apierr.ConstraintText(nil, "tagFilters.values", apierr.MaxLength(maxValues)))
		}
	}
	for _, t := range in.ResourceTypeFilters {
		if service, _, _ := strings.Cut(t, ":"); service == "iam" || service == "organizations" {
			return apierr.Unsupported("the resource type %s: the tags of %s are not among those that GetResources reads here", t, service)
		}
	}
	return nil
}

// wants says whether a resource passes all filters.
func wants(in *api.GetResourcesInput, arn string, tags map[string]string) bool {
	switch {
	case in.ResourceARNList != nil:
		return slices.Contains(in.ResourceARNList, arn)
	case in.ResourceTypeFilters != nil && !slices.ContainsFunc(in.ResourceTypeFilters, func(t string) bool { return isType(arn, t) }):
		return false
	}
	return !slices.ContainsFunc(in.TagFilters, func(f types.TagFilter) bool {
		value, ok := tags[*f.Key]
		return !ok || len(f.Values) > 0 && !slices.Contains(f.Values, value)
	})
}

// isType says whether an ARN is of a type "service" or "service:type", as they are in ARNs.
func isType(arn, filter string) bool {
	part := strings.SplitN(arn, ":", 6)
	service, kind, typed := strings.Cut(filter, ":")
	if len(part) < 6 || part[2] != service {
		return false
	}
	have := part[5][:strings.IndexAny(part[5]+":", ":/")]
	return !typed || have == kind
}
