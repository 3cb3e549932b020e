package config_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
)

func TestRecorderRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		_, err := do[api.StartConfigurationRecorderOutput](w, member, region, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
		wantCode(t, err, "NoSuchConfigurationRecorderException", "default")
		_, err = do[api.PutDeliveryChannelOutput](w, member, region, &api.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{S3BucketName: aws.String("b")}})
		wantCode(t, err, "NoAvailableConfigurationRecorderException", "")
		_, err = do[api.ListDiscoveredResourcesOutput](w, member, region, &api.ListDiscoveredResourcesInput{ResourceType: lambdaType})
		wantCode(t, err, "NoAvailableConfigurationRecorderException", "")

		in := recorder(other)
		_, err = do[api.PutConfigurationRecorderOutput](w, member, region, in)
		wantCode(t, err, "InvalidRoleException", "")
		in = recorder(member)
		in.ConfigurationRecorder.RecordingGroup.ResourceTypes = []types.ResourceType{lambdaType}
		_, err = do[api.PutConfigurationRecorderOutput](w, member, region, in)
		wantCode(t, err, "InvalidRecordingGroupException", "")
		must[api.PutConfigurationRecorderOutput](w, recorder(member))
		in = recorder(member)
		in.ConfigurationRecorder.Name = aws.String("another")
		_, err = do[api.PutConfigurationRecorderOutput](w, member, region, in)
		wantCode(t, err, "MaxNumberOfConfigurationRecordersExceededException", "")
		_, err = do[api.StartConfigurationRecorderOutput](w, member, region, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
		wantCode(t, err, "NoAvailableDeliveryChannelException", "")

		w.record(member, region)
		_, err = do[api.DeleteDeliveryChannelOutput](w, member, region, &api.DeleteDeliveryChannelInput{DeliveryChannelName: aws.String("default")})
		wantCode(t, err, "LastDeliveryChannelDeleteFailedException", "")
		_, err = do[api.PutDeliveryChannelOutput](w, member, region, &api.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{S3BucketName: aws.String("b"), SnsTopicARN: aws.String("t")}})
		wantCode(t, err, "SandboxUnsupported", "SnsTopicARN")
	})
}

func TestItemsFollowFunctions(t *testing.T) {
	inWorld(t, func(w *world) {
		layers := w.layer(member, region, "common", 2)
		w.function(member, region, "before", layers[0])
		pass(time.Minute)
		if got := w.query("resourceType = '" + lambdaType + "'"); got != "" {
			t.Errorf("recorded without a recorder: %s", got)
		}
		w.record(member, region)
		if got := w.query("configuration.layers.arn = '" + layers[0] + "'"); got != "before" {
			t.Errorf("discovered at start: %q", got)
		}
		w.function(member, region, "after", layers[0])
		pass(time.Minute)
		w.setLayers(member, region, "after", layers[1])
		pass(time.Minute)
		if got := w.query("configuration.layers.arn = '" + layers[1] + "'"); got != "after" {
			t.Errorf("after the update: %q", got)
		}

		stop := &api.StopConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")}
		must[api.StopConfigurationRecorderOutput](w, stop)
		w.setLayers(member, region, "before", layers[1])
		must[lambdaapi.DeleteFunctionOutput](w, &lambdaapi.DeleteFunctionInput{FunctionName: aws.String("after")})
		w.function(member, region, "unseen")
		pass(time.Minute)
		if got := w.query("configuration.layers.arn IN ('" + layers[0] + "', '" + layers[1] + "')"); got != "after before" {
			t.Errorf("while stopped: %q", got)
		}
		must[api.StartConfigurationRecorderOutput](w, &api.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
		if got := w.query("configuration.layers.arn = '" + layers[1] + "'"); got != "before" {
			t.Errorf("caught up: %q", got)
		}
		list := must[api.ListDiscoveredResourcesOutput](w, &api.ListDiscoveredResourcesInput{ResourceType: lambdaType, IncludeDeletedResources: true})
		deleted := 0
		for _, r := range list.ResourceIdentifiers {
			if r.ResourceDeletionTime != nil {
				deleted++
			}
		}
		if len(list.ResourceIdentifiers) != 3 || deleted != 1 {
			t.Errorf("discovered %d, deleted %d", len(list.ResourceIdentifiers), deleted)
		}
	})
}

func TestConfigurationItem(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		w.function(member, region, "fn", w.layer(member, region, "common", 1)...)
		pass(time.Minute)
		must[lambdaapi.DeleteFunctionOutput](w, &lambdaapi.DeleteFunctionInput{FunctionName: aws.String("fn")})
		history := must[api.GetResourceConfigHistoryOutput](w, &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("fn"), Limit: 2})
		if len(history.ConfigurationItems) != 2 || history.NextToken == nil {
			t.Fatalf("%d items", len(history.ConfigurationItems))
		}
		gone, active := history.ConfigurationItems[0], history.ConfigurationItems[1]
		if gone.ConfigurationItemStatus != types.ConfigurationItemStatusResourceDeleted || gone.Configuration != nil || active.ConfigurationItemStatus != types.ConfigurationItemStatusOk {
			t.Errorf("statuses %s, %s", gone.ConfigurationItemStatus, active.ConfigurationItemStatus)
		}
		var conf struct {
			FunctionArn string
			Layers      []struct{ Arn string }
			State       struct{ Value string }
			MemorySize  int
		}
		if err := json.Unmarshal([]byte(*active.Configuration), &conf); err != nil {
			t.Fatal(err)
		}
		if conf.FunctionArn != *active.Arn || len(conf.Layers) != 1 || conf.State.Value != "Active" || conf.MemorySize != 128 {
			t.Errorf("configuration %s", *active.Configuration)
		}
		first := must[api.GetResourceConfigHistoryOutput](w, &api.GetResourceConfigHistoryInput{
			ResourceType: lambdaType, ResourceId: aws.String("fn"), ChronologicalOrder: types.ChronologicalOrderForward, Limit: 1,
		})
		if got := first.ConfigurationItems[0].ConfigurationItemStatus; got != types.ConfigurationItemStatusResourceDiscovered {
			t.Errorf("first item %s", got)
		}
		_, err := do[api.GetResourceConfigHistoryOutput](w, member, region, &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("none")})
		wantCode(t, err, "ResourceNotDiscoveredException", "none")
		batch := must[api.BatchGetResourceConfigOutput](w, &api.BatchGetResourceConfigInput{ResourceKeys: []types.ResourceKey{{ResourceType: lambdaType, ResourceId: aws.String("fn")}}})
		if len(batch.BaseConfigurationItems) != 0 {
			t.Errorf("a deleted resource has no current configuration")
		}
	})
}

// TestHistoryPages has a function change between two pages of its history, which neither repeats nor leaves out an item.
func TestHistoryPages(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		layers := w.layer(member, region, "common", 3)
		w.function(member, region, "fn")
		pass(time.Minute)
		in := &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("fn"), Limit: 1}
		first := must[api.GetResourceConfigHistoryOutput](w, in)
		if first.NextToken == nil {
			t.Fatal("one page")
		}
		for _, l := range layers {
			w.setLayers(member, region, "fn", l)
			pass(time.Minute)
		}
		in.NextToken, in.Limit = first.NextToken, 100
		rest := must[api.GetResourceConfigHistoryOutput](w, in)
		in.NextToken = nil
		all := must[api.GetResourceConfigHistoryOutput](w, in).ConfigurationItems
		ids := func(items []types.ConfigurationItem) (out []string) {
			for _, i := range items {
				out = append(out, *i.ConfigurationStateId+string(i.ConfigurationItemStatus)+aws.ToString(i.Configuration))
			}
			return out
		}
		before := len(first.ConfigurationItems) + len(rest.ConfigurationItems)
		if len(all) <= before {
			t.Fatalf("%d items before, %d after", before, len(all))
		}
		if diff := cmp.Diff(ids(all[len(all)-before:]), ids(append(first.ConfigurationItems, rest.ConfigurationItems...))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDailyRecording(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		in := recorder(member)
		in.ConfigurationRecorder.RecordingMode = &types.RecordingMode{
			RecordingFrequency:     types.RecordingFrequencyContinuous,
			RecordingModeOverrides: []types.RecordingModeOverride{{RecordingFrequency: types.RecordingFrequencyDaily, ResourceTypes: []types.ResourceType{lambdaType}}},
		}
		must[api.PutConfigurationRecorderOutput](w, in)
		w.function(member, region, "fn")
		pass(23 * time.Hour)
		if got := w.query("resourceId = 'fn'"); got != "" {
			t.Error("recorded at once")
		}
		pass(2 * time.Hour)
		if got := w.query("resourceId = 'fn'"); got != "fn" {
			t.Error("not recorded after a day")
		}
		history := must[api.GetResourceConfigHistoryOutput](w, &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("fn")})
		if len(history.ConfigurationItems) != 1 || history.ConfigurationItems[0].RecordingFrequency != types.RecordingFrequencyDaily {
			t.Errorf("%d items", len(history.ConfigurationItems))
		}
	})
}

func TestOnlyWhatTheRecorderIncludes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		in := recorder(member)
		in.ConfigurationRecorder.RecordingGroup = &types.RecordingGroup{ExclusionByResourceTypes: &types.ExclusionByResourceTypes{ResourceTypes: []types.ResourceType{lambdaType}}}
		must[api.PutConfigurationRecorderOutput](w, in)
		w.function(member, region, "fn")
		pass(time.Minute)
		if got := w.query("resourceId = 'fn'"); got != "" {
			t.Error("an excluded type was recorded")
		}
		must[api.PutConfigurationRecorderOutput](w, recorder(member))
		if got := w.query("resourceId = 'fn'"); got != "fn" {
			t.Error("not discovered when included again")
		}
		status := must[api.DescribeConfigurationRecorderStatusOutput](w, &api.DescribeConfigurationRecorderStatusInput{}).ConfigurationRecordersStatus
		if len(status) != 1 || !status[0].Recording || status[0].LastStatus != types.RecorderStatusSuccess {
			t.Errorf("status %+v", status)
		}
	})
}
