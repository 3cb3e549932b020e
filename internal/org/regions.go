package org

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
)

// EnabledRegions lists, sorted, the Regions enabled in an account: those that are so
// by default and those opted into. An empty id means the account whose credentials
// api has; asking about another needs the management account or a delegated
// administrator, and trusted access for Account Management.
func EnabledRegions(ctx context.Context, api account.ListRegionsAPIClient, accountID string) ([]string, error) {
	in := &account.ListRegionsInput{
		RegionOptStatusContains: []types.RegionOptStatus{types.RegionOptStatusEnabled, types.RegionOptStatusEnabledByDefault},
	}
	if accountID != "" {
		in.AccountId = &accountID
	}
	regions := []string{}
	pages := account.NewListRegionsPaginator(api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the account's Regions: %w", err)
		}
		for _, r := range page.Regions {
			regions = append(regions, aws.ToString(r.RegionName))
		}
	}
	slices.Sort(regions)
	return regions, nil
}
