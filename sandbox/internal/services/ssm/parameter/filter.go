package parameter

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

const maxFilterValues = 50

// filters are the filters of a list; a parameter must pass all.
type filters []func(*parameter) bool

func (f filters) pass(p *parameter) bool {
	return !slices.ContainsFunc(f, func(one func(*parameter) bool) bool { return !one(p) })
}

// parseFilters reads filters whose keys are among those allowed; "tag:" allows all keys with that prefix.
func parseFilters(list []types.ParameterStringFilter, allowed ...string) (filters, error) {
	var out filters
	seen := map[string]bool{}
	for _, f := range list {
		key := aws.ToString(f.Key)
		tag, isTag := strings.CutPrefix(key, "tag:")
		kind := key
		if isTag && tag != "" {
			kind = "tag:"
		}
		switch {
		case !slices.Contains(allowed, kind):
			return nil, &types.InvalidFilterKey{
				Message: apierr.Text("The following filter key is not valid: %s. Valid filter keys include: [%s].", key, strings.Join(allowed, ", ")),
			}
		case seen[key]:
			return nil, &types.InvalidFilterKey{
				Message: apierr.Text("The following filter is duplicated in the request: %s. A request can contain only one occurrence of a specific filter.", key),
			}
		case len(f.Values) == 0 && !isTag:
			return nil, &types.InvalidFilterValue{Message: apierr.Text("The following filter values are missing : null for filter key %s.", key)}
		case len(f.Values) > maxFilterValues:
			return nil, apierr.Constraint(len(f.Values), "parameterFilters.values", apierr.MaxLength(maxFilterValues))
		}
		seen[key] = true
		one, err := parseFilter(kind, tag, aws.ToString(f.Option), f.Values)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// parseFilter reads one filter of a known kind.
func parseFilter(kind, tag, option string, values []string) (func(*parameter) bool, error) {
	if kind == "Path" {
		return pathFilter(option, values)
	}
	match, err := matcher(kind, option)
	if err != nil {
		return nil, err
	}
	if err := checkEnum(kind, values); err != nil {
		return nil, err
	}
	return func(p *parameter) bool {
		have, ok := p.field(kind, tag)
		return ok && (len(values) == 0 || slices.ContainsFunc(values, func(want string) bool { return match(have, want) }))
	}, nil
}

// pathFilter is the filter Path of DescribeParameters: directly below one of the paths, or at any level.
func pathFilter(option string, values []string) (func(*parameter) bool, error) {
	if option != "" && option != "OneLevel" && option != "Recursive" {
		return nil, badOption(option, "Recursive, OneLevel")
	}
	for _, path := range values {
		if err := checkPath(path); err != nil {
			return nil, err
		}
	}
	return func(p *parameter) bool {
		return slices.ContainsFunc(values, func(path string) bool { return p.under(path, option == "Recursive") })
	}, nil
}

// matcher is the comparison of a field with a value that an option names (model of ParameterStringFilter).
func matcher(kind, option string) (func(have, want string) bool, error) {
	switch {
	case option == "" || option == "Equals":
		return func(have, want string) bool { return have == want }, nil
	case option == "BeginsWith" && kind != "Label":
		return strings.HasPrefix, nil
	case option == "Contains" && kind == "Name":
		return strings.Contains, nil
	case kind == "Label":
		return nil, badOption(option, "Equals")
	}
	return nil, badOption(option, "BeginsWith, Equals")
}

func badOption(option, valid string) error {
	return &types.InvalidFilterOption{Message: apierr.Text("The following filter option is not valid: %s. Valid options include: [%s].", option, valid)}
}

// checkEnum refuses a type or tier that AWS does not have.
func checkEnum(kind string, values []string) error {
	var valid []string
	switch kind {
	case "Type":
		valid = []string{"String", "StringList", "SecureString"}
	case "Tier":
		valid = []string{"Standard", "Advanced", "Intelligent-Tiering"}
	default:
		return nil
	}
	for _, v := range values {
		if !slices.Contains(valid, v) {
			// UNCONFIRMED: that a bad value is answered as a bad option (so in getmoto/moto).
			return &types.InvalidFilterOption{
				Message: apierr.Text("The following filter value is not valid: %s. Valid values include: [%s].", v, strings.Join(valid, ", ")),
			}
		}
	}
	return nil
}

// field is the value that a filter compares. No parameter has a key or a label here.
func (p *parameter) field(kind, tag string) (string, bool) {
	v := p.latest()
	switch kind {
	case "Name":
		return p.name, true
	case "Type":
		return string(v.kind), true
	case "Tier":
		return string(v.tier), true
	case "DataType":
		return "text", true
	case "tag:":
		have, ok := p.tags[tag]
		return have, ok
	}
	return "", false
}
