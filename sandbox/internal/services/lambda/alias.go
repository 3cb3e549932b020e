package lambda

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// alias is a name for a published version, or for two with a weight.
type alias struct {
	name, version, description, revision string
	weights                              map[string]float64
}

func (a *alias) view(r ref) *types.AliasConfiguration {
	out := &types.AliasConfiguration{
		AliasArn: aws.String(r.arn() + ":" + a.name), Name: aws.String(a.name), FunctionVersion: aws.String(a.version),
		Description: aws.String(a.description), RevisionId: aws.String(a.revision),
	}
	if len(a.weights) > 0 {
		out.RoutingConfig = &types.AliasRoutingConfiguration{AdditionalVersionWeights: a.weights}
	}
	return out
}

func (s *Service) aliasOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "CreateAlias", s.createAlias)).
			Accepts("FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig").
			Permissions(call.On(func(c call.Caller, in *api.CreateAliasInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "GetAlias", s.getAlias)).Accepts("FunctionName", "Name").
			Permissions(call.On(func(c call.Caller, in *api.GetAliasInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "UpdateAlias", s.updateAlias)).
			Accepts("FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig", "RevisionId").
			Permissions(call.On(func(c call.Caller, in *api.UpdateAliasInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "DeleteAlias", s.deleteAlias)).Accepts("FunctionName", "Name").
			Permissions(call.On(func(c call.Caller, in *api.DeleteAliasInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "ListAliases", s.listAliases)).Accepts("FunctionName", "FunctionVersion", "Marker", "MaxItems").
			Permissions(call.On(func(c call.Caller, in *api.ListAliasesInput) string { return functionARN(c, in.FunctionName) })),
	}
}

var (
	aliasName   = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,128}$`)
	aliasTarget = regexp.MustCompile(`^(\$LATEST|[0-9]+)$`)
)

func (s *Service) createAlias(_ context.Context, c call.Caller, in *api.CreateAliasInput) (*api.CreateAliasOutput, error) {
	f, err := s.lock(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	name := aws.ToString(in.Name)
	if !aliasName.MatchString(name) || digits.MatchString(name) {
		return nil, apierr.Constraint(name, "name", apierr.Pattern(`(?!^[0-9]+$)([a-zA-Z0-9-_]+)`))
	}
	a := &alias{name: name}
	if f.aliases[name] != nil {
		return nil, conflict("Alias already exists: %s:%s", f.arn(), name)
	}
	if err := f.point(f.ref, a, in.FunctionVersion, in.Description, in.RoutingConfig); err != nil {
		return nil, err
	}
	if a.version == "" {
		return nil, apierr.Missing("functionVersion")
	}
	a.revision = s.revision(f.sh, f.fn, f.name)
	before := f.moment()
	if f.aliases == nil {
		f.aliases = map[string]*alias{}
	}
	f.aliases[name] = a
	s.remember(f.sh, f.name, before, f.moment())
	return as[api.CreateAliasOutput](a.view(f.ref)), nil
}

// point sets what an alias request names, after checking it. The shard is locked.
func (f *fn) point(r ref, a *alias, target, description *string, routing *types.AliasRoutingConfiguration) error {
	next := *a
	if target != nil {
		if !aliasTarget.MatchString(*target) {
			return apierr.Constraint(*target, "functionVersion", apierr.Pattern(`(\$LATEST|[0-9]+)`))
		}
		if _, _, err := f.resolve(ref{account: r.account, region: r.region, name: r.name, qualifier: *target}); err != nil {
			return err
		}
		next.version = *target
	}
	set(&next.description, description)
	if routing != nil {
		next.weights = maps.Clone(routing.AdditionalVersionWeights)
	}
	if err := f.checkWeights(r, &next); err != nil {
		return err
	}
	*a = next
	return nil
}

func (f *fn) checkWeights(r ref, a *alias) error {
	if len(a.weights) == 0 {
		return nil
	}
	if len(a.weights) > 1 {
		return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	if a.version == latest {
		return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
	}
	for v, w := range a.weights {
		switch {
		case !digits.MatchString(v):
			return apierr.Constraint("{"+v+"}", "routingConfig.additionalVersionWeights", `Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]`)
		case w < 0 || w > 1:
			return apierr.Constraint(w, "routingConfig.additionalVersionWeights", "Map values must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0]")
		case v == a.version:
			return invalid("Invalid function version %s. Function version %s is already included in routing configuration.", v, v)
		}
		if _, _, err := f.resolve(ref{account: r.account, region: r.region, name: r.name, qualifier: v}); err != nil {
			return err
		}
	}
	return nil
}

// lockAlias finds an alias and locks its function's shard; call unlock.
func (s *Service) lockAlias(c call.Caller, function, name *string) (lockedFunction, *alias, error) {
	f, err := s.lock(c, function, nil)
	if err != nil {
		return f, nil, err
	}
	a := f.aliases[aws.ToString(name)]
	if a == nil {
		f.unlock()
		return f, nil, notFound("Cannot find alias arn: %s:%s", f.arn(), aws.ToString(name))
	}
	return f, a, nil
}

func (s *Service) getAlias(_ context.Context, c call.Caller, in *api.GetAliasInput) (*api.GetAliasOutput, error) {
	f, a, err := s.lockAlias(c, in.FunctionName, in.Name)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	return as[api.GetAliasOutput](a.view(f.ref)), nil
}

func (s *Service) updateAlias(_ context.Context, c call.Caller, in *api.UpdateAliasInput) (*api.UpdateAliasOutput, error) {
	f, a, err := s.lockAlias(c, in.FunctionName, in.Name)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	if in.RevisionId != nil && *in.RevisionId != a.revision {
		return nil, precondition("GetFunction/GetAlias")
	}
	before := f.moment()
	if err := f.point(f.ref, a, in.FunctionVersion, in.Description, in.RoutingConfig); err != nil {
		return nil, err
	}
	s.remember(f.sh, f.name, before, f.moment())
	a.revision = s.revision(f.sh, f.fn, f.name) // new even if nothing changed
	return as[api.UpdateAliasOutput](a.view(f.ref)), nil
}

func (s *Service) deleteAlias(_ context.Context, c call.Caller, in *api.DeleteAliasInput) (*api.DeleteAliasOutput, error) {
	f, err := s.lock(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	before := f.moment()
	delete(f.aliases, aws.ToString(in.Name)) // idempotent
	s.remember(f.sh, f.name, before, f.moment())
	return &api.DeleteAliasOutput{}, nil
}

func (s *Service) listAliases(_ context.Context, c call.Caller, in *api.ListAliasesInput) (*api.ListAliasesOutput, error) {
	if err := checkMaxItems(in.MaxItems, maxFunctions); err != nil {
		return nil, err
	}
	f, err := s.lock(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	var list []*alias
	for _, name := range slices.Sorted(maps.Keys(f.aliases)) {
		if a := f.aliases[name]; in.FunctionVersion == nil || a.version == *in.FunctionVersion {
			list = append(list, a)
		}
	}
	part, next, err := cut(list, func(a *alias) string { return a.name }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListAliasesOutput{Aliases: make([]types.AliasConfiguration, len(part)), NextMarker: next}
	for i, a := range part {
		out.Aliases[i] = *a.view(f.ref)
	}
	return out, nil
}
