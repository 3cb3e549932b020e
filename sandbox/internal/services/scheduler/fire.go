package scheduler

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

// Waits between attempts double from the first to the longest. UNCONFIRMED: AWS says only that it backs off
// exponentially.
const (
	firstWait   = time.Second
	longestWait = time.Minute
)

// stop stops the timer and ends retries. The shard is locked.
func (x *schedule) stop() {
	if x.timer != nil {
		x.timer.Stop()
		x.timer = nil
	}
	if x.armed != nil {
		x.armed.end()
		x.armed = nil
	}
}

// arm sets the timer to the next invocation at or after from. It is false when there is none, because the schedule is
// complete. The shard is locked.
func (s *Service) arm(sh *shard, x *schedule, from time.Time) bool {
	if x.armed == nil {
		x.armed = &armed{}
		x.armed.ctx, x.armed.end = context.WithCancel(s.ctx)
	}
	base := x.modified
	if x.start != nil {
		base = *x.start
	}
	if x.expression.every == 0 && x.runs == 0 && x.expression.at.Before(from) {
		from = x.expression.at // UNCONFIRMED: a one-time schedule whose time has passed is invoked at once
	}
	due, ok := x.expression.next(base, from)
	if !ok || x.expression.every > 0 && x.end != nil && due.After(*x.end) {
		return false
	}
	if x.state != types.ScheduleStateEnabled || sh.closed {
		return true
	}
	at := due
	if w := x.window; w.Mode == types.FlexibleTimeWindowModeFlexible {
		id := s.IDs.At(sh.Account, sh.Region, "schedule-window", x.name, x.runs)
		window := uint64(*w.MaximumWindowInMinutes) * 60                                 //nolint:gosec // 1 to 1440
		at = at.Add(time.Duration(binary.BigEndian.Uint64(id[:8])%window) * time.Second) //nolint:gosec // below a day
	}
	armed := x.armed
	x.timer = s.Clock.AfterFunc(max(0, at.Sub(s.Clock.Now())), func() { s.fire(sh, x, due, armed) })
	return true
}

// fire sets the timer of the next invocation, then invokes the target for the time due.
func (s *Service) fire(sh *shard, x *schedule, due time.Time, armed *armed) {
	sh.mu.Lock()
	if armed.ctx.Err() != nil || sh.closed { // changed or deleted when the timer fired
		sh.mu.Unlock()
		return
	}
	n, run := x.settings, x.runs
	x.runs++
	x.timer = nil
	from := due.Add(time.Second)
	if now := s.Clock.Now(); now.After(from) {
		from = now // missed invocations are not made up for
	}
	more := s.arm(sh, x, from)
	s.runs.Add(1)
	sh.mu.Unlock()
	defer s.runs.Done()

	s.invoke(sh, x, n, run, due, armed)
	if more || n.after != types.ActionAfterCompletionDelete {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.schedules[x.name] == x && x.armed == armed {
		x.stop()
		delete(sh.schedules, x.name)
	}
}

// retryPolicy is a target's policy with the defaults filled in.
func retryPolicy(p *types.RetryPolicy) *types.RetryPolicy {
	out := types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(defaultAge), MaximumRetryAttempts: aws.Int32(defaultAttempts)}
	if p != nil && p.MaximumEventAgeInSeconds != nil {
		out.MaximumEventAgeInSeconds = p.MaximumEventAgeInSeconds
	}
	if p != nil && p.MaximumRetryAttempts != nil {
		out.MaximumRetryAttempts = p.MaximumRetryAttempts
	}
	return &out
}

// invoke calls the target until it succeeds, fails in a way that a retry does not change, or the retry policy is
// exhausted. There is no dead-letter queue. The call log has every attempt.
func (s *Service) invoke(sh *shard, x *schedule, n settings, run uint64, due time.Time, armed *armed) {
	policy := retryPolicy(n.target.RetryPolicy)
	age, attempts := time.Duration(*policy.MaximumEventAgeInSeconds)*time.Second, int(*policy.MaximumRetryAttempts)
	execution := s.IDs.At(sh.Account, sh.Region, "schedule-run", x.name, run)
	wait := firstWait
	for attempt := 1; ; attempt++ {
		input := strings.NewReplacer(
			"<aws.scheduler.schedule-arn>", x.arn, "<aws.scheduler.scheduled-time>", due.UTC().Format(time.RFC3339),
			"<aws.scheduler.execution-id>", execution.UUID(), "<aws.scheduler.attempt-number>", strconv.Itoa(attempt),
		).Replace(*n.target.Input)
		err := s.attempt(s.ctx, sh, n, execution.Hex(32), []byte(input))
		if err == nil || !transient(err) || attempt > attempts || s.Clock.Now().Add(wait).Sub(due) > age {
			return
		}
		if s.Clock.Sleep(armed.ctx, wait) != nil {
			return
		}
		wait = min(2*wait, longestWait)
	}
}

// attempt assumes the target's role and makes the call. The source ARN is that of the schedule's group, not of the
// schedule (public reports of trust policies that work).
func (s *Service) attempt(ctx context.Context, sh *shard, n settings, name string, input []byte) error {
	as := call.ServiceCaller(Principal, sh.Account, sh.Region)
	source := iampolicy.WithSourceARN(ctx, arnOf(sh.Account, sh.Region, "schedule-group/"+defaultGroup))
	role, err := session.Assume(source, s.Dispatcher, as, *n.target.RoleArn, name)
	if err != nil {
		return err
	}
	_, err = s.Call(ctx, role.Caller, n.service, n.operation, input)
	return err
}

// transient says whether a retry may succeed: the target had a fault or throttled.
func transient(err error) bool {
	var ae smithy.APIError
	if !errors.As(err, &ae) {
		return false
	}
	_, throttled := retry.DefaultThrottleErrorCodes[ae.ErrorCode()]
	return throttled || ae.ErrorFault() == smithy.FaultServer
}
