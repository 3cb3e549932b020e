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

const defaultEphemeralMB = 512

// Configuration is the item's configuration as a JSON tree: the keys of AWS's published schema of
// AWS::Lambda::Function, in their odd cases. Environment variables are never recorded.
//
// UNCONFIRMED: that state and stateReason are still objects with a value, as in the schema.
func Configuration(r *function.Record) map[string]any {
	layers := make([]any, len(r.Layers))
	for i, l := range r.Layers {
		layers[i] = map[string]any{"arn": l.ARN, "codeSize": l.CodeSize}
	}
	x := r.Extra
	if x == nil {
		x = &function.Extra{}
	}
	tracing, ephemeral := x.TracingMode, int64(x.EphemeralMB)
	if tracing == "" {
		tracing = "PassThrough"
	}
	if ephemeral == 0 {
		ephemeral = defaultEphemeralMB
	}
	c := map[string]any{
		"architectures":    []any{r.Arch},
		"codeSha256":       r.CodeSha256,
		"codeSize":         r.CodeSize,
		"description":      r.Description,
		"ephemeralStorage": map[string]any{"size": ephemeral},
		"functionArn":      r.ARN(),
		"functionName":     r.Name,
		"lastModified":     r.Modified.UTC().Format(lambdaTime),
		"layers":           layers,
		"memorySize":       int64(r.MemoryMB),
		"packageType":      r.PackageType,
		"revisionId":       r.RevisionID,
		"role":             r.Role,
		"state":            map[string]any{"value": r.State},
		"timeout":          int64(r.TimeoutSec),
		"tracingConfig":    map[string]any{"mode": tracing},
		"version":          "$LATEST",
	}
	optional := func(key, value string) {
		if value != "" {
			c[key] = value
		}
	}
	optional("handler", r.Handler)
	optional("runtime", r.Runtime)
	optional("kmskeyArn", x.KMSKeyARN)
	optional("lastUpdateStatus", r.LastUpdateStatus)
	optional("lastUpdateStatusReason", r.LastUpdateStatusReason)
	optional("lastUpdateStatusReasonCode", r.LastUpdateStatusReasonCode)
	optional("stateReasonCode", r.StateReasonCode)
	if r.StateReason != "" {
		c["stateReason"] = map[string]any{"value": r.StateReason}
	}
	if x.DeadLetterARN != "" {
		c["deadLetterConfig"] = map[string]any{"targetArn": x.DeadLetterARN}
	}
	if len(x.SubnetIDs)+len(x.SecurityGroupIDs) > 0 {
		c["vpcConfig"] = map[string]any{"subnetIds": texts(x.SubnetIDs), "securityGroupIds": texts(x.SecurityGroupIDs)}
	}
	return c
}

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
func (s *State) Document() map[string]any {
	r := s.Record
	return map[string]any{
		"version":                      Version,
		"accountId":                    r.Account,
		"awsRegion":                    r.Region,
		"availabilityZone":             Zone,
		"arn":                          r.ARN(),
		"resourceType":                 ResourceType,
		"resourceId":                   r.Name,
		"resourceName":                 r.Name,
		"configurationItemCaptureTime": s.At().Format(itemTime),
		"configurationItemStatus":      s.Status(),
		"configurationStateId":         s.ID(),
		"tags":                         tagMap(r),
		"relatedEvents":                []any{},
		"relationships":                relationTrees(r),
		"configuration":                Configuration(r),
		"supplementaryConfiguration":   Supplementary(r),
	}
}

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
