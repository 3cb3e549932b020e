package ssm

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/apierr"
	"github.com/layerfleet/layerfleet/sandbox/door"
)

// maxTags is AWS's limit of tags on one resource.
const maxTags = 50

func (s *Service) tagOps() []*door.Op {
	return []*door.Op{
		door.Operation("ssm", "AddTagsToResource", s.addTags).Honours("ResourceId", "ResourceType", "Tags").
			Needs(door.On("ssm:AddTagsToResource", func(c door.Caller, in *api.AddTagsToResourceInput) string { return documentARN(c, in.ResourceId) })),
		door.Operation("ssm", "RemoveTagsFromResource", s.removeTags).Honours("ResourceId", "ResourceType", "TagKeys").
			Needs(door.On("ssm:RemoveTagsFromResource", func(c door.Caller, in *api.RemoveTagsFromResourceInput) string {
				return documentARN(c, in.ResourceId)
			})),
		door.Operation("ssm", "ListTagsForResource", s.listTags).Honours("ResourceId", "ResourceType").
			Needs(door.On("ssm:ListTagsForResource", func(c door.Caller, in *api.ListTagsForResourceInput) string { return documentARN(c, in.ResourceId) })),
	}
}

// tagged finds the resource of a tag call. Only documents have tags here.
func (s *Service) tagged(c door.Caller, kind types.ResourceTypeForTagging, id *string) (*shard, *document, error) {
	if kind != types.ResourceTypeForTaggingDocument {
		return nil, nil, apierr.Unsupported("tags on the resource type %s", kind)
	}
	sh, d, err := s.own(c, id)
	if err != nil {
		return nil, nil, &types.InvalidResourceId{Message: text("The resource ID %s isn't valid.", aws.ToString(id))}
	}
	return sh, d, nil
}

func (s *Service) addTags(_ context.Context, c door.Caller, in *api.AddTagsToResourceInput) (*api.AddTagsToResourceOutput, error) {
	sh, d, err := s.tagged(c, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	next, err := retag(d.tags, in.Tags, nil)
	if err != nil {
		return nil, err
	}
	d.tags = next
	return &api.AddTagsToResourceOutput{}, nil
}

func (s *Service) removeTags(_ context.Context, c door.Caller, in *api.RemoveTagsFromResourceInput) (*api.RemoveTagsFromResourceOutput, error) {
	sh, d, err := s.tagged(c, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	d.tags, err = retag(d.tags, nil, in.TagKeys)
	return &api.RemoveTagsFromResourceOutput{}, err
}

func (s *Service) listTags(_ context.Context, c door.Caller, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	sh, d, err := s.tagged(c, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return &api.ListTagsForResourceOutput{TagList: d.tagList()}, nil
}

// retag is a copy of the tags with some set and some removed.
func retag(have map[string]string, set []types.Tag, remove []string) (map[string]string, error) {
	next := maps.Clone(have)
	if next == nil {
		next = map[string]string{}
	}
	for _, t := range set {
		next[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for _, k := range remove {
		delete(next, k)
	}
	if len(next) > maxTags {
		return nil, &types.TooManyTagsError{Message: text("The Targets parameter includes too many tags. The limit is %d.", maxTags)}
	}
	return next, nil
}

func (d *document) tagList() []types.Tag {
	out := []types.Tag{}
	for _, k := range slices.Sorted(maps.Keys(d.tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(d.tags[k])})
	}
	return out
}
