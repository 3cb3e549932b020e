package ssm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/parameter"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

func (s *Service) tagOps() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "AddTagsToResource", s.addTagsToResource).Accepts("ResourceId", "ResourceType", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.AddTagsToResourceInput) string {
				return taggedARN(c, in.ResourceType, in.ResourceId)
			})),
		call.Operation("ssm", "RemoveTagsFromResource", s.removeTagsFromResource).Accepts("ResourceId", "ResourceType", "TagKeys").
			Permissions(call.On(func(c call.Caller, in *api.RemoveTagsFromResourceInput) string {
				return taggedARN(c, in.ResourceType, in.ResourceId)
			})),
		call.Operation("ssm", "ListTagsForResource", s.listTagsForResource).Accepts("ResourceId", "ResourceType").
			Permissions(call.On(func(c call.Caller, in *api.ListTagsForResourceInput) string {
				return taggedARN(c, in.ResourceType, in.ResourceId)
			})),
	}
}

// taggedARN is the ARN of a tagged resource: the resource of a permission.
func taggedARN(c call.Caller, kind types.ResourceTypeForTagging, id *string) string {
	if kind == types.ResourceTypeForTaggingParameter {
		return parameter.ARN(c, aws.ToString(id))
	}
	return documentARN(c, id)
}

// retag replaces the tags of a document or a parameter by the result of change. Nothing else has tags here.
func (s *Service) retag(c call.Caller, kind types.ResourceTypeForTagging, id *string, change func(request.Tags) (request.Tags, error)) error {
	switch kind {
	case types.ResourceTypeForTaggingParameter:
		return s.parameters.Retag(c, aws.ToString(id), change)
	case types.ResourceTypeForTaggingDocument:
	default:
		return apierr.Unsupported("tags on the resource type %s", kind)
	}
	sh, d, err := s.own(c, id)
	if err != nil {
		return &types.InvalidResourceId{Message: apierr.Text("The resource ID %s isn't valid.", aws.ToString(id))}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	next, err := change(d.tags)
	if err != nil {
		return err
	}
	d.tags = next
	return nil
}

func (s *Service) addTagsToResource(_ context.Context, c call.Caller, in *api.AddTagsToResourceInput) (*api.AddTagsToResourceOutput, error) {
	err := s.retag(c, in.ResourceType, in.ResourceId, func(t request.Tags) (request.Tags, error) { return t.Change(in.Tags, nil) })
	return &api.AddTagsToResourceOutput{}, err
}

func (s *Service) removeTagsFromResource(_ context.Context, c call.Caller, in *api.RemoveTagsFromResourceInput) (*api.RemoveTagsFromResourceOutput, error) {
	err := s.retag(c, in.ResourceType, in.ResourceId, func(t request.Tags) (request.Tags, error) { return t.Change(nil, in.TagKeys) })
	return &api.RemoveTagsFromResourceOutput{}, err
}

func (s *Service) listTagsForResource(_ context.Context, c call.Caller, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	out := &api.ListTagsForResourceOutput{}
	err := s.retag(c, in.ResourceType, in.ResourceId, func(t request.Tags) (request.Tags, error) {
		out.TagList = t.List()
		return t, nil
	})
	return out, err
}
