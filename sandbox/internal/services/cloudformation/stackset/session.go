package stackset

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

// Service principals of StackSets (docs: stacksets-orgs-enable-trusted-access).
const (
	cloudformation = "cloudformation.amazonaws.com"
	organizer      = "stacksets.cloudformation.amazonaws.com"
	trusted        = "member.org.stacksets.cloudformation.amazonaws.com"
	sessionName    = "AWSCloudFormation"
)

func (x *set) adminRoleARN() string {
	if x.adminRole != nil {
		return *x.adminRole
	}
	return roleARN(x.home.Region, x.home.Account, defaultAdminRole)
}

func (x *set) execRoleName() string {
	if x.execRole != nil {
		return *x.execRole
	}
	return defaultExecRole
}

func roleARN(region, account, name string) string {
	return "arn:" + function.Partition(region) + ":iam::" + account + ":role/" + name
}

// identity is what a set needs to assume roles in its accounts, read with the shard locked.
type identity struct {
	account, region   string
	model             types.PermissionModels
	admin, exec, name string
}

func (x *set) identity() identity {
	return identity{account: x.home.Account, region: x.home.Region, model: x.model, admin: x.adminRoleARN(), exec: x.execRoleName(), name: x.name}
}

// session is the set's session in a target.
func (s *Service) session(ctx context.Context, id identity, t target) (call.Caller, error) {
	if id.model == types.PermissionModelsServiceManaged {
		return s.memberSession(ctx, id, t)
	}
	refused := fmt.Errorf("Account %s should have '%s' role with trust relationship to Role '%s'.", // AWS's words
		t.Account, id.exec, path.Base(id.admin))
	admin, err := s.assume(ctx, call.ServiceCaller(cloudformation, id.account, id.region), id.admin)
	if err != nil {
		return call.Caller{}, refused
	}
	exec, err := s.assume(ctx, admin, roleARN(t.Region, t.Account, id.exec))
	if err != nil {
		return call.Caller{}, refused
	}
	return exec.InRegion(t.Region), nil
}

// assume is the session of a role as a caller.
func (s *Service) assume(ctx context.Context, c call.Caller, role string) (call.Caller, error) {
	as, err := session.Assume(ctx, s.Dispatcher, c, role, sessionName)
	return as.Caller, err
}

// memberSession uses the service-linked roles: that of the management account assumes stacksets-exec-… in the member, which
// that of the member makes at first use.
func (s *Service) memberSession(ctx context.Context, id identity, t target) (call.Caller, error) {
	linked, err := s.ServiceRoles.EnsureServiceRole(id.account, organizer)
	if err != nil {
		return call.Caller{}, err
	}
	admin, err := s.assume(ctx, call.ServiceCaller(organizer, id.account, id.region), linked)
	if err != nil {
		return call.Caller{}, err
	}
	// Whoever finds the role finds it with its policy.
	s.roles.Lock()
	defer s.roles.Unlock()
	name := "stacksets-exec-" + s.IDs.At(t.Account, "", "stacksets-exec", "", 0).Hex(32)
	exec, err := s.assume(ctx, admin, roleARN(t.Region, t.Account, name))
	if err == nil {
		return exec.InRegion(t.Region), nil
	}
	if err := s.makeExecRole(ctx, t, name, linked); err != nil {
		return call.Caller{}, err
	}
	exec, err = s.assume(ctx, admin, roleARN(t.Region, t.Account, name))
	return exec.InRegion(t.Region), err
}

// makeExecRole makes the role that StackSets assumes in a member account. Roles are locked.
func (s *Service) makeExecRole(ctx context.Context, t target, name, trusts string) error {
	linked, err := s.ServiceRoles.EnsureServiceRole(t.Account, trusted)
	if err != nil {
		return err
	}
	member, err := s.assume(ctx, call.ServiceCaller(trusted, t.Account, t.Region), linked)
	if err != nil {
		return err
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + trusts + `"},"Action":"sts:AssumeRole"}]}`
	_, err = call.Do[iam.CreateRoleOutput](ctx, s.Dispatcher, member, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if _, ok := errors.AsType[*iamtypes.EntityAlreadyExistsException](err); ok {
		return nil
	}
	if err != nil {
		return err
	}
	// The service-linked role may attach this policy and no other.
	_, err = call.Do[iam.AttachRolePolicyOutput](ctx, s.Dispatcher, member, &iam.AttachRolePolicyInput{
		RoleName: &name, PolicyArn: aws.String("arn:" + function.Partition(t.Region) + ":iam::aws:policy/AdministratorAccess"),
	})
	return err
}
