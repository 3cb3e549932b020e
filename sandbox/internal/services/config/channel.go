package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// channelOps are the operations on delivery channels. A recorder needs one to start. The sandbox delivers nothing, so it
// refuses snapshot schedules, keys and topics.
func (s *Service) channelOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "PutDeliveryChannel", s.putDeliveryChannel).
			Accepts("DeliveryChannel.Name", "DeliveryChannel.S3BucketName", "DeliveryChannel.S3KeyPrefix"),
		call.Operation("config", "DescribeDeliveryChannels", s.describeDeliveryChannels).Accepts("DeliveryChannelNames"),
		call.Operation("config", "DescribeDeliveryChannelStatus", s.describeDeliveryChannelStatus).Accepts("DeliveryChannelNames"),
		call.Operation("config", "DeleteDeliveryChannel", s.deleteDeliveryChannel).Accepts("DeliveryChannelName"),
	}
}

func (s *Service) putDeliveryChannel(_ context.Context, c call.Caller, in *api.PutDeliveryChannelInput) (*api.PutDeliveryChannelOutput, error) {
	if in.DeliveryChannel == nil {
		return nil, apierr.Missing("deliveryChannel")
	}
	d := *in.DeliveryChannel
	if d.Name == nil {
		d.Name = aws.String(defaultName)
	}
	if n := len(*d.Name); n < 1 || n > maxRecorderName {
		return nil, &types.InvalidDeliveryChannelNameException{Message: apierr.Text("The delivery channel name '%s' is not valid.", *d.Name)}
	}
	if aws.ToString(d.S3BucketName) == "" {
		return nil, &types.NoSuchBucketException{Message: apierr.Text("Cannot find a S3 bucket with an empty bucket name.")}
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder == nil {
		return nil, &types.NoAvailableConfigurationRecorderException{Message: apierr.Text("Configuration recorder is not available to put delivery channel.")}
	}
	if sh.channel != nil && *sh.channel.Name != *d.Name {
		return nil, &types.MaxNumberOfDeliveryChannelsExceededException{
			Message: apierr.Text("Failed to put delivery channel '%s' because the maximum number of delivery channels: 1 is reached.", *d.Name),
		}
	}
	sh.channel = &d
	return &api.PutDeliveryChannelOutput{}, nil
}

// channelsNamed are the pair's channels of those names, or all.
func (sh *shard) channelsNamed(names []string) ([]types.DeliveryChannel, error) {
	for _, n := range names {
		if sh.channel == nil || *sh.channel.Name != n {
			return nil, &types.NoSuchDeliveryChannelException{Message: apierr.Text("Cannot find delivery channel with specified name '%s'.", n)}
		}
	}
	if sh.channel == nil {
		return []types.DeliveryChannel{}, nil
	}
	return []types.DeliveryChannel{*sh.channel}, nil
}

func (s *Service) describeDeliveryChannels(_ context.Context, c call.Caller, in *api.DescribeDeliveryChannelsInput) (*api.DescribeDeliveryChannelsOutput, error) {
	sh, list, err := lockAndFind(s, c, (*shard).channelsNamed, in.DeliveryChannelNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	return &api.DescribeDeliveryChannelsOutput{DeliveryChannels: list}, nil
}

func (s *Service) describeDeliveryChannelStatus(_ context.Context, c call.Caller, in *api.DescribeDeliveryChannelStatusInput) (*api.DescribeDeliveryChannelStatusOutput, error) {
	sh, list, err := lockAndFind(s, c, (*shard).channelsNamed, in.DeliveryChannelNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	out := &api.DescribeDeliveryChannelStatusOutput{DeliveryChannelsStatus: []types.DeliveryChannelStatus{}}
	for _, d := range list {
		out.DeliveryChannelsStatus = append(out.DeliveryChannelsStatus, types.DeliveryChannelStatus{Name: d.Name})
	}
	return out, nil
}

func (s *Service) deleteDeliveryChannel(_ context.Context, c call.Caller, in *api.DeleteDeliveryChannelInput) (*api.DeleteDeliveryChannelOutput, error) {
	if in.DeliveryChannelName == nil {
		return nil, apierr.Missing("deliveryChannelName")
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if _, err := sh.channelsNamed([]string{*in.DeliveryChannelName}); err != nil {
		return nil, err
	}
	if sh.recorder != nil && sh.recorder.recording {
		return nil, &types.LastDeliveryChannelDeleteFailedException{
			Message: apierr.Text("Failed to delete last specified delivery channel with name '%s', because there, because there is a running configuration recorder.", *in.DeliveryChannelName),
		}
	}
	sh.channel = nil
	return &api.DeleteDeliveryChannelOutput{}, nil
}
