package org_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/org"
)

// tree is an organization in memory: unit id → its accounts and units. Every list
// comes one element to a page, with an empty page first, as Organizations may do.
type tree struct {
	accounts []types.Account
	units    map[string][]types.OrganizationalUnit
	members  map[string][]string
	err      error
}

func (t tree) DescribeOrganization(context.Context, *organizations.DescribeOrganizationInput, ...func(*organizations.Options)) (*organizations.DescribeOrganizationOutput, error) {
	return &organizations.DescribeOrganizationOutput{Organization: &types.Organization{Id: aws.String("o-1"), MasterAccountId: aws.String("100000000000")}}, t.err
}

func (t tree) ListAccounts(_ context.Context, in *organizations.ListAccountsInput, _ ...func(*organizations.Options)) (*organizations.ListAccountsOutput, error) {
	page, next := one(t.accounts, in.NextToken)
	return &organizations.ListAccountsOutput{Accounts: page, NextToken: next}, nil
}

func (t tree) ListRoots(context.Context, *organizations.ListRootsInput, ...func(*organizations.Options)) (*organizations.ListRootsOutput, error) {
	return &organizations.ListRootsOutput{Roots: []types.Root{{Id: aws.String("r-1"), Name: aws.String("Root")}}}, nil
}

func (t tree) ListOrganizationalUnitsForParent(_ context.Context, in *organizations.ListOrganizationalUnitsForParentInput, _ ...func(*organizations.Options)) (*organizations.ListOrganizationalUnitsForParentOutput, error) {
	page, next := one(t.units[*in.ParentId], in.NextToken)
	return &organizations.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: page, NextToken: next}, nil
}

func (t tree) ListAccountsForParent(_ context.Context, in *organizations.ListAccountsForParentInput, _ ...func(*organizations.Options)) (*organizations.ListAccountsForParentOutput, error) {
	var all []types.Account
	for _, id := range t.members[*in.ParentId] {
		all = append(all, types.Account{Id: aws.String(id)})
	}
	page, next := one(all, in.NextToken)
	return &organizations.ListAccountsForParentOutput{Accounts: page, NextToken: next}, nil
}

func one[T any](all []T, token *string) ([]T, *string) {
	at := len(aws.ToString(token))
	switch {
	case at > len(all):
		return nil, nil
	case at == 0:
		return nil, aws.String("x")
	}
	return all[at-1 : at], aws.String(strings.Repeat("x", at+1))
}

func unit(id, name string) types.OrganizationalUnit {
	return types.OrganizationalUnit{Id: aws.String(id), Name: aws.String(name)}
}

var sample = tree{
	accounts: []types.Account{
		{Id: aws.String("100000000002"), State: types.AccountStateSuspended, Status: types.AccountStatusActive},
		{Id: aws.String("100000000000"), State: types.AccountStateActive},
		{Id: aws.String("100000000001"), Status: types.AccountStatusActive},
	},
	units: map[string][]types.OrganizationalUnit{
		"r-1":  {unit("ou-a", "Work"), unit("ou-b", "Twin")},
		"ou-a": {unit("ou-c", "Prod"), unit("ou-d", "Twin")},
	},
	members: map[string][]string{"r-1": {"100000000000"}, "ou-c": {"100000000001"}, "ou-b": {"100000000002"}},
}

func TestSelect(t *testing.T) {
	o, err := org.ReadTree(t.Context(), sample, "100000000000")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		pick org.Selection
		want []string
		err  string
	}{
		{name: "all", want: []string{"100000000000", "100000000001", "100000000002"}},
		{name: "by id", pick: org.Selection{Accounts: []string{"100000000001"}}, want: []string{"100000000001"}},
		{name: "unit above", pick: org.Selection{Units: []string{"Work"}}, want: []string{"100000000001"}},
		{name: "root", pick: org.Selection{Units: []string{"r-1"}}, want: []string{"100000000000", "100000000001", "100000000002"}},
		{name: "both", pick: org.Selection{Accounts: []string{"100000000000"}, Units: []string{"ou-b"}}, want: []string{"100000000000", "100000000002"}},
		{name: "stranger", pick: org.Selection{Accounts: []string{"999999999999"}}, err: "not in the organization"},
		{name: "not an id", pick: org.Selection{Accounts: []string{"prod"}}, err: "twelve digits"},
		{name: "no such unit", pick: org.Selection{Units: []string{"Nope"}}, err: "no OU"},
		{name: "two of the name", pick: org.Selection{Units: []string{"Twin"}}, err: "several OUs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			picked, err := o.Select(tt.pick)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error is %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, a := range picked {
				ids = append(ids, a.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStateComesBeforeStatus(t *testing.T) {
	o, err := org.Read(t.Context(), sample, "100000000000")
	if err != nil {
		t.Fatal(err)
	}
	if !o.Accounts[1].Active() {
		t.Error("Status alone is not read")
	}
	if o.Accounts[2].Active() || o.Accounts[2].Reason() != fleet.AccountSuspended {
		t.Errorf("a suspended account is %+v", o.Accounts[2])
	}
}

func TestAnAccountWithoutOrganizationIsAlone(t *testing.T) {
	o, err := org.ReadTree(t.Context(), tree{err: &types.AWSOrganizationsNotInUseException{}}, "100000000009")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(org.Single("100000000009"), o); diff != "" {
		t.Error(diff)
	}
}
