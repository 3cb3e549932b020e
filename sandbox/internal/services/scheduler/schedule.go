package scheduler

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

func (s *Service) createSchedule(ctx context.Context, c call.Caller, in *api.CreateScheduleInput) (*api.CreateScheduleOutput, error) {
	name, n, err := s.check(ctx, c, in)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now().Truncate(time.Millisecond)
	x := &schedule{settings: n, name: name, arn: scheduleARN(c, &name), created: now, modified: now, token: aws.ToString(in.ClientToken)}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if old := sh.schedules[name]; old != nil {
		if x.token != "" && x.token == old.token { // a repeated request, whose first answer may be lost
			return &api.CreateScheduleOutput{ScheduleArn: &old.arn}, nil
		}
		return nil, &types.ConflictException{Message: aws.String("Schedule " + name + " already exists.")}
	}
	sh.schedules[name] = x
	s.arm(sh, x, now)
	return &api.CreateScheduleOutput{ScheduleArn: &x.arn}, nil
}

// lock locks the caller's shard and finds a schedule in it. Without an error the caller unlocks the shard.
func (s *Service) lock(c call.Caller, requested, group *string) (*shard, *schedule, error) {
	name, err := checkName(requested, group)
	if err != nil {
		return nil, nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	x := sh.schedules[name]
	if x == nil {
		sh.mu.Unlock()
		return nil, nil, &types.ResourceNotFoundException{Message: aws.String("Schedule " + name + " does not exist.")}
	}
	return sh, x, nil
}

// updateSchedule replaces all settings: what the request leaves out returns to its default. ClientToken is not stored: a
// repeated update changes only the time of modification.
func (s *Service) updateSchedule(ctx context.Context, c call.Caller, in *api.UpdateScheduleInput) (*api.UpdateScheduleOutput, error) {
	same := api.CreateScheduleInput(*in) // the two have the same members
	_, n, err := s.check(ctx, c, &same)
	if err != nil {
		return nil, err
	}
	sh, x, err := s.lock(c, in.Name, in.GroupName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	x.stop()
	x.settings, x.modified = n, s.Clock.Now().Truncate(time.Millisecond)
	s.arm(sh, x, x.modified)
	return &api.UpdateScheduleOutput{ScheduleArn: &x.arn}, nil
}

func (s *Service) getSchedule(_ context.Context, c call.Caller, in *api.GetScheduleInput) (*api.GetScheduleOutput, error) {
	sh, x, err := s.lock(c, in.Name, in.GroupName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	t := *x.target
	t.RetryPolicy = retryPolicy(t.RetryPolicy)
	return &api.GetScheduleOutput{
		Arn: &x.arn, Name: &x.name, GroupName: aws.String(defaultGroup), ScheduleExpression: aws.String(x.text),
		ScheduleExpressionTimezone: aws.String(x.zone), StartDate: x.start, EndDate: x.end, State: x.state, Description: x.description,
		ActionAfterCompletion: x.after, FlexibleTimeWindow: x.window, Target: &t,
		CreationDate: aws.Time(x.created), LastModificationDate: aws.Time(x.modified),
	}, nil
}

// deleteSchedule ignores ClientToken: a repeated request fails, since AWS does not say that it remembers deleted schedules.
func (s *Service) deleteSchedule(_ context.Context, c call.Caller, in *api.DeleteScheduleInput) (*api.DeleteScheduleOutput, error) {
	sh, x, err := s.lock(c, in.Name, in.GroupName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	x.stop()
	delete(sh.schedules, x.name)
	return &api.DeleteScheduleOutput{}, nil
}

func (s *Service) listSchedules(_ context.Context, c call.Caller, in *api.ListSchedulesInput) (*api.ListSchedulesOutput, error) {
	if err := checkGroup(in.GroupName); err != nil {
		return nil, err
	}
	if err := between(in.MaxResults, 1, 100, "maxResults"); err != nil {
		return nil, err
	}
	size := int32(100)
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	var all []*schedule
	for _, x := range sh.schedules {
		if strings.HasPrefix(x.name, aws.ToString(in.NamePrefix)) && (in.State == "" || in.State == x.state) {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b *schedule) int { return strings.Compare(a.name, b.name) })
	part, next, ok := page.Cut(all, func(x *schedule) string { return x.name }, in.NextToken, int(size))
	if !ok {
		return nil, invalid("Invalid NextToken provided.") // UNCONFIRMED: the text
	}
	out := &api.ListSchedulesOutput{Schedules: []types.ScheduleSummary{}, NextToken: next}
	for _, x := range part {
		out.Schedules = append(out.Schedules, types.ScheduleSummary{
			Arn: &x.arn, Name: &x.name, GroupName: aws.String(defaultGroup), State: x.state,
			CreationDate: aws.Time(x.created), LastModificationDate: aws.Time(x.modified), Target: &types.TargetSummary{Arn: x.target.Arn},
		})
	}
	return out, nil
}
