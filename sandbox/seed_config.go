package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Aggregator is the name of a drawn organization's aggregator, in the management account's home Region.
const Aggregator = "organization"

// record turns the recorder of a pair on.
func (s *Sandbox) record(ctx context.Context, account, region string) error {
	c := call.Administrator(account, region)
	role, err := s.iam.EnsureServiceRole(account, "config.amazonaws.com")
	if err != nil {
		return err
	}
	name := aws.String("default")
	if _, err := call.Do[configservice.PutConfigurationRecorderOutput](ctx, s.dispatcher, c, &configservice.PutConfigurationRecorderInput{
		ConfigurationRecorder: &types.ConfigurationRecorder{
			Name: name, RoleARN: &role,
			RecordingGroup: &types.RecordingGroup{AllSupported: true, IncludeGlobalResourceTypes: true},
		},
	}); err != nil {
		return fmt.Errorf("recorder of %s in %s: %w", account, region, err)
	}
	if _, err := call.Do[configservice.PutDeliveryChannelOutput](ctx, s.dispatcher, c, &configservice.PutDeliveryChannelInput{
		DeliveryChannel: &types.DeliveryChannel{Name: name, S3BucketName: aws.String("config-" + s.Management())},
	}); err != nil {
		return fmt.Errorf("delivery channel of %s in %s: %w", account, region, err)
	}
	if _, err := call.Do[configservice.StartConfigurationRecorderOutput](ctx, s.dispatcher, c, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: name}); err != nil {
		return fmt.Errorf("recorder of %s in %s: %w", account, region, err)
	}
	return nil
}

// aggregate makes the organization's aggregator over the fleet's Regions.
func (s *Sandbox) aggregate(ctx context.Context, regions []string) error {
	role := "arn:aws:iam::" + s.Management() + ":role/" + roleAggregator
	_, err := call.Do[configservice.PutConfigurationAggregatorOutput](ctx, s.dispatcher, call.Administrator(s.Management(), s.Home()), &configservice.PutConfigurationAggregatorInput{
		ConfigurationAggregatorName: aws.String(Aggregator),
		OrganizationAggregationSource: &types.OrganizationAggregationSource{
			RoleArn: &role, AwsRegions: regions,
		},
	})
	if err != nil {
		return fmt.Errorf("aggregator: %w", err)
	}
	return nil
}
