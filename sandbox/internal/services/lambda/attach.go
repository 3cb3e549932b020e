package lambda

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

const maxLayers = 5

// layerVersionRef is a parsed layer version ARN.
type layerVersionRef struct {
	partition, account, region, name string
	n                                int64
}

// in says whether the ARN can name a layer version of a Region: its partition goes with it.
func (r layerVersionRef) in(region string) bool {
	return r.region == region && r.partition == function.Partition(region)
}

// The server's region pattern knows eusc regions, which the public model's does not (reference sheet §2.1).
var layerVersionPattern = regexp.MustCompile(`^arn:([a-zA-Z0-9-]+):lambda:((?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):(\d{12}):layer:([a-zA-Z0-9-_]+):([0-9]+)$`)

func parseLayerVersion(arn, member string) (layerVersionRef, error) {
	m := layerVersionPattern.FindStringSubmatch(arn)
	if m == nil {
		return layerVersionRef{}, apierr.Constraint("["+arn+"]", member, `Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]`)
	}
	n, err := strconv.ParseInt(m[5], 10, 64)
	if err != nil {
		return layerVersionRef{}, apierr.Constraint("["+arn+"]", member, apierr.Pattern("[0-9]+"))
	}
	return layerVersionRef{partition: m[1], region: m[2], account: m[3], name: m[4], n: n}, nil
}

// layerList is a layer list that may be attached.
type layerList struct {
	layers   []function.Layer
	unzipped int64
}

// resolveLayers checks a new layer list as UpdateFunctionConfiguration does: the whole list, elements that were
// attached before too. It locks the shards of the layers' own accounts, so none may be locked.
func (s *Service) resolveLayers(c call.Caller, arns []string) (layerList, error) {
	var out layerList
	if len(arns) > maxLayers {
		return out, invalid("Cannot reference more than %d layers.", maxLayers)
	}
	seen := map[string]string{}
	for _, arn := range arns {
		a, err := parseLayerVersion(arn, "layers")
		if err != nil {
			return out, err
		}
		layer := arn[:strings.LastIndexByte(arn, ':')]
		if other, ok := seen[layer]; ok {
			return out, invalid("Two different versions of the same layer are not allowed to be referenced in the same function. %s and %s are versions of the same layer.", arn, other)
		}
		seen[layer] = arn
		if !a.in(c.Region) { // UNCONFIRMED: that another partition is answered as another Region is
			if a.account != c.Account {
				// The same answer as for a version that is missing or not shared.
				return out, denied("User: %s is not authorized to perform: lambda:GetLayerVersion on resource: %s because no resource-based policy allows the lambda:GetLayerVersion action", c.Principal, arn)
			}
			return out, invalid("Layers are not in the same region as the function. Layers are expected to be in region %s.", c.Region)
		}
		v := s.layerVersion(a.account, a.region, a.name, a.n)
		if v == nil {
			return out, invalid("Layer version ARN does not exist.")
		}
		out.layers = append(out.layers, function.Layer{ARN: v.arn, CodeSize: v.size})
		out.unzipped += v.unzipped
	}
	if out.unzipped > maxUnzipped {
		return out, invalid("Layers consume more than the available size of %d bytes", maxUnzipped)
	}
	return out, nil
}

// attachTo puts the list into a record.
func (l layerList) attachTo(r *function.Record) error {
	if len(l.layers) > 0 && r.PackageType == "Image" {
		// UNCONFIRMED: the exact text for container images.
		return invalid("Please don't provide a layer list for functions with the container image package type.")
	}
	r.Layers, r.LayersUnzip = l.layers, l.unzipped
	return checkSize(r)
}

func checkSize(r *function.Record) error {
	if total := r.CodeUnzip + r.LayersUnzip; total > maxUnzipped {
		return invalid("Function code combined with layers exceeds the maximum allowed size of %d bytes. The actual size is %d bytes.", maxUnzipped, total)
	}
	return nil
}
