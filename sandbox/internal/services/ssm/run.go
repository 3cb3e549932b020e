package ssm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

const (
	// guide ends every failure message (recorded from real executions).
	guide = "Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
	// grace is the real time that a call has at least, however fast the sandbox clock runs.
	grace = 5 * time.Second
	// maxVisits is how often a step can run in one execution. It stops documents that loop without ever waiting.
	// UNCONFIRMED: AWS's own bound.
	maxVisits = 1000
)

var (
	errCancelled = errors.New("the automation was cancelled")
	errTimedOut  = errors.New("the step timed out")
)

// launch runs an execution on its own goroutine. The shard is locked.
func (s *Service) launch(sh *shard, e *execution) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	e.mu.Lock()
	e.cancel = cancel
	e.mu.Unlock()
	s.runs.Add(1)
	s.Clock.Go(func() {
		defer s.runs.Done()
		defer cancel(nil)
		status, failure := s.run(ctx, e)
		e.mu.Lock()
		e.status, e.failure, e.ended, e.current = status, failure, e.now(), -1
		e.session = session.Session{}
		e.mu.Unlock()
		s.next(sh)
		s.notify(e, status, failure)
	})
}

// notify reports the end of an execution to the listeners. Nothing is locked.
func (s *Service) notify(e *execution, status types.AutomationExecutionStatus, failure string) {
	end := ports.AutomationEnd{
		Account: e.caller.Account, Region: e.caller.Region, ExecutionID: e.id, Status: string(status), Failure: failure, Steps: e.ends(),
	}
	for _, f := range s.listeners {
		f(end)
	}
}

// next starts the first execution in the queue in place of one that has ended.
func (s *Service) next(sh *shard) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.queue) == 0 || s.ctx.Err() != nil {
		sh.running--
		return
	}
	e := sh.queue[0]
	sh.queue = sh.queue[1:]
	s.launch(sh, e)
}

// run runs the steps, and returns how the execution ended.
func (s *Service) run(ctx context.Context, e *execution) (types.AutomationExecutionStatus, string) {
	e.setStatus(types.AutomationExecutionStatusInprogress)
	final, failure := types.AutomationExecutionStatusSuccess, ""
	visits := make([]int, len(e.doc.Steps))
	for i := 0; i < len(e.doc.Steps); {
		step := &e.doc.Steps[i]
		if visits[i]++; visits[i] > maxVisits {
			return types.AutomationExecutionStatusFailed, fmt.Sprintf("The step %s ran more than %d times. %s", step.Name, maxVisits, guide)
		}
		branch, status := s.step(ctx, e, i)
		if ctx.Err() != nil {
			return types.AutomationExecutionStatusCancelled, ""
		}
		next := step.NextStep
		if status != types.AutomationExecutionStatusSuccess {
			if step.IsCritical {
				final, failure = status, e.stepFailure(i)
			}
			if step.OnFailure == "Abort" {
				return final, failure
			}
			if to, ok := strings.CutPrefix(step.OnFailure, "step:"); ok {
				next = to
			}
		} else if branch != "" {
			next = branch
		}
		if step.IsEnd {
			return final, failure
		}
		i++
		if next != "" {
			i, _ = e.doc.Step(next)
		}
	}
	return final, failure
}

// step runs one step with all its attempts. It returns the step that a branch chose, and the step's status.
func (s *Service) step(ctx context.Context, e *execution, i int) (string, types.AutomationExecutionStatus) {
	step := &e.doc.Steps[i]
	e.startStep(i)
	var out result
	var err error
	for range step.MaxAttempts {
		if out, err = s.attempt(ctx, e, i); err == nil || ctx.Err() != nil {
			break
		}
	}
	status := types.AutomationExecutionStatusSuccess
	switch {
	case ctx.Err() != nil:
		status = types.AutomationExecutionStatusCancelled
	case errors.Is(err, errTimedOut):
		status = types.AutomationExecutionStatusTimedout
	case err != nil:
		status = types.AutomationExecutionStatusFailed
	}
	e.finishStep(i, status, out, err)
	return out.next, status
}

// attempt resolves the inputs and runs the action once, within the step's time limit.
func (s *Service) attempt(ctx context.Context, e *execution, i int) (result, error) {
	step := &e.doc.Steps[i]
	inputs, err := automation.Interpolate(step.Inputs, e.lookup)
	if err != nil {
		return result{}, failure(whileResolving, "%v", err)
	}
	resolved, _ := inputs.(map[string]any)
	e.showInputs(i, resolved)
	limited, cancel := s.limit(ctx, step)
	defer cancel()
	out, err := s.act(limited, e, step, resolved)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), errTimedOut) {
		// UNCONFIRMED: the text for other actions than aws:runInstances.
		err = timeout{action: step.Action}
	}
	if err == nil {
		err = out.pick(step)
	}
	return out, err
}

// limit is the context of one attempt. A script is limited by its runner, which does not count the time that the
// script waits to start.
func (s *Service) limit(ctx context.Context, step *automation.Step) (context.Context, context.CancelFunc) {
	switch step.Action {
	case automation.ExecuteScript:
		return context.WithCancel(ctx)
	case automation.Sleep, automation.WaitFor:
		return s.Clock.WithTimeout(ctx, step.Timeout, 0, errTimedOut)
	default:
		return s.Clock.WithTimeout(ctx, step.Timeout, grace, errTimedOut)
	}
}

// timeout is the failure of a step that exceeded its time limit.
type timeout struct{ action string }

func (t timeout) Error() string {
	return fmt.Sprintf("Step timed out while step is executing the action %s. %s", t.action, guide)
}

func (timeout) Is(target error) bool { return target == errTimedOut }

// setStatus sets the status of an execution that is not being cancelled.
func (e *execution) setStatus(st types.AutomationExecutionStatus) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.status != types.AutomationExecutionStatusCancelling {
		e.status = st
	}
}

// startStep records that a step started.
func (e *execution) startStep(i int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current = i
	e.steps[i] = stepRun{id: e.steps[i].id, status: types.AutomationExecutionStatusInprogress, started: e.now()}
}

// showInputs records the resolved inputs of a step, as the API shows them.
func (e *execution) showInputs(i int, inputs map[string]any) {
	shown := map[string]string{}
	for k, v := range inputs {
		shown[k] = quoted(v)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.steps[i].inputs = shown
}

// finishStep records how a step ended.
func (e *execution) finishStep(i int, status types.AutomationExecutionStatus, out result, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &e.steps[i]
	r.status, r.ended, r.texts = status, e.now(), out.texts
	if status == types.AutomationExecutionStatusSuccess {
		r.outputs = out.outputs
	} else if err != nil && status != types.AutomationExecutionStatusCancelled {
		r.failure = err.Error()
	}
}

func (e *execution) stepFailure(i int) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.steps[i].failure
}
