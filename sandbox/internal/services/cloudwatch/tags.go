package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// maxTags is AWS's limit of tags on one resource.
const maxTags = 50

func (s *Service) tagOps() []*call.Op {
	return []*call.Op{
		call.Operation(service, "TagResource", s.tagResource).Accepts("ResourceARN", "Tags").
			Permissions(call.OnAction("cloudwatch:TagResource", func(_ call.Caller, in *api.TagResourceInput) string { return aws.ToString(in.ResourceARN) })),
		call.Operation(service, "UntagResource", s.untagResource).Accepts("ResourceARN", "TagKeys").
			Permissions(call.OnAction("cloudwatch:UntagResource", func(_ call.Caller, in *api.UntagResourceInput) string { return aws.ToString(in.ResourceARN) })),
		call.Operation(service, "ListTagsForResource", s.listTagsForResource).Accepts("ResourceARN").
			Permissions(call.OnAction("cloudwatch:ListTagsForResource", func(_ call.Caller, in *api.ListTagsForResourceInput) string {
				return aws.ToString(in.ResourceARN)
			})),
	}
}

// tagged locks the caller's shard and finds an alarm by its ARN. Without an error the caller unlocks the shard.
func (s *Service) tagged(c call.Caller, arn *string) (*shard, *alarm, error) {
	sh, _ := s.lock(c)
	_, name, _ := strings.Cut(aws.ToString(arn), ":alarm:")
	if a := sh.alarms[name]; a != nil && a.arn == *arn {
		return sh, a, nil
	}
	sh.mu.Unlock()
	return nil, nil, &types.ResourceNotFoundException{
		ResourceType: aws.String("alarm"), ResourceId: arn, // UNCONFIRMED: what these say
		Message: apierr.Text("Resource %s does not exist", aws.ToString(arn)),
	}
}

func (s *Service) tagResource(_ context.Context, c call.Caller, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	sh, a, err := s.tagged(c, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	next := maps.Clone(a.tags)
	if next == nil {
		next = map[string]string{}
	}
	for _, t := range in.Tags {
		next[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	if len(next) > maxTags {
		return nil, invalid("The number of tags exceeds the limit of %d", maxTags) // UNCONFIRMED: the text
	}
	a.tags = next
	return &api.TagResourceOutput{}, nil
}

func (s *Service) untagResource(_ context.Context, c call.Caller, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	sh, a, err := s.tagged(c, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	a.tags = maps.Clone(a.tags)
	for _, k := range in.TagKeys {
		delete(a.tags, k)
	}
	return &api.UntagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(_ context.Context, c call.Caller, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	sh, a, err := s.tagged(c, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	out := &api.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(a.tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(k), Value: aws.String(a.tags[k])})
	}
	return out, nil
}
