package organizations

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// maxDepth is how deep OUs nest under the root (AWS Organizations User Guide, "Quotas"). maxUnits is the default.
const (
	maxDepth = 5
	maxUnits = 2000
)

func (s *Service) treeOps() []*call.Op {
	return []*call.Op{
		call.Operation("organizations", "ListRoots", s.listRoots).Accepts("MaxResults", "NextToken"),
		call.Operation("organizations", "ListOrganizationalUnitsForParent", s.listOrganizationalUnitsForParent).Accepts("ParentId", "MaxResults", "NextToken").
			Permissions(call.On(func(_ call.Caller, in *api.ListOrganizationalUnitsForParentInput) string {
				return s.target(in.ParentId)
			})),
		call.Operation("organizations", "ListChildren", s.listChildren).Accepts("ParentId", "ChildType", "MaxResults", "NextToken").
			Permissions(call.On(func(_ call.Caller, in *api.ListChildrenInput) string { return s.target(in.ParentId) })),
		call.Operation("organizations", "ListParents", s.listParents).Accepts("ChildId", "MaxResults", "NextToken").
			Permissions(call.On(func(_ call.Caller, in *api.ListParentsInput) string { return s.target(in.ChildId) })),
		call.Operation("organizations", "DescribeOrganizationalUnit", s.describeOrganizationalUnit).Accepts("OrganizationalUnitId").
			Permissions(call.On(func(_ call.Caller, in *api.DescribeOrganizationalUnitInput) string {
				return s.target(in.OrganizationalUnitId)
			})),
		call.Operation("organizations", "CreateOrganizationalUnit", s.createOrganizationalUnit).Accepts("Name", "ParentId").
			Permissions(call.On(func(_ call.Caller, in *api.CreateOrganizationalUnitInput) string {
				return s.target(in.ParentId)
			})),
	}
}

func (s *Service) listRoots(_ context.Context, c call.Caller, in *api.ListRootsInput) (*api.ListRootsOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.reader(c); err != nil {
		return nil, err
	}
	roots := []types.Root{{Id: &s.root, Arn: aws.String(s.arn("root", s.root)), Name: aws.String("Root"), PolicyTypes: []types.PolicyTypeSummary{}}}
	part, next, err := cut(roots, func(r types.Root) string { return *r.Id }, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListRootsOutput{Roots: part, NextToken: next}, nil
}

func (s *Service) viewUnit(u *unit) types.OrganizationalUnit {
	return types.OrganizationalUnit{Id: &u.id, Arn: aws.String(s.arn("ou", u.id)), Name: &u.name, Path: aws.String(s.path(u.id))}
}

func (s *Service) listOrganizationalUnitsForParent(_ context.Context, c call.Caller, in *api.ListOrganizationalUnitsForParentInput) (*api.ListOrganizationalUnitsForParentOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.parent(c, in.ParentId)
	if err != nil {
		return nil, err
	}
	part, next, err := cut(u.units, page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: []types.OrganizationalUnit{}, NextToken: next}
	for _, id := range part {
		out.OrganizationalUnits = append(out.OrganizationalUnits, s.viewUnit(s.units[id]))
	}
	return out, nil
}

func (s *Service) listChildren(_ context.Context, c call.Caller, in *api.ListChildrenInput) (*api.ListChildrenOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, err := s.parent(c, in.ParentId)
	if err != nil {
		return nil, err
	}
	var children []string
	switch in.ChildType {
	case types.ChildTypeAccount:
		children = u.accounts
	case types.ChildTypeOrganizationalUnit:
		children = u.units
	default:
		return nil, invalid(types.InvalidInputExceptionReasonInvalidEnum, "You specified an invalid value for ChildType.")
	}
	part, next, err := cut(children, page.Self, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &api.ListChildrenOutput{Children: []types.Child{}, NextToken: next}
	for _, id := range part {
		out.Children = append(out.Children, types.Child{Id: aws.String(id), Type: in.ChildType})
	}
	return out, nil
}

func (s *Service) listParents(_ context.Context, c call.Caller, in *api.ListParentsInput) (*api.ListParentsOutput, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.reader(c); err != nil {
		return nil, err
	}
	child := aws.ToString(in.ChildId)
	var parents []types.Parent
	switch a, u := s.accounts[child], s.units[child]; {
	case a != nil:
		parents = append(parents, s.viewParent(a.parent))
	case u != nil && child != s.root:
		parents = append(parents, s.viewParent(u.parent))
	case !accountPattern.MatchString(child) && !unitPattern.MatchString(child):
		_, err := matching(in.ChildId, unitPattern)
		return nil, err
	default:
		return nil, &types.ChildNotFoundException{Message: aws.String("You specified a child that doesn't exist.")}
	}
	part, next, err := cut(parents, func(p types.Parent) string { return *p.Id }, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListParentsOutput{Parents: part, NextToken: next}, nil
}

func (s *Service) viewParent(id string) types.Parent {
	p := types.Parent{Id: aws.String(id), Type: types.ParentTypeOrganizationalUnit}
	if id == s.root {
		p.Type = types.ParentTypeRoot
	}
	return p
}

func (s *Service) describeOrganizationalUnit(_ context.Context, c call.Caller, in *api.DescribeOrganizationalUnitInput) (*api.DescribeOrganizationalUnitOutput, error) {
	id, unlock, err := s.lockToRead(c, in.OrganizationalUnitId, unitPattern)
	if err != nil {
		return nil, err
	}
	defer unlock()
	u := s.units[id]
	if u == nil {
		return nil, &types.OrganizationalUnitNotFoundException{Message: aws.String("You specified an organizational unit that doesn't exist.")}
	}
	v := s.viewUnit(u)
	return &api.DescribeOrganizationalUnitOutput{OrganizationalUnit: &v}, nil
}

func (s *Service) createOrganizationalUnit(_ context.Context, c call.Caller, in *api.CreateOrganizationalUnitInput) (*api.CreateOrganizationalUnitOutput, error) {
	parent, err := matching(in.ParentId, parentPattern)
	if err != nil {
		return nil, err
	}
	name, err := upTo(128, in.Name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writer(c); err != nil {
		return nil, err
	}
	u, err := s.addUnit(name, parent)
	if err != nil {
		return nil, err
	}
	v := s.viewUnit(u)
	return &api.CreateOrganizationalUnitOutput{OrganizationalUnit: &v}, nil
}

// addUnit makes an OU. The service is locked.
func (s *Service) addUnit(name, parent string) (*unit, error) {
	p := s.units[parent]
	if p == nil {
		return nil, noParent()
	}
	for _, id := range p.units {
		if s.units[id].name == name {
			return nil, &types.DuplicateOrganizationalUnitException{Message: aws.String("An OU with the same name already exists.")}
		}
	}
	depth := 1
	for id := parent; id != s.root; id = s.units[id].parent {
		depth++
	}
	switch {
	case depth > maxDepth:
		return nil, violation(types.ConstraintViolationExceptionReasonOuDepthLimitExceeded, "You have exceeded the allowed depth of organizational units.")
	case len(s.units) > maxUnits:
		return nil, violation(types.ConstraintViolationExceptionReasonOuNumberLimitExceeded, "You have exceeded the allowed number of organizational units.")
	}
	u := &unit{id: "ou-" + s.root[2:] + "-" + s.IDs.Next(s.Management, "", "ou", parent+"/"+name).Alnum(8), name: name, parent: parent}
	s.units[u.id] = u
	p.units = insertSorted(p.units, u.id)
	return u, nil
}
