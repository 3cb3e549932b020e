package parameter

import (
	"context"
	"slices"

	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

// deleteParameter deletes one parameter with all its versions. It accepts a name only, no ARN, as the model says.
func (s *Store) deleteParameter(_ context.Context, c call.Caller, in *api.DeleteParameterInput) (*api.DeleteParameterOutput, error) {
	name := named(in.Name)
	if err := checkName(name); err != nil {
		return nil, err
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	if _, ok := sh.parameters[name]; !ok {
		return nil, notFound(name)
	}
	delete(sh.parameters, name)
	return &api.DeleteParameterOutput{}, nil
}

// deleteParameters deletes what exists and returns the names of what does not.
func (s *Store) deleteParameters(_ context.Context, c call.Caller, in *api.DeleteParametersInput) (*api.DeleteParametersOutput, error) {
	if err := checkNames(in.Names); err != nil {
		return nil, err
	}
	for _, name := range in.Names {
		if err := checkName(named(&name)); err != nil {
			return nil, err
		}
	}
	out := &api.DeleteParametersOutput{DeletedParameters: []string{}, InvalidParameters: []string{}}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	for i, sent := range in.Names {
		name := named(&sent)
		switch _, ok := sh.parameters[name]; {
		case ok:
			delete(sh.parameters, name)
			out.DeletedParameters = append(out.DeletedParameters, name)
		case !slices.Contains(in.Names[:i], sent):
			out.InvalidParameters = append(out.InvalidParameters, sent)
		}
	}
	return out, nil
}

// Retag replaces the tags of a parameter by the result of change. The name of no parameter is an InvalidResourceId. An
// error of change leaves the tags as they are.
func (s *Store) Retag(c call.Caller, name string, change func(request.Tags) (request.Tags, error)) error {
	sh := s.lock(c)
	defer sh.mu.Unlock()
	p, ok := sh.parameters[name]
	if !ok {
		return &types.InvalidResourceId{Message: apierr.Text("The resource ID %s isn't valid.", name)}
	}
	next, err := change(p.tags)
	if err != nil {
		return err
	}
	p.tags = next
	return nil
}
