package cloudwatch

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// remembered is how long the history of an alarm is kept, deleted or not (CloudWatch User Guide: 30 days).
const remembered = 30 * 24 * time.Hour

// event is an entry in the history of alarms.
type event struct {
	n       int // how many were before it, in this account and Region
	at      time.Time
	alarm   string
	kind    types.AlarmType
	item    types.HistoryItemType
	summary string
	data    string
}

// note adds an entry. The shard is locked.
func (sh *shard) note(a *alarm, at time.Time, item types.HistoryItemType, summary, data string) {
	n := 0
	if len(sh.history) > 0 {
		n = sh.history[len(sh.history)-1].n + 1
	}
	sh.history = append(sh.history, event{n, at, a.name, a.kind(), item, summary, data})
}

// forget drops what is older than AWS remembers. The shard is locked.
func (sh *shard) forget(now time.Time) {
	old := 0
	for old < len(sh.history)-1 && now.Sub(sh.history[old].at) > remembered { // the newest stays: it has the number
		old++
	}
	sh.history = slices.Delete(sh.history, 0, old)
}

// stateData is a state in HistoryData (recorded).
type stateData struct {
	value  types.StateValue
	reason string
	data   *string
}

func (s stateData) MarshalJSON() ([]byte, error) {
	x := struct {
		Value  types.StateValue `json:"stateValue"`
		Reason string           `json:"stateReason"`
		Data   json.RawMessage  `json:"stateReasonData,omitempty"`
	}{Value: s.value, Reason: s.reason}
	if s.data != nil {
		x.Data = json.RawMessage(*s.data)
	}
	return json.Marshal(x)
}

func transition(from, to stateData) string {
	return toJSON(struct {
		Version string    `json:"version"`
		Old     stateData `json:"oldState"`
		New     stateData `json:"newState"`
	}{"1.0", from, to})
}

// configuration is HistoryData of a change of the alarm itself.
// UNCONFIRMED: that it has no more than this.
func configuration(change string, a *alarm) string {
	return toJSON(struct {
		Version string          `json:"version"`
		Type    string          `json:"type"`
		Alarm   string          `json:"alarmName"`
		Kind    types.AlarmType `json:"alarmType"`
	}{"1.0", change, a.name, a.kind()})
}

func (s *Service) historyOps() []*call.Op {
	return []*call.Op{
		call.Operation(service, "DescribeAlarmHistory", s.describeAlarmHistory).
			Accepts("AlarmName", "AlarmTypes", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "NextToken", "ScanBy").
			Permissions(call.OnAction("cloudwatch:DescribeAlarmHistory", func(c call.Caller, in *api.DescribeAlarmHistoryInput) string {
				return readable(c, in.AlarmName, in.AlarmTypes)
			})).
			Limited(perSecond("DescribeAlarmHistory", 3)),
	}
}

func (s *Service) describeAlarmHistory(_ context.Context, c call.Caller, in *api.DescribeAlarmHistoryInput) (*api.DescribeAlarmHistoryOutput, error) {
	switch {
	case in.HistoryItemType != "" && !slices.Contains(in.HistoryItemType.Values(), in.HistoryItemType):
		return nil, constraint(in.HistoryItemType, "historyItemType", apierr.OneOf(in.HistoryItemType.Values()...))
	case in.ScanBy != "" && !slices.Contains(in.ScanBy.Values(), in.ScanBy):
		return nil, constraint(in.ScanBy, "scanBy", apierr.OneOf(in.ScanBy.Values()...))
	}
	if err := checkTypes(in.AlarmTypes); err != nil {
		return nil, err
	}
	if err := checkCount(in.MaxRecords, "maxRecords", 1, maxRecords); err != nil {
		return nil, err
	}
	sh, _ := s.lock(c)
	defer sh.mu.Unlock()
	var list []event
	for _, e := range sh.history {
		switch {
		case in.AlarmName != nil && *in.AlarmName != e.alarm,
			!wantsType(in.AlarmTypes, e.kind),
			in.HistoryItemType != "" && in.HistoryItemType != e.item,
			in.StartDate != nil && e.at.Before(*in.StartDate),
			in.EndDate != nil && e.at.After(*in.EndDate):
		default:
			list = append(list, e)
		}
	}
	key := func(e event) string { return page.Ascending(e.n) }
	if in.ScanBy != types.ScanByTimestampAscending {
		slices.Reverse(list)
		key = func(e event) string { return page.Descending(e.n) }
	}
	size := maxRecords
	if in.MaxRecords != nil {
		size = int(*in.MaxRecords)
	}
	part, next, ok := page.Cut(list, key, in.NextToken, size)
	if !ok {
		return nil, badToken()
	}
	out := &api.DescribeAlarmHistoryOutput{AlarmHistoryItems: []types.AlarmHistoryItem{}, NextToken: next}
	for _, e := range part {
		out.AlarmHistoryItems = append(out.AlarmHistoryItems, types.AlarmHistoryItem{
			AlarmName: aws.String(e.alarm), AlarmType: e.kind, Timestamp: aws.Time(e.at), HistoryItemType: e.item,
			HistorySummary: aws.String(e.summary), HistoryData: aws.String(e.data),
		})
	}
	return out, nil
}
