package config

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

const (
	maxItems   = 100 // of most operations, in a page
	usualItems = 10  // of GetResourceConfigHistory
)

func (s *Service) itemOps() []*call.Op {
	return []*call.Op{
		call.Operation("config", "ListDiscoveredResources", s.listDiscoveredResources).
			Accepts("ResourceType", "ResourceIds", "ResourceName", "IncludeDeletedResources", "Limit", "NextToken"),
		call.Operation("config", "GetDiscoveredResourceCounts", s.getDiscoveredResourceCounts).Accepts("ResourceTypes", "Limit", "NextToken"),
		call.Operation("config", "GetResourceConfigHistory", s.getResourceConfigHistory).
			Accepts("ResourceType", "ResourceId", "ChronologicalOrder", "EarlierTime", "LaterTime", "Limit", "NextToken"),
		call.Operation("config", "BatchGetResourceConfig", s.batchGetResourceConfig).Accepts("ResourceKeys"),
	}
}

// recorded is the recording frequency of the pair, or an error if it has no recorder.
func (sh *shard) recorded() (types.RecordingFrequency, error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder == nil {
		return "", &types.NoAvailableConfigurationRecorderException{Message: apierr.Text("There are no configuration recorders available to provide the role needed to describe your resources.")}
	}
	return sh.recorder.frequency(), nil
}

func (s *Service) listDiscoveredResources(_ context.Context, c call.Caller, in *api.ListDiscoveredResourcesInput) (*api.ListDiscoveredResourcesOutput, error) {
	sh := s.at(c)
	if _, err := sh.recorded(); err != nil {
		return nil, err
	}
	if in.ResourceType == "" {
		return nil, apierr.Missing("resourceType")
	}
	out := &api.ListDiscoveredResourcesOutput{ResourceIdentifiers: []types.ResourceIdentifier{}}
	if in.ResourceType != recording.ResourceType {
		return out, nil
	}
	wanted := func(r *recording.Resource) bool {
		return (len(in.ResourceIds) == 0 || slices.Contains(in.ResourceIds, r.Name)) &&
			(in.ResourceName == nil || *in.ResourceName == r.Name) && (in.IncludeDeletedResources || !r.Latest().Deleted)
	}
	all := slices.DeleteFunc(slices.Clone(sh.items.All()), func(r *recording.Resource) bool { return !wanted(r) })
	part, next, err := cut(all, resourceName, in.NextToken, in.Limit, maxItems, maxItems)
	if err != nil {
		return nil, err
	}
	for _, r := range part {
		id := types.ResourceIdentifier{ResourceType: in.ResourceType, ResourceId: aws.String(r.Name), ResourceName: aws.String(r.Name)}
		if st := r.Latest(); st.Deleted {
			id.ResourceDeletionTime = optional.Time(st.At())
		}
		out.ResourceIdentifiers = append(out.ResourceIdentifiers, id)
	}
	out.NextToken = next
	return out, nil
}

func resourceName(r *recording.Resource) string { return r.Name }

// living is the number of resources that are not deleted.
func (sh *shard) living() int64 {
	n := int64(0)
	for _, r := range sh.items.All() {
		if !r.Latest().Deleted {
			n++
		}
	}
	return n
}

func (s *Service) getDiscoveredResourceCounts(_ context.Context, c call.Caller, in *api.GetDiscoveredResourceCountsInput) (*api.GetDiscoveredResourceCountsOutput, error) {
	if _, err := pageSize(in.Limit, maxItems, maxItems); err != nil {
		return nil, err
	}
	if nonEmpty(in.NextToken) != nil {
		return nil, badToken() // one type never fills a page
	}
	out := &api.GetDiscoveredResourceCountsOutput{ResourceCounts: []types.ResourceCount{}}
	if len(in.ResourceTypes) > 0 && !slices.Contains(in.ResourceTypes, recording.ResourceType) {
		return out, nil
	}
	if n := s.at(c).living(); n > 0 {
		out.TotalDiscoveredResources = n
		out.ResourceCounts = append(out.ResourceCounts, types.ResourceCount{ResourceType: recording.ResourceType, Count: n})
	}
	return out, nil
}

func (s *Service) getResourceConfigHistory(_ context.Context, c call.Caller, in *api.GetResourceConfigHistoryInput) (*api.GetResourceConfigHistoryOutput, error) {
	sh := s.at(c)
	frequency, err := sh.recorded()
	if err != nil {
		return nil, err
	}
	if in.EarlierTime != nil && in.LaterTime != nil && in.LaterTime.Before(*in.EarlierTime) {
		return nil, &types.InvalidTimeRangeException{Message: apierr.Text("The specified time range is not valid. The earlier time is not chronologically before the later time.")}
	}
	r, ok := sh.items.Find(aws.ToString(in.ResourceId))
	if in.ResourceType != recording.ResourceType || !ok {
		return nil, &types.ResourceNotDiscoveredException{
			Message: apierr.Text("Resource %s of resourceType:%s is unknown or has not been discovered", aws.ToString(in.ResourceId), in.ResourceType),
		}
	}
	states := page.Number(history(r))
	key := page.Numbered[*recording.State].Ascending
	if in.ChronologicalOrder != types.ChronologicalOrderForward {
		slices.Reverse(states)
		key = page.Numbered[*recording.State].Descending
	}
	states = slices.DeleteFunc(states, func(x page.Numbered[*recording.State]) bool {
		return !within(x.Item.At(), in.EarlierTime, in.LaterTime)
	})
	part, next, err := cut(states, key, in.NextToken, in.Limit, usualItems, maxItems)
	if err != nil {
		return nil, err
	}
	out := &api.GetResourceConfigHistoryOutput{ConfigurationItems: []types.ConfigurationItem{}, NextToken: next}
	for _, x := range part {
		item, err := itemView(x.Item, frequency)
		if err != nil {
			return nil, err
		}
		out.ConfigurationItems = append(out.ConfigurationItems, item)
	}
	return out, nil
}

// history are the items of a resource, the oldest first.
func history(r *recording.Resource) []*recording.State {
	var all []*recording.State
	for st := r.Latest(); st != nil; st = st.Before() {
		all = append(all, st)
	}
	slices.Reverse(all)
	return all
}

func (s *Service) batchGetResourceConfig(_ context.Context, c call.Caller, in *api.BatchGetResourceConfigInput) (*api.BatchGetResourceConfigOutput, error) {
	sh := s.at(c)
	frequency, err := sh.recorded()
	switch {
	case err != nil:
		return nil, err
	case len(in.ResourceKeys) == 0:
		return nil, apierr.Missing("resourceKeys")
	case len(in.ResourceKeys) > maxItems:
		return nil, apierr.TooLong("resourceKeys", maxItems)
	}
	out := &api.BatchGetResourceConfigOutput{BaseConfigurationItems: []types.BaseConfigurationItem{}, UnprocessedResourceKeys: []types.ResourceKey{}}
	for _, k := range in.ResourceKeys {
		r, ok := sh.items.Find(aws.ToString(k.ResourceId))
		if !ok || k.ResourceType != recording.ResourceType || r.Latest().Deleted {
			continue // AWS leaves out what it does not know; unprocessed is what may be tried again
		}
		item, err := itemView(r.Latest(), frequency)
		if err != nil {
			return nil, err
		}
		out.BaseConfigurationItems = append(out.BaseConfigurationItems, baseView(item))
	}
	return out, nil
}
