package recording

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// ResourceType is AWS Config's name for functions.
const ResourceType = "AWS::Lambda::Function"

// Version is the configuration item version that AWS Config writes today.
const Version = "1.3"

// Zone is what Config gives as availability zone of a regional resource.
const Zone = "Not Applicable"

// Configuration is the item's configuration as a JSON tree.
func (s *State) Configuration() any { return s.item(configuration+".", false)[configuration] }

// Supplementary is the item's supplementaryConfiguration as a tree.
func Supplementary(r *function.Record) map[string]any {
	if len(r.Tags) == 0 {
		return map[string]any{}
	}
	return map[string]any{"Tags": tagMap(r)}
}

// Relation is a relationship of the function to another resource.
type Relation struct{ ResourceType, ResourceID, ResourceName, Name string }

// Relations are the item's relationships: the role, subnets and security groups.
func Relations(r *function.Record) []Relation {
	role := r.Role[strings.LastIndexByte(r.Role, '/')+1:]
	out := []Relation{{ResourceType: "AWS::IAM::Role", ResourceName: role, Name: "Is associated with "}}
	if x := r.Extra; x != nil {
		for _, id := range x.SubnetIDs {
			out = append(out, Relation{ResourceType: "AWS::EC2::Subnet", ResourceID: id, Name: "Is contained in Subnet"})
		}
		for _, id := range x.SecurityGroupIDs {
			out = append(out, Relation{ResourceType: "AWS::EC2::SecurityGroup", ResourceID: id, Name: "Is associated with SecurityGroup"})
		}
	}
	return out
}

// Document is the whole item as a tree, as a Guard policy sees it.
func (s *State) Document() map[string]any { return s.item("", false) }

// Status is the configurationItemStatus.
func (s *State) Status() string {
	switch {
	case s.Deleted:
		return "ResourceDeleted"
	case s.before == nil || s.before.Deleted:
		return "ResourceDiscovered"
	default:
		return "OK"
	}
}

// ID is the configurationStateId, a count of milliseconds.
func (s *State) ID() string { return strconv.FormatInt(s.at/int64(time.Millisecond), 10) }

const (
	lambdaTime = "2006-01-02T15:04:05.000-0700"
	itemTime   = "2006-01-02T15:04:05.000Z"
)

func layerTrees(r *function.Record) []any {
	out := make([]any, len(r.Layers))
	for i, l := range r.Layers {
		out[i] = map[string]any{"arn": l.ARN, "codeSize": l.CodeSize}
	}
	return out
}

// network is the vpcConfig; nil outside of a VPC.
func network(x *function.Extra) any {
	if len(x.SubnetIDs)+len(x.SecurityGroupIDs) == 0 {
		return nil
	}
	return map[string]any{"subnetIds": texts(x.SubnetIDs), "securityGroupIds": texts(x.SecurityGroupIDs)}
}

func texts(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

func tagMap(r *function.Record) map[string]any {
	out := make(map[string]any, len(r.Tags))
	for k, v := range r.Tags {
		out[k] = v
	}
	return out
}

// tagList is how queries see tags.
func tagList(r *function.Record) []any {
	keys := make([]string, 0, len(r.Tags))
	for k := range r.Tags {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = map[string]any{"key": k, "value": r.Tags[k], "tag": k + "=" + r.Tags[k]}
	}
	return out
}

func relationTrees(r *function.Record) []any {
	relations := Relations(r)
	out := make([]any, len(relations))
	for i, x := range relations {
		tree := map[string]any{"resourceType": x.ResourceType, "relationshipName": x.Name}
		if x.ResourceID != "" {
			tree["resourceId"] = x.ResourceID
		}
		if x.ResourceName != "" {
			tree["resourceName"] = x.ResourceName
		}
		out[i] = tree
	}
	return out
}
