// Package org reads the tree of an organization: accounts and their states,
// organizational units, and the Regions that accounts have enabled.
package org

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// API is what reading needs of AWS Organizations; *organizations.Client is one.
type API interface {
	DescribeOrganization(context.Context, *organizations.DescribeOrganizationInput, ...func(*organizations.Options)) (*organizations.DescribeOrganizationOutput, error)
	organizations.ListAccountsAPIClient
	organizations.ListRootsAPIClient
	organizations.ListOrganizationalUnitsForParentAPIClient
	organizations.ListAccountsForParentAPIClient
}

// Account is a member of the organization, or its management account.
type Account struct {
	ID, Name string
	// State is Organizations' account state, such as ACTIVE or SUSPENDED.
	State string
	// UnitID is the root or organizational unit that holds the account; only
	// ReadTree fills it in.
	UnitID string
}

// Active reports whether the account can be used.
func (a Account) Active() bool { return a.State == string(types.AccountStateActive) }

// Reason is why an account that is not active cannot be seen.
func (a Account) Reason() fleet.Code {
	if a.State == string(types.AccountStatePendingActivation) {
		return fleet.AccountPending
	}
	return fleet.AccountSuspended
}

// Organization is a snapshot of the tree.
type Organization struct {
	ID           string
	ManagementID string    // account id
	Accounts     []Account // by id
	Units        []Unit    // by id, the root first; only ReadTree fills it in
}

// Single is the organization of an account that is in none.
func Single(accountID string) *Organization {
	return &Organization{Accounts: []Account{{ID: accountID, State: string(types.AccountStateActive)}}}
}

// Describe reads which organization it is, without its accounts; any member may.
func Describe(ctx context.Context, api API, callerAccount string) (*Organization, error) {
	d, err := api.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if alone := (*types.AWSOrganizationsNotInUseException)(nil); errors.As(err, &alone) {
		return Single(callerAccount), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the organization: %w", err)
	}
	return &Organization{ID: aws.ToString(d.Organization.Id), ManagementID: aws.ToString(d.Organization.MasterAccountId)}, nil
}

// Read lists the accounts. It needs a caller in the management account or a
// delegated administrator. An account that is in no organization is alone: Single.
func Read(ctx context.Context, api API, callerAccount string) (*Organization, error) {
	o, err := Describe(ctx, api, callerAccount)
	if err != nil || o.ID == "" {
		return o, err
	}
	pages := organizations.NewListAccountsPaginator(api, &organizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the organization's accounts: %w", err)
		}
		for _, a := range page.Accounts {
			o.Accounts = append(o.Accounts, Account{ID: aws.ToString(a.Id), Name: aws.ToString(a.Name), State: state(a)})
		}
	}
	slices.SortFunc(o.Accounts, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return o, nil
}

// state is the account's State. Answers from before it existed have only Status,
// which AWS retired on 2026-09-09.
func state(a types.Account) string { return cmp.Or(string(a.State), string(a.Status)) }
