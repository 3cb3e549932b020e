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
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
)

// Principal is the service principal that assumes the roles of targets.
const Principal = "scheduler.amazonaws.com"

// Config is what the service needs from the sandbox.
type Config struct {
	Clock      *clock.Clock
	IDs        *ids.Source
	Dispatcher *call.Dispatcher
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
	token             string       // ClientToken of its creation
	timer             *clock.Timer // to the next invocation, nil when there is none
	armed             *armed
	runs              uint64
}

// armed is the life of a schedule as it is now: it ends when the schedule is changed or deleted.
type armed struct {
	ctx context.Context //nolint:containedctx // retries end with it
	end context.CancelFunc
}

// New makes a service.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.shards = pair.NewTable(func(k pair.Key) *shard { return &shard{Key: k, schedules: map[string]*schedule{}} })
	return s
}

// Close stops all schedules and waits for the calls in progress.
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

// Operations are the operations of the service.
func (s *Service) Operations() []*call.Op {
	members := []string{
		"Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State", "Description",
		"ActionAfterCompletion", "ClientToken", "FlexibleTimeWindow", "Target.Arn", "Target.RoleArn", "Target.Input", "Target.RetryPolicy",
	}
	return []*call.Op{
		call.Operation("scheduler", "CreateSchedule", s.createSchedule).Accepts(members...).
			Permissions(call.On(func(c call.Caller, in *api.CreateScheduleInput) string { return scheduleARN(c, in.Name) }).
				And(call.PassRole(Principal, func(in *api.CreateScheduleInput) *string { return targetRole(in.Target) }))),
		call.Operation("scheduler", "UpdateSchedule", s.updateSchedule).Accepts(members...).
			Permissions(call.On(func(c call.Caller, in *api.UpdateScheduleInput) string { return scheduleARN(c, in.Name) }).
				And(call.PassRole(Principal, func(in *api.UpdateScheduleInput) *string { return targetRole(in.Target) }))),
		call.Operation("scheduler", "GetSchedule", s.getSchedule).Accepts("Name", "GroupName").
			Permissions(call.On(func(c call.Caller, in *api.GetScheduleInput) string { return scheduleARN(c, in.Name) })),
		call.Operation("scheduler", "DeleteSchedule", s.deleteSchedule).Accepts("Name", "GroupName", "ClientToken").
			Permissions(call.On(func(c call.Caller, in *api.DeleteScheduleInput) string { return scheduleARN(c, in.Name) })),
		call.Operation("scheduler", "ListSchedules", s.listSchedules).Accepts("GroupName", "NamePrefix", "State", "MaxResults", "NextToken"),
	}
}

func targetRole(t *types.Target) *string {
	if t == nil {
		return nil
	}
	return t.RoleArn
}

func scheduleARN(c call.Caller, name *string) string {
	return arnOf(c.Account, c.Region, "schedule/"+defaultGroup+"/"+aws.ToString(name))
}
