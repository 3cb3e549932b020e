package parameter

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

// find is the parameter that a reference names.
func (sh *shard) find(r reference) (*parameter, error) {
	p, ok := sh.parameters[r.name]
	if !ok && r.bare {
		p, ok = sh.parameters["/"+r.name]
	}
	if !ok {
		return nil, notFound(r.name)
	}
	return p, nil
}

// read is the value that a reference names: that of its version, or the latest.
func (sh *shard) read(c call.Caller, r reference) (types.Parameter, error) {
	p, err := sh.find(r)
	if err != nil {
		return types.Parameter{}, err
	}
	if r.selector == "" {
		return p.value(c, p.latest()), nil
	}
	for _, v := range p.versions {
		if strconv.FormatInt(v.number, 10) == r.selector {
			out := p.value(c, v)
			out.Selector = aws.String(":" + r.selector)
			return out, nil
		}
	}
	return types.Parameter{}, noVersion(p.name, r.selector)
}

func (p *parameter) value(c call.Caller, v *version) types.Parameter {
	return types.Parameter{
		ARN: aws.String(ARN(c, p.name)), Name: aws.String(p.name), Type: v.kind, Value: aws.String(v.value), Version: v.number,
		LastModifiedDate: aws.Time(v.modified), DataType: aws.String("text"),
	}
}

func (s *Store) getParameter(_ context.Context, c call.Caller, in *api.GetParameterInput) (*api.GetParameterOutput, error) {
	r, err := parse(c, named(in.Name))
	if err != nil {
		return nil, err
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	p, err := sh.read(c, r)
	if err != nil {
		return nil, err
	}
	return &api.GetParameterOutput{Parameter: &p}, nil
}

// checkNames refuses an empty list of names and one that is too long.
func checkNames(names []string) error {
	if rule := apierr.Length(len(names), 1, maxNames); rule != "" {
		return apierr.Constraint(names, "names", rule)
	}
	return nil
}

// getParameters returns what exists by name, and the names of what does not.
func (s *Store) getParameters(_ context.Context, c call.Caller, in *api.GetParametersInput) (*api.GetParametersOutput, error) {
	if err := checkNames(in.Names); err != nil {
		return nil, err
	}
	refs := make([]reference, len(in.Names))
	for i, name := range in.Names {
		var err error
		if refs[i], err = parse(c, named(&name)); err != nil {
			return nil, err
		}
	}
	out := &api.GetParametersOutput{Parameters: []types.Parameter{}, InvalidParameters: []string{}}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	for i, r := range refs {
		if slices.Contains(refs[:i], r) {
			continue
		}
		if p, err := sh.read(c, r); err != nil {
			out.InvalidParameters = append(out.InvalidParameters, in.Names[i])
		} else {
			out.Parameters = append(out.Parameters, p)
		}
	}
	slices.SortFunc(out.Parameters, func(a, b types.Parameter) int {
		return cmp.Or(cmp.Compare(*a.Name, *b.Name), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}

// getParameterHistory returns the versions from the oldest that is kept.
func (s *Store) getParameterHistory(_ context.Context, c call.Caller, in *api.GetParameterHistoryInput) (*api.GetParameterHistoryOutput, error) {
	r, err := parse(c, named(in.Name))
	if err != nil {
		return nil, err
	}
	if r.selector != "" {
		return nil, noVersion(r.name, r.selector) // UNCONFIRMED: what AWS answers here
	}
	sh := s.lock(c)
	defer sh.mu.Unlock()
	p, err := sh.find(r)
	if err != nil {
		return nil, err
	}
	all := []types.ParameterHistory{}
	for _, v := range p.versions {
		all = append(all, types.ParameterHistory{
			Name: aws.String(p.name), Type: v.kind, Value: aws.String(v.value), Version: v.number, Tier: v.tier, DataType: aws.String("text"),
			Description: v.description, AllowedPattern: v.pattern, LastModifiedDate: aws.Time(v.modified), LastModifiedUser: aws.String(v.user),
			Labels: []string{}, Policies: []types.ParameterInlinePolicy{},
		})
	}
	out := &api.GetParameterHistoryOutput{}
	key := func(h types.ParameterHistory) string { return page.Ascending(int(h.Version)) }
	out.Parameters, out.NextToken, err = request.Page(all, key, in.NextToken, in.MaxResults, listPage)
	return out, err
}
