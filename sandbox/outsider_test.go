package sandbox_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox"
)

// TestOutsider may act in its own account, and not use what is shared with the organization.
func TestOutsider(t *testing.T) {
	t.Parallel()
	const region = "us-east-1"
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 2, Regions: []string{region}, Clean: true})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	outside := sb.AWSConfig(sandbox.Outsider, region)
	_, err = organizations.NewFromConfig(outside).DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	if _, ok := errors.AsType[*orgtypes.AWSOrganizationsNotInUseException](err); !ok {
		t.Errorf("it is in an organization: %v", err)
	}
	client := lambda.NewFromConfig(outside)
	if out, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err != nil || len(out.Functions) > 0 {
		t.Errorf("its own account: %v %v", out, err)
	}
	shared := aws.String(sb.NewestLayer(sandbox.LayerRuntime, region))
	_, err = client.GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: shared})
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("a layer of the organization: %v", err)
	}
	if _, err := lambda.NewFromConfig(sb.AWSConfig("100000000001", region)).GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: shared}); err != nil {
		t.Errorf("a member: %v", err)
	}
}
