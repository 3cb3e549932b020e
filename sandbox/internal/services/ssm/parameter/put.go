package parameter

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

const (
	standardSize = 4096 // bytes of a value
	advancedSize = 8192
	maxText      = 1024 // characters of a description or a pattern
)

// nested is a value that would be read as a reference to a parameter (model of PutParameter, Value).
var nested = regexp.MustCompile(`(?s)\{\{.*\}\}`)

// putPermissions are the operation's own and, for a request with tags, that of tagging (user guide, tagging parameters).
func putPermissions(c call.Caller, in *api.PutParameterInput) []call.Permission {
	arn := ARN(c, named(in.Name))
	needs := []call.Permission{{
		Resource: arn,
		Context:  map[string][]string{"ssm:Overwrite": {strconv.FormatBool(aws.ToBool(in.Overwrite))}},
	}}
	if len(in.Tags) > 0 {
		needs = append(needs, call.Permission{Action: "ssm:AddTagsToResource", Resource: arn})
	}
	return needs
}

func (s *Store) putParameter(_ context.Context, c call.Caller, in *api.PutParameterInput) (*api.PutParameterOutput, error) {
	name := named(in.Name)
	if err := checkNew(c, name); err != nil {
		return nil, err
	}
	if err := checkPut(in); err != nil {
		return nil, err
	}
	tags, err := request.Tags(nil).Change(in.Tags, nil)
	if err != nil {
		return nil, err
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	p := sh.parameters[name]
	v := &version{
		number: 1, value: aws.ToString(in.Value), kind: in.Type, description: in.Description, pattern: in.AllowedPattern,
		modified: s.clock.Now(), user: c.Principal,
	}
	switch {
	case p != nil && !aws.ToBool(in.Overwrite):
		return nil, &types.ParameterAlreadyExists{
			Message: aws.String("The parameter already exists. To overwrite this value, set the overwrite option in the request to true."),
		}
	case p != nil:
		if err := v.follow(p.latest()); err != nil {
			return nil, err
		}
	case in.Type == "":
		return nil, apierr.Validation("A parameter type is required when you create a parameter.")
	}
	if v.tier, err = tierOf(in, p); err != nil {
		return nil, err
	}
	if err := v.checkPattern(); err != nil {
		return nil, err
	}
	if p == nil {
		if err := sh.room(v.tier); err != nil {
			return nil, err
		}
		p = &parameter{name: name, tags: tags}
		sh.parameters[name] = p
	}
	p.versions = append(p.versions, v)
	if extra := len(p.versions) - maxVersions; extra > 0 {
		p.versions = slices.Delete(p.versions, 0, extra)
	}
	return &api.PutParameterOutput{Version: v.number, Tier: v.tier}, nil
}

// checkPut checks the members that need no state. UNCONFIRMED: the texts.
func checkPut(in *api.PutParameterInput) error {
	value := aws.ToString(in.Value)
	switch {
	case value == "":
		return apierr.Constraint("", "value", apierr.MinLength(1))
	case nested.MatchString(value):
		return apierr.Validation(`Parameter value: '%s' can't nest another parameter. Do not use "{{}}" in the value.`, value)
	case in.Type == types.ParameterTypeSecureString:
		return apierr.Unsupported("PutParameter with the Type SecureString: there is no KMS")
	case in.Type != "" && !slices.Contains(in.Type.Values(), in.Type):
		return apierr.Constraint(in.Type, "type", apierr.OneOf(types.ParameterTypeSecureString, types.ParameterTypeStringList, types.ParameterTypeString))
	case in.Tier != "" && !slices.Contains(in.Tier.Values(), in.Tier):
		return apierr.Constraint(in.Tier, "tier", apierr.OneOf(in.Tier.Values()...))
	case in.DataType != nil && *in.DataType != "text":
		return apierr.Unsupported("PutParameter with the DataType %s", *in.DataType)
	case len([]rune(aws.ToString(in.Description))) > maxText:
		return apierr.Constraint(*in.Description, "description", apierr.MaxLength(maxText))
	case len([]rune(aws.ToString(in.AllowedPattern))) > maxText:
		return apierr.Constraint(*in.AllowedPattern, "allowedPattern", apierr.MaxLength(maxText))
	case aws.ToBool(in.Overwrite) && len(in.Tags) > 0:
		return apierr.Validation("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, " +
			"please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
	}
	return nil
}

// follow makes the version the next one of a parameter. What the request leaves out is taken from the version before.
// UNCONFIRMED: that this includes the description and the pattern.
func (v *version) follow(before *version) error {
	v.number = before.number + 1
	v.kind = cmp.Or(v.kind, before.kind)
	if v.kind != before.kind {
		return &types.HierarchyTypeMismatchException{
			Message: apierr.Text("The parameter's type is %s and can't be changed to %s. Create a new, unique parameter.", before.kind, v.kind),
		}
	}
	if v.description == nil {
		v.description = before.description
	}
	if v.pattern == nil {
		v.pattern = before.pattern
	}
	return nil
}

// tierOf is the tier of a new value of p, which is nil for a new parameter. An advanced parameter stays one.
func tierOf(in *api.PutParameterInput, p *parameter) (types.ParameterTier, error) {
	size := len(aws.ToString(in.Value))
	advanced := p != nil && p.latest().tier == types.ParameterTierAdvanced
	tier := in.Tier
	switch {
	case tier == types.ParameterTierStandard && advanced:
		return "", apierr.Validation("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the " +
			"advanced-parameter tier to the standard-parameter tier.")
	case advanced, tier == types.ParameterTierIntelligentTiering && size > standardSize:
		tier = types.ParameterTierAdvanced
	case tier != types.ParameterTierAdvanced:
		tier = types.ParameterTierStandard
	}
	switch {
	case tier == types.ParameterTierStandard && size > standardSize:
		return "", apierr.Validation("Standard tier parameters support a maximum parameter value of %d characters. "+
			"To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.", standardSize)
	case size > advancedSize:
		return "", apierr.Validation("Advanced tier parameters support a maximum parameter value of %d characters.", advancedSize)
	}
	return tier, nil
}

// checkPattern matches the value with AllowedPattern. AWS's patterns are Java's; one that Go's regexp cannot read
// (look-around, back-references) is refused.
// UNCONFIRMED: that a pattern without anchors need not match the whole value.
func (v *version) checkPattern() error {
	if aws.ToString(v.pattern) == "" {
		return nil
	}
	re, err := regexp.Compile(*v.pattern)
	if err != nil {
		return &types.InvalidAllowedPatternException{Message: apierr.Text("The allowed pattern %s isn't valid: %v.", *v.pattern, err)}
	}
	if !re.MatchString(v.value) {
		return &types.ParameterPatternMismatchException{Message: apierr.Text("Parameter value, cannot be validated against allowedPattern: %s", *v.pattern)}
	}
	return nil
}

// room refuses another parameter when there are as many of its tier as AWS allows.
func (sh *shard) room(tier types.ParameterTier) error {
	most := maxStandard
	if tier == types.ParameterTierAdvanced {
		most = maxAdvanced
	}
	if len(sh.parameters) < most {
		return nil
	}
	have := 0
	for _, p := range sh.parameters {
		if p.latest().tier == tier {
			have++
		}
	}
	if have < most {
		return nil
	}
	return &types.ParameterLimitExceeded{Message: apierr.Text("You have exceeded the number of parameters for this account: %d of the tier %s.", most, tier)}
}
