package request

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// maxTags is AWS's limit of tags on one resource.
const maxTags = 50

// Tags are the tags of a document or a parameter. A value never changes; nil has none.
type Tags map[string]string

// Change is a copy with some tags set and some removed, or TooManyTagsError.
func (t Tags) Change(set []types.Tag, remove []string) (Tags, error) {
	next := maps.Clone(t)
	if next == nil {
		next = Tags{}
	}
	for _, tag := range set {
		next[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	for _, k := range remove {
		delete(next, k)
	}
	if len(next) > maxTags {
		return nil, &types.TooManyTagsError{
			Message: apierr.Text("The Targets parameter includes too many tags. The limit is %d.", maxTags),
		}
	}
	return next, nil
}

// List is the tags as the API shows them, by key.
func (t Tags) List() []types.Tag {
	out := []types.Tag{}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(t[k])})
	}
	return out
}
