package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/policy"
	"github.com/layerfleet/layerfleet/internal/versions"
)

// principals finds out whom each layer is shared with, and whom to verify with.
func (p *Plan) principals(ctx context.Context, a *access.Access) error {
	some := func(of func(policy.Share) bool) bool {
		return slices.ContainsFunc(p.Layers, func(l *LayerPlan) bool { return of(l.source.Share) })
	}
	// A publisher that is not the management account may not list accounts: only what needs them asks.
	read := func(context.Context, org.API, string) (*org.Organization, error) { return &org.Organization{}, nil }
	switch {
	case p.options.Verify || some(func(s policy.Share) bool { return len(s.Units) > 0 }):
		read = org.ReadTree
	case some(func(s policy.Share) bool { return s.Organization }):
		read = org.Describe
	}
	o, err := read(ctx, a.Organizations(), a.Caller().Account)
	if err != nil {
		return access.AtStart(err)
	}
	for _, one := range o.Accounts {
		if one.Active() && one.ID != a.Caller().Account {
			p.members = append(p.members, one.ID)
		}
	}
	for _, l := range p.Layers {
		if l.Grants, err = grants(o, l.source.Share, a.Caller().Account); err != nil {
			return fmt.Errorf("layer %s: %w", l.Name, err)
		}
		if p.options.Verify && len(l.Grants) == 0 {
			l.Notes = append(l.Notes, "it is shared with nobody, so nobody can verify it")
		}
		for _, region := range l.source.Regions {
			arn := layer.ARN{Account: a.Caller().Account, Name: l.Name}.WithRegion(region)
			if err := versions.CheckSize(arn, l.Grants); err != nil {
				return fmt.Errorf("layer %s: %w", l.Name, err)
			}
		}
	}
	return nil
}

// grants are the principals of a share. The publisher needs none.
func grants(o *org.Organization, s policy.Share, publisher string) ([]string, error) {
	var list []string
	if s.Organization {
		if o.ID == "" {
			return nil, hint.With(fmt.Errorf("share names the organization, but account %s is in none", publisher), "share with accounts")
		}
		list = append(list, o.ID)
	}
	// Single accounts may be outside the organization: that is what they are for.
	list = append(list, s.Accounts...)
	if len(s.Units) > 0 {
		members, err := o.Select(org.Selection{Units: s.Units})
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			list = append(list, m.ID)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(id string) bool { return id == publisher }), nil
}
