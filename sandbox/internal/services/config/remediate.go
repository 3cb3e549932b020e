package config

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// remediation is what a rule does about non-compliant resources. Its settings are replaced as a whole.
//
// Executions form batches: the first one queued while none is running starts a batch. ConcurrentExecutionRatePercentage of
// the batch run at once. When more than ErrorPercentage of it have failed, the rest is left to a retry.
type remediation struct {
	conf       types.RemediationConfiguration
	executions map[string]*execution  // the newest, by resource
	attempts   map[string][]time.Time // that count for the circuit breaker, by resource
	queue      []*execution
	busy       int // running executions
	batch      struct{ size, failed int }
	retry      bool // a retry is scheduled
}

// execution is one run of the automation for a resource.
type execution struct {
	rule      *rule
	of        *remediation
	name      string // of the resource
	automatic bool
	again     bool // the resource was found non-compliant while the execution was running
	state     types.RemediationExecutionState
	steps     []types.RemediationExecutionStep

	invoked, updated time.Time
}

func (x *execution) active() bool {
	return x.state == types.RemediationExecutionStateQueued || x.state == types.RemediationExecutionStateInProgress
}

// remediate starts automatic remediation of resources, except those being remediated or with an exception. The shard is
// locked.
func (s *Service) remediate(sh *shard, r *rule, names []string) {
	m := r.remediation
	if m == nil || !m.conf.Automatic {
		return
	}
	for _, n := range names {
		x := m.executions[n]
		switch {
		case x != nil && x.active():
			x.again = s.Quirks.Is(quirk.DuringRemediation, "later")
		case s.excepted(r, n), s.Quirks.Is(quirk.StaleRemediation, "no") && !s.stillFailing(sh, r, n):
		case s.Quirks.Is(quirk.BreakerCounts, "attempts") && s.countAttempt(r, n, 1):
			// All attempts are used up.
		default:
			s.enqueue(r, n, true)
		}
	}
	s.startQueued(sh, m)
}

// stillFailing says whether a resource would be found non-compliant as it is now. The shard is locked.
func (s *Service) stillFailing(sh *shard, r *rule, name string) bool {
	x, ok := sh.items.Find(name)
	if !ok {
		return false
	}
	t := task{rule: r, policy: r.policy, parameters: r.parameters, resources: []*recording.Resource{x}}
	t.covers = func(st *recording.State) bool { return r.covers(st.Record) }
	found, err := t.run(s.ctx)
	return err == nil && found[0].verdict == nonCompliant
}

// enqueue adds a resource to the batch. The shard is locked.
func (s *Service) enqueue(r *rule, name string, automatic bool) {
	m := r.remediation
	if m.busy == 0 && len(m.queue) == 0 {
		m.batch.size, m.batch.failed = 0, 0
	}
	now := s.Clock.Now()
	x := &execution{rule: r, of: m, name: name, automatic: automatic, state: types.RemediationExecutionStateQueued, invoked: now, updated: now}
	m.executions[name] = x
	m.queue = append(m.queue, x)
	m.batch.size++
}

// concurrency is how many executions of the batch may run at once.
func (m *remediation) concurrency() int {
	return max(1, m.batch.size*m.control(func(c *types.SsmControls) *int32 { return c.ConcurrentExecutionRatePercentage }, defaultConcurrency)/100)
}

// stopped says whether too many of the batch have failed.
func (m *remediation) stopped() bool {
	return m.batch.failed*100 > m.batch.size*m.control(func(c *types.SsmControls) *int32 { return c.ErrorPercentage }, defaultErrorPercentage)
}

// drop takes executions out of the queue.
func (m *remediation) drop(which func(*execution) bool) {
	m.queue = slices.DeleteFunc(m.queue, func(x *execution) bool {
		if which(x) {
			delete(m.executions, x.name)
			return true
		}
		return false
	})
}

func (m *remediation) control(get func(*types.SsmControls) *int32, usual int) int {
	if e := m.conf.ExecutionControls; e != nil && e.SsmControls != nil && get(e.SsmControls) != nil {
		return int(*get(e.SsmControls))
	}
	return usual
}

// startQueued starts queued executions up to the concurrency. The shard is locked.
func (s *Service) startQueued(sh *shard, m *remediation) {
	for len(m.queue) > 0 && m.busy < m.concurrency() {
		x := m.queue[0]
		m.queue = m.queue[1:]
		x.state, x.updated = types.RemediationExecutionStateInProgress, s.Clock.Now()
		m.busy++
		sh.calling++
		s.Clock.Go(func() { s.startAutomation(sh, x, automation(m.conf, x.name)) })
	}
}

// automation is the call that remediates a resource.
func automation(conf types.RemediationConfiguration, name string) *ssm.StartAutomationExecutionInput {
	in := &ssm.StartAutomationExecutionInput{DocumentName: conf.TargetId, DocumentVersion: conf.TargetVersion, Parameters: map[string][]string{}}
	for k, p := range conf.Parameters {
		if p.ResourceValue != nil {
			in.Parameters[k] = []string{name}
		} else {
			in.Parameters[k] = p.StaticValue.Values
		}
	}
	return in
}

// startAutomation starts an execution's automation through the dispatcher. The shard is not locked.
func (s *Service) startAutomation(sh *shard, x *execution, in *ssm.StartAutomationExecutionInput) {
	id := ""
	remediator, err := s.remediator(s.ctx, call.Caller{Account: sh.Account, Region: sh.Region})
	if err == nil {
		var out *ssm.StartAutomationExecutionOutput
		if out, err = call.Do[ssm.StartAutomationExecutionOutput](s.ctx, s.Dispatcher, remediator, in); err == nil {
			id = aws.ToString(out.AutomationExecutionId)
		}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.calling--
	end, early := sh.early[id]
	if sh.calling == 0 {
		clear(sh.early)
	}
	switch {
	case err != nil:
		s.ended(sh, x, ports.AutomationEnd{Failure: err.Error()})
	case early:
		s.ended(sh, x, end)
	default:
		sh.running[id] = x
	}
}

// succeeded is the final status of an automation that did its work.
const succeeded = "Success"

// automationEnded is ssm's notification of the end of an automation, of any caller.
func (s *Service) automationEnded(end ports.AutomationEnd) {
	sh, ok := s.shards.Find(end.Account, end.Region)
	if !ok {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	x := sh.running[end.ExecutionID]
	if x == nil {
		if sh.calling > 0 { // it may be one that startAutomation is starting
			sh.early[end.ExecutionID] = end
		}
		return
	}
	delete(sh.running, end.ExecutionID)
	s.ended(sh, x, end)
}

// ended records the end of an execution and continues with the batch. The shard is locked.
func (s *Service) ended(sh *shard, x *execution, end ports.AutomationEnd) {
	m := x.of
	now := s.Clock.Now()
	x.steps = x.stepDetails(end, now)
	x.updated = now
	m.busy--
	x.state = types.RemediationExecutionStateSucceeded
	if end.Status != succeeded {
		x.state = types.RemediationExecutionStateFailed
		m.batch.failed++
		if x.automatic && s.Quirks.Is(quirk.BreakerCounts, "failures") {
			s.countAttempt(x.rule, x.name, 0)
		}
	}
	if x.rule.remediation != m {
		return // it was deleted
	}
	if m.stopped() {
		m.drop(func(*execution) bool { return true })
	}
	if x.again {
		s.lookAgain(sh, x)
	}
	s.startQueued(sh, m)
	if m.busy == 0 && m.batch.failed > 0 {
		s.retryLater(sh, x.rule)
	}
}

// stepDetails are the automation's steps as Config shows them. A failure outside of all steps, such as that of an
// automation that could not be started, is shown as a step of its own.
func (x *execution) stepDetails(end ports.AutomationEnd, now time.Time) []types.RemediationExecutionStep {
	out := []types.RemediationExecutionStep{}
	shown := false
	for _, st := range end.Steps {
		step := types.RemediationExecutionStep{
			Name: optional.Text(st.Name), State: types.RemediationExecutionStepStateFailed, ErrorMessage: optional.Text(st.Failure),
			StartTime: optional.Time(st.Started), StopTime: optional.Time(st.Ended),
		}
		switch st.Status { // UNCONFIRMED: that cancelled and timed-out steps are FAILED
		case succeeded:
			step.State = types.RemediationExecutionStepStateSucceeded
		case "Pending":
			step.State = types.RemediationExecutionStepStatePending
		}
		shown = shown || st.Failure != ""
		out = append(out, step)
	}
	if end.Failure != "" && !shown {
		out = append(out, types.RemediationExecutionStep{
			State: types.RemediationExecutionStepStateFailed, ErrorMessage: optional.Text(end.Failure), StartTime: optional.Time(x.updated), StopTime: &now,
		})
	}
	return out
}

// retryLater schedules another try for what is still non-compliant. AWS works from a periodic snapshot of compliance and
// publishes no period. The shard is locked.
func (s *Service) retryLater(sh *shard, r *rule) {
	m := r.remediation
	if m == nil || !m.conf.Automatic || m.retry {
		return
	}
	m.retry = true
	s.after(retryDelay, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		m.retry = false
		if r.remediation == m && !r.deleting {
			s.remediate(sh, r, r.failing())
		}
	})
}

// lookAgain schedules another look at the resource of an execution. The shard is locked.
func (s *Service) lookAgain(sh *shard, x *execution) {
	s.after(lookAgain, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		if r := x.rule; r.remediation == x.of && !r.deleting && r.results[x.name].verdict == nonCompliant {
			s.remediate(sh, r, []string{x.name})
		}
	})
}

// countAttempt is the circuit breaker: a resource gets an exception when MaximumAutomaticAttempts were counted within
// RetryAttemptSeconds. more is how many attempts may be counted beyond that: 1 if the attempt has yet to be made, which it
// must not if the answer is true, 0 if it has failed. The shard is locked.
func (s *Service) countAttempt(r *rule, name string, more int) bool {
	m, now := r.remediation, s.Clock.Now()
	window := time.Duration(aws.ToInt64(m.conf.RetryAttemptSeconds)) * time.Second
	recent := slices.DeleteFunc(m.attempts[name], func(t time.Time) bool { return now.Sub(t) > window })
	recent = append(recent, now)
	m.attempts[name] = recent
	if len(recent) < int(aws.ToInt32(m.conf.MaximumAutomaticAttempts))+more {
		return false
	}
	delete(m.attempts, name)
	// UNCONFIRMED: the text that AWS writes.
	r.exceptions[name] = &exception{message: "Remediation failed the maximum number of automatic attempts"}
	return true
}
