package resource

import (
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
)

// recorder is AWS::Config::ConfigurationRecorder.
type recorder struct {
	Name           *string
	RecordingGroup *types.RecordingGroup
	RecordingMode  *types.RecordingMode
	RoleARN        *string `property:"required"`
}

// channel is AWS::Config::DeliveryChannel.
type channel struct {
	ConfigSnapshotDeliveryProperties *types.ConfigSnapshotDeliveryProperties
	Name                             *string
	S3BucketName                     *string `property:"required"`
	S3KeyPrefix                      *string
	S3KmsKeyArn                      *string
	SnsTopicARN                      *string
}

const maxRecorderName = 256

// recorderTypes are the recorder and the delivery channel. Recording starts when both exist, whichever is made last (docs:
// aws-resource-config-configurationrecorder).
func recorderTypes() []*Type {
	return []*Type{
		define("AWS::Config::ConfigurationRecorder", spec[recorder]{
			nameKey:  "Name",
			replaces: func(old, next *recorder) bool { return !reflect.DeepEqual(old.Name, next.Name) },
			create: func(s *Step, p *recorder) (Made, error) {
				name := s.named(p.Name, maxRecorderName)
				return unless(putRecorder(s, name, p), Made{ID: name, Ref: name})
			},
			update: func(s *Step, m Made, _, next *recorder) (Made, error) {
				return m, putRecorder(s, m.ID, next)
			},
			remove: func(s *Step, m Made, _ *recorder) error {
				return does[api.DeleteConfigurationRecorderOutput](s, &api.DeleteConfigurationRecorderInput{ConfigurationRecorderName: &m.ID})
			},
		}),
		define("AWS::Config::DeliveryChannel", spec[channel]{
			nameKey:  "Name",
			replaces: func(old, next *channel) bool { return !reflect.DeepEqual(old.Name, next.Name) },
			create: func(s *Step, p *channel) (Made, error) {
				name := s.named(p.Name, maxRecorderName)
				return unless(putChannel(s, name, p), Made{ID: name, Ref: name})
			},
			update: func(s *Step, m Made, _, next *channel) (Made, error) {
				return m, putChannel(s, m.ID, next)
			},
			remove: removeChannel,
		}),
	}
}

func putRecorder(s *Step, name string, p *recorder) error {
	err := does[api.PutConfigurationRecorderOutput](s, &api.PutConfigurationRecorderInput{
		ConfigurationRecorder: &types.ConfigurationRecorder{
			Name: &name, RoleARN: p.RoleARN, RecordingGroup: p.RecordingGroup, RecordingMode: p.RecordingMode,
		},
	})
	if err != nil {
		return err
	}
	err = does[api.StartConfigurationRecorderOutput](s, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: &name})
	if _, ok := errors.AsType[*types.NoAvailableDeliveryChannelException](err); ok {
		return nil // the delivery channel starts it
	}
	return err
}

func putChannel(s *Step, name string, p *channel) error {
	err := does[api.PutDeliveryChannelOutput](s, &api.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{
		Name: &name, S3BucketName: p.S3BucketName, S3KeyPrefix: p.S3KeyPrefix, S3KmsKeyArn: p.S3KmsKeyArn,
		SnsTopicARN: p.SnsTopicARN, ConfigSnapshotDeliveryProperties: p.ConfigSnapshotDeliveryProperties,
	}})
	if err != nil {
		return err
	}
	out, err := do[api.DescribeConfigurationRecordersOutput](s, &api.DescribeConfigurationRecordersInput{})
	if err != nil {
		return err
	}
	for _, r := range out.ConfigurationRecorders {
		if err := does[api.StartConfigurationRecorderOutput](s, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: r.Name}); err != nil {
			return err
		}
	}
	return nil
}

// removeChannel stops the recorders first: Config does not delete the last channel of a running recorder.
func removeChannel(s *Step, m Made, _ *channel) error {
	out, err := do[api.DescribeConfigurationRecordersOutput](s, &api.DescribeConfigurationRecordersInput{})
	if err != nil {
		return err
	}
	for _, r := range out.ConfigurationRecorders {
		if err := does[api.StopConfigurationRecorderOutput](s, &api.StopConfigurationRecorderInput{ConfigurationRecorderName: r.Name}); err != nil {
			return err
		}
	}
	return does[api.DeleteDeliveryChannelOutput](s, &api.DeleteDeliveryChannelInput{DeliveryChannelName: aws.String(m.ID)})
}
