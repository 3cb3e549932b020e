// Package scheduler is the sandbox's Amazon EventBridge Scheduler: schedules that call an API of the sandbox, as the
// target's role, at a rate or once.
//
// Only universal targets (arn:aws:scheduler:::aws-sdk:SERVICE:apiAction) and the group "default" exist here. Cron
// expressions, dead-letter queues and customer keys are refused by name.
package scheduler

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// Principal is the service principal that assumes the roles of targets.
const Principal = "scheduler.amazonaws.com"

// Config is what the service needs from the sandbox.
type Config struct {
	Clock      *clock.Clock
	IDs        *ids.Source
	Dispatcher *call.Dispatcher
	// Credentials find the caller of the session that sts issued.
	Credentials ports.Credentials
	// Assumable says whether a role can be assumed by a service acting for an account; ctx carries the source.
	Assumable func(ctx context.Context, service, account, roleARN string) bool
	// Call makes a call through the dispatcher from the JSON text of its input.
	Call func(ctx context.Context, c call.Caller, service, operation string, input []byte) ([]byte, error)
}

// Service is the state of all accounts and Regions.
type Service struct {
	Config
	shards *pair.Table[shard]
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	runs   sync.WaitGroup
}

// shard is one account in one Region.
type shard struct {
	pair.Key
	mu        sync.Mutex
	schedules map[string]*schedule
	closed    bool
}

// schedule is one schedule of the group "default". Its shard's lock guards it.
type schedule struct {
	settings
	name, arn         string
	created, modified time.Time
	token             string      // ClientToken of its creation
	timer             *time.Timer // to the next invocation, nil when there is none
	stopped           chan struct{}
	runs              uint64
}

// New makes a service.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.shards = pair.NewTable(func(k pair.Key) *shard { return &shard{Key: k, schedules: map[string]*schedule{}} })
	return s
}

// Close stops all schedules and waits for the calls that are under way.
func (s *Service) Close() {
	s.cancel()
	for _, k := range s.shards.Keys() {
		sh := s.shards.Get(k.Account, k.Region)
		sh.mu.Lock()
		sh.closed = true
		for _, x := range sh.schedules {
			x.stop()
		}
		sh.mu.Unlock()
	}
	s.runs.Wait()
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	members := []string{
		"Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State", "Description",
		"ActionAfterCompletion", "ClientToken", "FlexibleTimeWindow", "Target.Arn", "Target.RoleArn", "Target.Input", "Target.RetryPolicy",
	}
	return []*call.Op{
		call.Operation("scheduler", "CreateSchedule", s.create).Accepts(members...).
			Permissions(call.For(func(c call.Caller, in *api.CreateScheduleInput) []call.Permission {
				return needs("scheduler:CreateSchedule", c, in)
			})),
		call.Operation("scheduler", "UpdateSchedule", s.update).Accepts(members...).
			Permissions(call.For(func(c call.Caller, in *api.UpdateScheduleInput) []call.Permission {
				same := api.CreateScheduleInput(*in)
				return needs("scheduler:UpdateSchedule", c, &same)
			})),
		call.Operation("scheduler", "GetSchedule", s.get).Accepts("Name", "GroupName").
			Permissions(call.On(func(c call.Caller, in *api.GetScheduleInput) string { return scheduleARN(c, in.Name) })),
		call.Operation("scheduler", "DeleteSchedule", s.remove).Accepts("Name", "GroupName", "ClientToken").
			Permissions(call.On(func(c call.Caller, in *api.DeleteScheduleInput) string { return scheduleARN(c, in.Name) })),
		call.Operation("scheduler", "ListSchedules", s.list).Accepts("GroupName", "NamePrefix", "State", "MaxResults", "NextToken"),
	}
}

// needs are the action on the schedule, and leave to pass the role of the target.
func needs(action string, c call.Caller, in *api.CreateScheduleInput) []call.Permission {
	out := []call.Permission{{Action: action, Resource: scheduleARN(c, in.Name)}}
	if in.Target != nil && in.Target.RoleArn != nil {
		out = append(out, call.Permission{
			Action: "iam:PassRole", Resource: *in.Target.RoleArn, Context: map[string][]string{"iam:PassedToService": {Principal}},
		})
	}
	return out
}

func scheduleARN(c call.Caller, name *string) string {
	return arnOf(c.Account, c.Region, "schedule/"+defaultGroup+"/"+aws.ToString(name))
}
