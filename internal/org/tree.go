package org

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// Unit is an organizational unit, or the root.
type Unit struct {
	ID, Name string
	ParentID string // empty for the root
}

// ReadTree is Read with the units, and each account's place among them. It costs
// two calls for each unit.
func ReadTree(ctx context.Context, api API, callerAccount string) (*Organization, error) {
	o, err := Read(ctx, api, callerAccount)
	if err != nil || o.ID == "" {
		return o, err
	}
	roots, err := api.ListRoots(ctx, &organizations.ListRootsInput{})
	if err != nil {
		return nil, fmt.Errorf("listing the organization's root: %w", err)
	}
	for _, root := range roots.Roots {
		o.Units = append(o.Units, Unit{ID: aws.ToString(root.Id), Name: aws.ToString(root.Name)})
	}
	for i := 0; i < len(o.Units); i++ { // grows as it goes: breadth first
		children, err := o.descend(ctx, api, o.Units[i].ID)
		if err != nil {
			return nil, err
		}
		o.Units = append(o.Units, children...)
	}
	return o, nil
}

// descend notes the accounts of a unit and returns the units right below it.
func (o *Organization) descend(ctx context.Context, api API, parent string) ([]Unit, error) {
	accounts := organizations.NewListAccountsForParentPaginator(api, &organizations.ListAccountsForParentInput{ParentId: &parent})
	for accounts.HasMorePages() {
		page, err := accounts.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the accounts of %s: %w", parent, err)
		}
		for _, a := range page.Accounts {
			i := slices.IndexFunc(o.Accounts, func(known Account) bool { return known.ID == aws.ToString(a.Id) })
			if i >= 0 {
				o.Accounts[i].UnitID = parent
			}
		}
	}
	var found []Unit
	units := organizations.NewListOrganizationalUnitsForParentPaginator(api, &organizations.ListOrganizationalUnitsForParentInput{ParentId: &parent})
	for units.HasMorePages() {
		page, err := units.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the units below %s: %w", parent, err)
		}
		for _, u := range page.OrganizationalUnits {
			found = append(found, Unit{ID: aws.ToString(u.Id), Name: aws.ToString(u.Name), ParentID: parent})
		}
	}
	return found, nil
}
