package recording

import (
	"github.com/layerfleet/layerfleet/configsql"
)

var _ configsql.Row = (*State)(nil)

// Values implements [configsql.Row]. The properties that fleets are searched by are read from the record; for the
// others the tree is built.
func (s *State) Values(path string, into []configsql.Value) []configsql.Value {
	r := s.Record
	text := func(v string) []configsql.Value {
		if v == "" {
			return into
		}
		return append(into, configsql.String(v))
	}
	switch path {
	case "resourceType":
		return text(ResourceType)
	case "accountId":
		return text(r.Account)
	case "awsRegion":
		return text(r.Region)
	case "resourceId", "resourceName":
		return text(r.Name)
	case "arn", "configuration.functionArn":
		return text(r.ARN())
	case "configuration.functionName":
		return text(r.Name)
	case "configuration.runtime":
		return text(r.Runtime)
	case "configuration.packageType":
		return text(r.PackageType)
	case "configuration.role":
		return text(r.Role)
	case "configuration.state.value":
		return text(r.State)
	case "configuration.architectures":
		return text(r.Arch)
	case "configuration.timeout":
		return append(into, configsql.Number(float64(r.TimeoutSec)))
	case "configuration.memorySize":
		return append(into, configsql.Number(float64(r.MemoryMB)))
	case "configuration.codeSize":
		return append(into, configsql.Number(float64(r.CodeSize)))
	case "configuration.layers.arn":
		for i := range r.Layers {
			into = append(into, configsql.String(r.Layers[i].ARN))
		}
		return into
	case "tags.key":
		for k := range r.Tags {
			into = append(into, configsql.String(k))
		}
		return into
	case "tags.tag":
		for k, v := range r.Tags {
			into = append(into, configsql.String(k+"="+v))
		}
		return into
	}
	return configsql.Document(s.queried()).Values(path, into)
}

// Property implements [configsql.Row].
func (s *State) Property(name string) (any, bool) {
	r := s.Record
	switch name {
	case "resourceType":
		return ResourceType, true
	case "accountId":
		return r.Account, true
	case "awsRegion":
		return r.Region, true
	case "resourceId", "resourceName":
		return r.Name, true
	case "arn":
		return r.ARN(), true
	case "configuration":
		return Configuration(r), true
	case "tags":
		return tagList(r), true
	}
	v, ok := s.queried()[name]
	return v, ok
}

// queried is the item as queries see it: tags are a list there.
func (s *State) queried() map[string]any {
	d := s.Document()
	d["tags"] = tagList(s.Record)
	return d
}
