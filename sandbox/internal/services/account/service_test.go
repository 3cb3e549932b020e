package account_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/account"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/organizations"
)

const management, member = "100000000000", "100000000001"

func TestRegions(t *testing.T) {
	clk := clock.New(1)
	org := organizations.New(organizations.Config{Clock: clk, IDs: ids.New(1), Management: management, Name: "management"})
	if err := org.AddAccount(member, "member", org.Root(), "ACTIVE"); err != nil {
		t.Fatal(err)
	}
	s := account.New(account.Config{Regions: []string{"us-east-1", "eu-south-1"}, Organization: org})
	s.Set(member, "me-south-1", true)
	s.Set(member, "us-east-1", false)
	d := call.New(clk)
	d.Register(s.Operations()...)
	list := func(caller string, in api.ListRegionsInput) string {
		var out []string
		for {
			p, err := call.Do[api.ListRegionsOutput](t.Context(), d, call.Administrator(caller, "us-east-1"), &in)
			if ae, ok := errors.AsType[smithy.APIError](err); ok {
				return ae.ErrorCode()
			} else if err != nil {
				return err.Error()
			}
			for _, r := range p.Regions {
				out = append(out, *r.RegionName+"="+string(r.RegionOptStatus))
			}
			if p.NextToken == nil {
				return strings.Join(out, " ")
			}
			in.NextToken = p.NextToken
		}
	}
	on := []types.RegionOptStatus{types.RegionOptStatusEnabled, types.RegionOptStatusEnabledByDefault}
	tests := []struct{ name, got, want string }{
		{"own", list(management, api.ListRegionsInput{RegionOptStatusContains: on, MaxResults: aws.Int32(1)}), "eu-south-1=ENABLED us-east-1=ENABLED_BY_DEFAULT"},
		{"changed", list(member, api.ListRegionsInput{RegionOptStatusContains: on}), "eu-south-1=ENABLED me-south-1=ENABLED"},
		{"no trusted access", list(management, api.ListRegionsInput{AccountId: aws.String(member)}), "AccessDeniedException"},
		{"member asks about another", list(member, api.ListRegionsInput{AccountId: aws.String(management)}), "AccessDeniedException"},
		{"management about itself", list(management, api.ListRegionsInput{AccountId: aws.String(management)}), "AccessDeniedException"},
		{"page size", list(management, api.ListRegionsInput{MaxResults: aws.Int32(51)}), "ValidationException"},
		{"status", list(management, api.ListRegionsInput{RegionOptStatusContains: []types.RegionOptStatus{"ON"}}), "ValidationException"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if err := org.SetServiceAccess("account.amazonaws.com"); err != nil {
		t.Fatal(err)
	}
	if got := list(management, api.ListRegionsInput{AccountId: aws.String(member), RegionOptStatusContains: on}); got != "eu-south-1=ENABLED me-south-1=ENABLED" {
		t.Errorf("member by trusted access: %s", got)
	}
	if n := len(strings.Fields(list(management, api.ListRegionsInput{}))); n != 34 {
		t.Errorf("%d Regions in all", n)
	}
	out, err := call.Do[api.GetRegionOptStatusOutput](t.Context(), d, call.Administrator(member, "us-east-1"), &api.GetRegionOptStatusInput{RegionName: aws.String("af-south-1")})
	if err != nil || out.RegionOptStatus != types.RegionOptStatusDisabled {
		t.Errorf("%+v, %v", out, err)
	}
}
