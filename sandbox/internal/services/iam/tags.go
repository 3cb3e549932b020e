package iam

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

func (s *Service) tagOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "TagRole", s.tagRole).Accepts("RoleName", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.TagRoleInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "UntagRole", s.untagRole).Accepts("RoleName", "TagKeys").
			Permissions(call.On(func(c call.Caller, in *api.UntagRoleInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "ListRoleTags", s.listRoleTags).Accepts("RoleName", "Marker", "MaxItems").
			Permissions(call.On(func(c call.Caller, in *api.ListRoleTagsInput) string { return s.roleARN(c, in.RoleName) })),
	}
}

func tagList(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}

func (s *Service) tagRole(_ context.Context, c call.Caller, in *api.TagRoleInput) (*api.TagRoleOutput, error) {
	added, err := checkTags(in.Tags)
	if err != nil {
		return nil, err
	}
	return &api.TagRoleOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		next := maps.Clone(r.tags)
		maps.Copy(next, added)
		if len(next) > maxTags {
			return limit("The number of tags has reached the maximum limit.")
		}
		r.tags = next // the map is shared with evaluations that run
		return nil
	})
}

func (s *Service) untagRole(_ context.Context, c call.Caller, in *api.UntagRoleInput) (*api.UntagRoleOutput, error) {
	return &api.UntagRoleOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		next := maps.Clone(r.tags)
		for _, k := range in.TagKeys {
			delete(next, k)
		}
		r.tags = next
		return nil
	})
}

func (s *Service) listRoleTags(_ context.Context, c call.Caller, in *api.ListRoleTagsInput) (*api.ListRoleTagsOutput, error) {
	out := &api.ListRoleTagsOutput{Tags: []types.Tag{}}
	return out, s.read(c, in.RoleName, func(r *role) error {
		part, next, err := cut(tagList(r.tags), func(t types.Tag) string { return *t.Key }, in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		out.Tags = append(out.Tags, part...)
		out.IsTruncated, out.Marker = next != nil, next
		return nil
	})
}
