package stackset

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

// target is one account in one Region of an operation, with the OU or root of the request that the account is in.
type target struct {
	pair.Key
	unit string
}

const maxTargets = 100_000 // stack instances in a set (reference sheet, §5.5)

// targets resolves the accounts and Regions of a request. Regions are in the order of the request, accounts in that of
// their ids.
func (s *Service) targets(x *set, action types.StackSetOperationAction, accounts []string, d *types.DeploymentTargets, regions []string) ([]target, error) {
	if len(regions) == 0 {
		return nil, request.Invalid("Regions must be specified")
	}
	for _, r := range regions {
		if !slices.Contains(s.Regions.All(), r) {
			return nil, request.Invalid("Region %s is not supported by stack sets", r) // UNCONFIRMED: the text
		}
	}
	var found []target
	var err error
	if x.model == types.PermissionModelsSelfManaged {
		found, err = s.selfManaged(accounts, d)
	} else {
		found, err = s.serviceManaged(action, accounts, d)
	}
	if err != nil {
		return nil, err
	}
	var out []target
	for _, r := range regions {
		for _, t := range found {
			t.Region = r
			if !slices.ContainsFunc(out, func(o target) bool { return o.Key == t.Key }) {
				out = append(out, t)
			}
		}
	}
	if len(out) > maxTargets {
		return nil, &types.LimitExceededException{Message: apierr.Text("A stack set can have %d stack instances", maxTargets)}
	}
	return out, nil
}

func (s *Service) selfManaged(accounts []string, d *types.DeploymentTargets) ([]target, error) {
	if d != nil && (d.OrganizationalUnitIds != nil || d.AccountFilterType != "") {
		return nil, request.Invalid("OrganizationalUnitIds and AccountFilterType can only be specified for StackSets with the SERVICE_MANAGED permission model") // UNCONFIRMED: the text
	}
	if d != nil && len(accounts) > 0 {
		return nil, request.Invalid("Accounts and DeploymentTargets cannot be specified together") // UNCONFIRMED: the text
	}
	if d != nil {
		accounts = d.Accounts
	}
	if len(accounts) == 0 {
		return nil, request.Invalid("Accounts must be specified for StackSets with the SELF_MANAGED permission model") // UNCONFIRMED: the text
	}
	out := make([]target, 0, len(accounts))
	for _, a := range accounts {
		if len(a) != accountDigits {
			return nil, request.Constraint(a, "accounts", apierr.Pattern("^[0-9]{12}$"))
		}
		out = append(out, target{Key: pair.Key{Account: a}})
	}
	return sorted(out), nil
}

const accountDigits = 12

// sorted are the targets by account, one for each.
func sorted(out []target) []target {
	slices.SortStableFunc(out, func(a, b target) int { return cmp.Compare(a.Account, b.Account) })
	return slices.CompactFunc(out, func(a, b target) bool { return a.Account == b.Account })
}

// serviceManaged resolves OUs, with their child OUs, and the account filter. The management account is never among the
// targets.
func (s *Service) serviceManaged(action types.StackSetOperationAction, accounts []string, d *types.DeploymentTargets) ([]target, error) {
	create := action == types.StackSetOperationActionCreate
	switch {
	case len(accounts) > 0:
		return nil, request.Invalid("Accounts cannot be specified for StackSets with the SERVICE_MANAGED permission model; specify DeploymentTargets") // UNCONFIRMED: the text
	case d == nil, create && len(d.OrganizationalUnitIds) == 0:
		return nil, request.Invalid("OrganizationalUnitIds should be specified in SERVICE_MANAGED mode")
	case len(d.OrganizationalUnitIds) == 0 && len(d.Accounts) == 0:
		return nil, request.Invalid("OrganizationalUnitIds or Accounts should be specified in SERVICE_MANAGED mode")
	}
	filter := d.AccountFilterType
	switch {
	case filter == types.AccountFilterTypeUnion && create:
		return nil, request.Invalid("AccountFilterType UNION is not supported for CreateStackInstances") // UNCONFIRMED: the text
	case filter == "" && len(d.Accounts) > 0 && len(d.OrganizationalUnitIds) > 0 && create:
		return nil, request.Invalid("AccountFilterType should be specified when both OrganizationalUnitIds and Accounts are provided")
	case filter == "" && len(d.Accounts) > 0:
		filter = types.AccountFilterTypeUnion // the model's default
	case filter == types.AccountFilterTypeNone && len(d.Accounts) > 0:
		return nil, request.Invalid("Accounts cannot be specified with AccountFilterType NONE") // UNCONFIRMED: the text
	case (filter == types.AccountFilterTypeIntersection || filter == types.AccountFilterTypeDifference) && len(d.Accounts) == 0:
		return nil, request.Invalid("Accounts should be specified with AccountFilterType %s", filter) // UNCONFIRMED: the text
	}
	var out []target
	for _, unit := range d.OrganizationalUnitIds {
		under, ok := s.Organization.Under(unit)
		if !ok {
			return nil, request.Invalid("Organizational unit or root %s does not exist", unit) // UNCONFIRMED: the text
		}
		for _, a := range under {
			named := slices.Contains(d.Accounts, a)
			if filter == types.AccountFilterTypeIntersection && !named || filter == types.AccountFilterTypeDifference && named {
				continue
			}
			out = append(out, target{Key: pair.Key{Account: a}, unit: unit})
		}
	}
	if filter == types.AccountFilterTypeUnion {
		for _, a := range d.Accounts {
			out = append(out, target{Key: pair.Key{Account: a}})
		}
	}
	out = slices.DeleteFunc(out, func(t target) bool { return t.Account == s.Organization.ManagementAccount() })
	return sorted(out), nil
}

// allTargets are the instances of the set, by Region, then account, without those that a failed deletion made INOPERABLE.
func (x *set) allTargets() []target {
	out := make([]target, 0, len(x.instances))
	for _, i := range x.sorted() {
		if i.status != types.StackInstanceStatusInoperable {
			out = append(out, target{Key: i.Key, unit: i.unit})
		}
	}
	slices.SortStableFunc(out, func(a, b target) int { return cmp.Compare(a.Region, b.Region) })
	return out
}

// existing are the targets that have an instance.
func (x *set) existing(targets []target) []target {
	var out []target
	for _, t := range targets {
		if i := x.instances[t.Key]; i != nil {
			t.unit = i.unit
			out = append(out, t)
		}
	}
	return out
}

// mustHave refuses targets without an instance, unless they come from an OU, which may have others.
func (x *set) mustHave(targets []target) error {
	for _, t := range targets {
		if x.instances[t.Key] == nil && t.unit == "" {
			return instanceMissing(x.name, t.Account, t.Region)
		}
	}
	return nil
}
