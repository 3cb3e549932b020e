package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
)

// build makes the drawn organization. It runs before the dispatcher is guarded: quotas would stretch it, and the first
// roles have nobody to allow them.
func (s *Sandbox) build(ctx context.Context) error {
	if err := s.makeTree(); err != nil {
		return err
	}
	for _, a := range s.plan.Accounts {
		for _, r := range s.rolesOf(a.ID) {
			if err := s.makeRole(ctx, a.ID, r); err != nil {
				return err
			}
		}
	}
	if err := s.makeLayers(ctx, s.plan); err != nil {
		return err
	}
	if err := s.makeFunctions(s.plan); err != nil {
		return err
	}
	if err := s.spoilLayers(ctx, s.plan); err != nil {
		return err
	}
	for _, a := range s.plan.Accounts {
		if !a.Recorder {
			continue
		}
		for _, region := range s.plan.Regions {
			if err := s.record(ctx, a.ID, region); err != nil {
				return err
			}
		}
	}
	if !s.options.Empty {
		if err := s.trust(ctx); err != nil {
			return err
		}
		if err := s.aggregate(ctx, s.plan.Regions); err != nil {
			return err
		}
	}
	if err := s.suspend(); err != nil {
		return err
	}
	s.config.AggregateNow() // the organization is old: aggregators have caught up with it
	return nil
}

// makeTree makes units and accounts, all active at first: a suspended account had its functions before.
func (s *Sandbox) makeTree() error {
	units := map[string]string{"": s.organization.Root()}
	for _, u := range s.plan.Units {
		id, err := s.organization.AddUnit(u.Name, units[u.Parent])
		if err != nil {
			return fmt.Errorf("unit %s: %w", u.Name, err)
		}
		units[u.Name] = id
	}
	for _, a := range s.plan.Accounts[1:] {
		if err := s.organization.AddAccount(a.ID, a.Name, units[a.Unit], "ACTIVE"); err != nil {
			return fmt.Errorf("account %s: %w", a.ID, err)
		}
	}
	return nil
}

func (s *Sandbox) suspend() error {
	for _, a := range s.plan.Accounts {
		if a.Trouble == seed.Suspended {
			if err := s.organization.SetState(a.ID, "SUSPENDED"); err != nil {
				return fmt.Errorf("account %s: %w", a.ID, err)
			}
		}
	}
	return nil
}

// trust turns trusted access on for the services that the published pattern uses.
func (s *Sandbox) trust(ctx context.Context) error {
	for _, service := range []string{"config.amazonaws.com", "account.amazonaws.com"} {
		if err := s.organization.SetServiceAccess(service); err != nil {
			return err
		}
	}
	_, err := call.Do[cloudformation.ActivateOrganizationsAccessOutput](ctx, s.dispatcher, call.Administrator(s.Management(), s.Home()),
		&cloudformation.ActivateOrganizationsAccessInput{})
	if err != nil {
		return fmt.Errorf("trusted access for stack sets: %w", err)
	}
	return nil
}
