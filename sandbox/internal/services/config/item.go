package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// itemView is a configuration item as the API shows it. A deleted resource has no configuration.
func itemView(s *recording.State, frequency types.RecordingFrequency) (types.ConfigurationItem, error) {
	r := s.Record
	at := s.At()
	item := types.ConfigurationItem{
		Version: aws.String(recording.Version), AccountId: aws.String(r.Account), AwsRegion: aws.String(r.Region),
		AvailabilityZone: aws.String(recording.Zone), Arn: aws.String(r.ARN()),
		ResourceType: types.ResourceType(recording.ResourceType), ResourceId: aws.String(r.Name), ResourceName: aws.String(r.Name),
		ConfigurationItemCaptureTime: &at, ConfigurationItemDeliveryTime: &at,
		ConfigurationItemStatus: types.ConfigurationItemStatus(s.Status()), ConfigurationStateId: aws.String(s.ID()),
		RecordingFrequency: frequency,
		Tags:               map[string]string{}, RelatedEvents: []string{}, Relationships: []types.Relationship{}, SupplementaryConfiguration: map[string]string{},
	}
	if s.Deleted {
		return item, nil
	}
	configuration, err := json.Marshal(s.Configuration())
	if err != nil {
		return item, fmt.Errorf("configuration of %s: %w", r.ARN(), err)
	}
	item.Configuration = aws.String(string(configuration))
	for k, tree := range recording.Supplementary(r) {
		part, err := json.Marshal(tree)
		if err != nil {
			return item, fmt.Errorf("supplementary configuration of %s: %w", r.ARN(), err)
		}
		item.SupplementaryConfiguration[k] = string(part)
	}
	maps.Copy(item.Tags, r.Tags)
	for _, x := range recording.Relations(r) {
		item.Relationships = append(item.Relationships, types.Relationship{
			ResourceType: types.ResourceType(x.ResourceType), ResourceId: optional.Text(x.ResourceID), ResourceName: optional.Text(x.ResourceName),
			RelationshipName: aws.String(x.Name),
		})
	}
	return item, nil
}

// baseView is the part of an item that the batch operation shows.
func baseView(i types.ConfigurationItem) types.BaseConfigurationItem {
	return types.BaseConfigurationItem{
		AccountId: i.AccountId, Arn: i.Arn, AvailabilityZone: i.AvailabilityZone, AwsRegion: i.AwsRegion, Configuration: i.Configuration,
		ConfigurationItemCaptureTime: i.ConfigurationItemCaptureTime, ConfigurationItemDeliveryTime: i.ConfigurationItemDeliveryTime,
		ConfigurationItemStatus: i.ConfigurationItemStatus, ConfigurationStateId: i.ConfigurationStateId, RecordingFrequency: i.RecordingFrequency,
		ResourceCreationTime: i.ResourceCreationTime, ResourceId: i.ResourceId, ResourceName: i.ResourceName, ResourceType: i.ResourceType,
		SupplementaryConfiguration: i.SupplementaryConfiguration, Version: i.Version,
	}
}

// within says whether a time is in a range, which has no bound where an end is nil.
func within(t time.Time, earlier, later *time.Time) bool {
	return (earlier == nil || !t.Before(*earlier)) && (later == nil || !t.After(*later))
}
