package iam

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

func itoa(n int) string { return strconv.Itoa(n) }

// role is one role. Its account's lock guards it; the usage has its own.
type role struct {
	name, path, id, arn string
	description         *string
	created             time.Time
	maxSession          int32 // seconds
	trust               document
	inline              map[string]document
	attached            []*managed // in order of ARN
	boundary            *managed
	tags                map[string]string
	linkedTo            string // service principal of a service-linked role
	// sources are the identity policies as the evaluation wants them, made again on each change and never altered.
	sources []iampolicy.Source
	past    []past // what counts until changes do, oldest first
	usage   usage
}

// document is a policy text with what it was compiled to.
type document struct {
	text   string
	policy *iampolicy.Policy
}

func (s *Service) roleARN(c call.Caller, name *string) string {
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	if r, err := a.find(aws.ToString(name)); err == nil {
		return r.arn
	}
	return s.arn(c.Account, "role/"+aws.ToString(name))
}

func (s *Service) arn(account, rest string) string {
	return "arn:" + s.Partition + ":iam::" + account + ":" + rest
}

func (s *Service) roleOps() []*call.Op {
	return []*call.Op{
		call.Operation("iam", "CreateRole", s.createRole).
			Accepts("RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags").
			Permissions(call.For(func(c call.Caller, in *api.CreateRoleInput) []call.Permission {
				arn := s.arn(c.Account, "role"+cmpPath(in.Path)+aws.ToString(in.RoleName))
				create := call.Permission{Resource: arn, Context: boundaryKey(in.PermissionsBoundary)}
				if len(in.Tags) == 0 {
					return []call.Permission{create}
				}
				return []call.Permission{create, {Action: "iam:TagRole", Resource: arn}}
			})),
		call.Operation("iam", "GetRole", s.getRole).Accepts("RoleName").
			Permissions(call.On(func(c call.Caller, in *api.GetRoleInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "ListRoles", s.listRoles).Accepts("Marker", "MaxItems", "PathPrefix").
			Permissions(call.On(func(c call.Caller, in *api.ListRolesInput) string {
				return s.arn(c.Account, "role"+cmpPath(in.PathPrefix))
			})),
		call.Operation("iam", "UpdateRole", s.updateRole).Accepts("RoleName", "Description", "MaxSessionDuration").
			Permissions(call.On(func(c call.Caller, in *api.UpdateRoleInput) string { return s.roleARN(c, in.RoleName) })),
		call.Operation("iam", "DeleteRole", s.deleteRole).Accepts("RoleName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteRoleInput) string { return s.roleARN(c, in.RoleName) })),
	}
}

func cmpPath(p *string) string {
	if p == nil {
		return "/"
	}
	return *p
}

func (s *Service) createRole(_ context.Context, c call.Caller, in *api.CreateRoleInput) (*api.CreateRoleOutput, error) {
	name, err := roleName(in.RoleName)
	if err != nil {
		return nil, err
	}
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, linkedPath) {
		return nil, invalid("Role paths starting with %s are reserved for service-linked roles.", linkedPath)
	}
	r := &role{name: name, path: path, description: in.Description, inline: map[string]document{}}
	if r.maxSession, err = checkSession(in.MaxSessionDuration); err != nil {
		return nil, err
	}
	if err := checkDescription(in.Description); err != nil {
		return nil, err
	}
	if r.tags, err = checkTags(in.Tags); err != nil {
		return nil, err
	}
	if r.trust, err = s.trust(in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if in.PermissionsBoundary != nil {
		if r.boundary, err = s.policy(c.Account, *in.PermissionsBoundary); err != nil {
			return nil, err
		}
	}
	a := s.account(c.Account)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := s.add(a, r, c); err != nil {
		return nil, err
	}
	return &api.CreateRoleOutput{Role: r.view(false)}, nil
}

// add puts a new role into its account, which is locked.
func (s *Service) add(a *account, r *role, by call.Caller) error {
	key := strings.ToLower(r.name)
	if a.roles[key] != nil {
		return exists("Role with name %s already exists.", r.name)
	}
	if len(a.roles) >= maxRoles {
		return limit("Cannot exceed quota for RolesPerAccount: %d", maxRoles)
	}
	r.created = s.Clock.Now().Truncate(time.Second)
	r.id = "AROA" + s.IDs.Next(a.id, "", "role", r.name).Upper(17)
	r.arn = s.arn(a.id, "role"+r.path+r.name)
	r.rebuild()
	s.changed(r, by, past{})
	a.roles[key] = r
	return nil
}

// rebuild makes the list of identity policies again. The account is locked.
func (r *role) rebuild() {
	r.sources = make([]iampolicy.Source, 0, len(r.inline)+len(r.attached))
	for _, name := range slices.Sorted(maps.Keys(r.inline)) {
		r.sources = append(r.sources, iampolicy.Source{Name: name, Policy: r.inline[name].policy})
	}
	for _, m := range r.attached {
		r.sources = append(r.sources, iampolicy.Source{Name: m.arn, Policy: m.current().policy})
	}
}

// view is the role as AWS shows it: all of it by GetRole and CreateRole, less in lists.
func (r *role) view(listed bool) *types.Role {
	v := &types.Role{
		Arn: &r.arn, RoleId: &r.id, RoleName: &r.name, Path: &r.path, CreateDate: &r.created, Description: r.description,
		MaxSessionDuration: aws.Int32(r.maxSession), AssumeRolePolicyDocument: aws.String(escape(r.trust.text)),
	}
	if listed {
		return v
	}
	v.RoleLastUsed = r.usage.last()
	v.Tags = tagList(r.tags)
	if r.boundary != nil {
		v.PermissionsBoundary = &types.AttachedPermissionsBoundary{
			PermissionsBoundaryArn: &r.boundary.arn, PermissionsBoundaryType: types.PermissionsBoundaryAttachmentTypePolicy,
		}
	}
	return v
}

// escape is the form in which IAM sends documents: percent-encoded as in RFC 3986.
func escape(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func (s *Service) getRole(_ context.Context, c call.Caller, in *api.GetRoleInput) (*api.GetRoleOutput, error) {
	out := &api.GetRoleOutput{}
	return out, s.read(c, in.RoleName, func(r *role) error {
		out.Role = r.view(false)
		return nil
	})
}

// read calls f with a role under the read lock.
func (s *Service) read(c call.Caller, name *string, f func(*role) error) error {
	n, err := roleName(name)
	if err != nil {
		return err
	}
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	r, err := a.find(n)
	if err != nil {
		return err
	}
	return f(r)
}

// change alters a role under the lock. Service-linked roles are AWS's own.
func (s *Service) change(c call.Caller, name *string, f func(*account, *role) error) error {
	n, err := roleName(name)
	if err != nil {
		return err
	}
	a := s.account(c.Account)
	a.mu.Lock()
	defer a.mu.Unlock()
	r, err := a.find(n)
	if err != nil {
		return err
	}
	if r.linkedTo != "" {
		return unmodifiable(r)
	}
	was := r.decides()
	if err := f(a, r); err != nil {
		return err
	}
	r.rebuild()
	s.changed(r, c, was)
	return nil
}

func (s *Service) listRoles(_ context.Context, c call.Caller, in *api.ListRolesInput) (*api.ListRolesOutput, error) {
	a := s.account(c.Account)
	a.mu.RLock()
	defer a.mu.RUnlock()
	prefix := cmpPath(in.PathPrefix)
	var all []*role
	for _, r := range a.roles {
		if strings.HasPrefix(r.path, prefix) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(x, y *role) int { return strings.Compare(x.name, y.name) })
	part, next, err := cut(all, func(r *role) string { return r.name }, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListRolesOutput{Roles: []types.Role{}, IsTruncated: next != nil, Marker: next}
	for _, r := range part {
		out.Roles = append(out.Roles, *r.view(true))
	}
	return out, nil
}

func (s *Service) updateRole(_ context.Context, c call.Caller, in *api.UpdateRoleInput) (*api.UpdateRoleOutput, error) {
	if err := checkDescription(in.Description); err != nil {
		return nil, err
	}
	seconds, err := checkSession(in.MaxSessionDuration)
	if err != nil {
		return nil, err
	}
	return &api.UpdateRoleOutput{}, s.change(c, in.RoleName, func(_ *account, r *role) error {
		if in.Description != nil {
			r.description = in.Description
		}
		if in.MaxSessionDuration != nil {
			r.maxSession = seconds
		}
		return nil
	})
}

func (s *Service) deleteRole(_ context.Context, c call.Caller, in *api.DeleteRoleInput) (*api.DeleteRoleOutput, error) {
	return &api.DeleteRoleOutput{}, s.change(c, in.RoleName, func(a *account, r *role) error {
		switch {
		case len(r.inline) > 0:
			return inUse("Cannot delete entity, must delete policies first.")
		case len(r.attached) > 0:
			return inUse("Cannot delete entity, must detach all policies first.")
		}
		delete(a.roles, strings.ToLower(r.name))
		return nil
	})
}
