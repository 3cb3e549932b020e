package ssm

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

// noOutput is what AWS reports for an output of a step that did not succeed.
const noOutput = "No output available yet because the step is not successfully executed"

// execution is one automation.
type execution struct {
	id         string
	number     int    // of executions in the pair before it
	document   string // as the caller named it
	version    *version
	doc        *automation.Document
	caller     call.Caller
	role       string
	parameters map[string]any
	now        func() time.Time
	cancel     context.CancelCauseFunc // of the run; nil while it is queued

	mu      sync.Mutex
	session session.Session // of the role
	status  types.AutomationExecutionStatus
	started time.Time
	ended   time.Time
	failure string
	current int // index of the running step, -1 for none
	steps   []stepRun
}

// stepRun is the state of one step.
type stepRun struct {
	id      string
	status  types.AutomationExecutionStatus
	started time.Time
	ended   time.Time
	inputs  map[string]string
	outputs map[string]any      // by name, for references
	texts   map[string][]string // as the API shows them
	failure string
}

// prepare gives a new execution its id and the state of one that has not started.
func (e *execution) prepare(s *Service, id string) {
	e.id, e.now = id, s.Clock.Now
	e.status, e.started, e.current = types.AutomationExecutionStatusPending, e.now(), -1
	e.steps = make([]stepRun, len(e.doc.Steps))
	for i := range e.steps {
		e.steps[i].id = s.IDs.At(e.caller.Account, e.caller.Region, "automation-step", e.id, uint64(i)).UUID()
		e.steps[i].status = types.AutomationExecutionStatusPending
	}
}

// ends is how each step ended.
func (e *execution) ends() []ports.AutomationStep {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]ports.AutomationStep, len(e.steps))
	for i, r := range e.steps {
		out[i] = ports.AutomationStep{Name: e.doc.Steps[i].Name, Status: string(r.status), Failure: r.failure, Started: r.started, Ended: r.ended}
	}
	return out
}

// renewal is how long before its expiration a session is replaced, in real time.
const renewal = 5 * time.Minute

// assume assumes the execution's role as the Systems Manager service.
func (s *Service) assume(ctx context.Context, e *execution) error {
	as := call.ServiceCaller(Principal, e.caller.Account, e.caller.Region)
	// Trust policies of automation roles have conditions on aws:SourceArn and aws:SourceAccount.
	ctx = iampolicy.WithSourceARN(ctx, executionARN(e.caller, &e.id))
	// UNCONFIRMED: the session's name.
	role, err := session.Assume(ctx, s.Dispatcher, as, e.role, "Automation-"+e.id)
	if err != nil {
		return fmt.Errorf("assume %s: %w", e.role, err)
	}
	role.Caller = role.Caller.Through(Principal)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.session = role
	return nil
}

// identity is the session of the steps. Without a role API steps act as the caller, and scripts have no keys: a script
// that calls AWS needs an assume role (guide: aws:executeScript).
func (s *Service) identity(ctx context.Context, e *execution) (session.Session, error) {
	if e.role == "" {
		return session.Session{Caller: e.caller.Through(Principal)}, nil
	}
	e.mu.Lock()
	present := e.session
	e.mu.Unlock()
	if time.Until(aws.ToTime(present.Keys.Expiration)) > renewal {
		return present, nil
	}
	if err := s.assume(ctx, e); err != nil {
		return session.Session{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session, nil
}

// lookup is the value of a reference in a step's inputs.
func (e *execution) lookup(r automation.Reference) (any, error) {
	switch {
	case r.Parameter != "":
		if v, ok := e.parameters[r.Parameter]; ok {
			return v, nil
		}
	case r.Step != "":
		if i, ok := e.doc.Step(r.Step); ok {
			e.mu.Lock()
			v, ok := e.steps[i].outputs[r.Output]
			e.mu.Unlock()
			if ok {
				return v, nil
			}
			return nil, fmt.Errorf("{{ %s }}: %s", r.Text, strings.ToLower(noOutput[:1])+noOutput[1:])
		}
	default:
		if v := e.system(r.Scope + ":" + r.Name); v != "" {
			return v, nil
		}
	}
	return nil, fmt.Errorf("{{ %s }} has no value", r.Text)
}

// system is the value of a system variable, or "".
func (e *execution) system(name string) string {
	switch name {
	case "automation:EXECUTION_ID":
		return e.id
	case "global:ACCOUNT_ID":
		return e.caller.Account
	case "global:REGION":
		return e.caller.Region
	case "global:AWS_PARTITION":
		return function.Partition(e.caller.Region)
	case "global:DATE":
		return e.now().Format(time.DateOnly)
	case "global:DATE_TIME":
		return e.now().Format("2006-01-02_15.04.05")
	}
	return ""
}
