package lambda

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// maxTags is AWS's limit of tags on one resource.
const maxTags = 50

func (s *Service) tagOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "ListTags", s.listTags)).Accepts("Resource").
			Permissions(call.On(func(c call.Caller, in *api.ListTagsInput) string { return functionARN(c, in.Resource) })),
		control(call.Operation("lambda", "TagResource", s.tagResource)).Accepts("Resource", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.TagResourceInput) string { return functionARN(c, in.Resource) })),
		control(call.Operation("lambda", "UntagResource", s.untagResource)).Accepts("Resource", "TagKeys").
			Permissions(call.On(func(c call.Caller, in *api.UntagResourceInput) string { return functionARN(c, in.Resource) })),
	}
}

func (s *Service) listTags(_ context.Context, c call.Caller, in *api.ListTagsInput) (*api.ListTagsOutput, error) {
	rec, _, err := s.lookup(c, in.Resource, nil)
	if err != nil {
		return nil, err
	}
	tags := rec.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return &api.ListTagsOutput{Tags: tags}, nil
}

func (s *Service) tagResource(_ context.Context, c call.Caller, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	return &api.TagResourceOutput{}, s.retag(c, in.Resource, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

func (s *Service) untagResource(_ context.Context, c call.Caller, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	return &api.UntagResourceOutput{}, s.retag(c, in.Resource, func(tags map[string]string) {
		for _, k := range in.TagKeys {
			delete(tags, k)
		}
	})
}

// retag changes a function's tags. The RevisionId stays: tags are not part of the function's configuration.
func (s *Service) retag(c call.Caller, resource *string, change func(map[string]string)) error {
	f, err := s.lock(c, resource, nil)
	if err != nil {
		return err
	}
	defer f.unlock()
	if f.qualifier != "" {
		return invalid("Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN: %s", aws.ToString(resource))
	}
	next := new(function.Record)
	*next = *f.latest
	next.Tags = maps.Clone(f.latest.Tags)
	if next.Tags == nil {
		next.Tags = map[string]string{}
	}
	change(next.Tags)
	if len(next.Tags) > maxTags {
		return invalid("The number of tags exceeds the limit of %d", maxTags)
	}
	before := f.latest
	f.latest = next
	s.notify(before, next)
	return nil
}
