package config

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

const maxTags = 50

func (s *Service) tagOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "TagResource", s.tagResource).Accepts("ResourceArn", "Tags").
			Permissions(call.On(func(_ call.Caller, in *api.TagResourceInput) string { return aws.ToString(in.ResourceArn) })),
		call.Operation("config", "UntagResource", s.untagResource).Accepts("ResourceArn", "TagKeys").
			Permissions(call.On(func(_ call.Caller, in *api.UntagResourceInput) string { return aws.ToString(in.ResourceArn) })),
		call.Operation("config", "ListTagsForResource", s.listTagsForResource).Accepts("ResourceArn", "Limit", "NextToken").
			Permissions(call.On(func(_ call.Caller, in *api.ListTagsForResourceInput) string { return aws.ToString(in.ResourceArn) })),
	}
}

// tag adds tags to a resource of the service. The shard is locked.
func (sh *shard) tag(arn string, tags []types.Tag) {
	if sh.tags[arn] == nil {
		sh.tags[arn] = map[string]string{}
	}
	for _, t := range tags {
		sh.tags[arn][aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}

// tagged are the tags of an ARN. The shard is locked.
func (sh *shard) tagged(arn *string) (map[string]string, error) {
	tags, ok := sh.tags[aws.ToString(arn)]
	if !ok {
		return nil, &types.ResourceNotFoundException{Message: apierr.Text("You have specified a resource that does not exist: %s", aws.ToString(arn))}
	}
	return tags, nil
}

func (s *Service) tagResource(_ context.Context, c call.Caller, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	sh, tags, err := lockAndFind(s, c, (*shard).tagged, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	next := maps.Clone(tags)
	for _, t := range in.Tags {
		next[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	if len(next) > maxTags {
		return nil, &types.TooManyTagsException{Message: apierr.Text("You have reached the limit of the number of tags you can use: %d", maxTags)}
	}
	sh.tags[*in.ResourceArn] = next
	return &api.TagResourceOutput{}, nil
}

func (s *Service) untagResource(_ context.Context, c call.Caller, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	sh, tags, err := lockAndFind(s, c, (*shard).tagged, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	for _, k := range in.TagKeys {
		delete(tags, k)
	}
	return &api.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(_ context.Context, c call.Caller, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	sh, tags, err := lockAndFind(s, c, (*shard).tagged, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	keys := slices.Sorted(maps.Keys(tags))
	part, next, err := cut(keys, page.Self, in.NextToken, in.Limit, maxTags, maxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []types.Tag{}, NextToken: next}
	for _, k := range part {
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out, nil
}
