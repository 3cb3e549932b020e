package ssm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

// result is the result of an action.
type result struct {
	next    string              // of aws:branch
	value   any                 // what selectors select from
	outputs map[string]any      // by name
	texts   map[string][]string // as the API shows them
}

// Prefixes of failure messages, recorded from real executions.
const (
	whilePolling   = "Step fails when it is Poll action status for completion. "
	whileExecuting = "Step fails when it is Execute/Cancelling action. "
	// UNCONFIRMED: this text.
	whileResolving = "Step fails when it is validating and resolving the step inputs. "
)

// act runs one action.
func (s *Service) act(ctx context.Context, e *execution, step *automation.Step, in map[string]any) (result, error) {
	switch step.Action {
	case automation.ExecuteScript:
		return s.script(ctx, e, step, in)
	case automation.ExecuteAwsAPI:
		v, err := s.api(ctx, e, in)
		return result{value: v}, err
	case automation.Assert:
		ok, v, err := s.property(ctx, e, in)
		if err == nil && !ok {
			err = failure(whilePolling, "Property value from the API output is %s, which is not in desired values: %s", automation.Text(v), automation.Text(in["DesiredValues"]))
		}
		return result{}, err
	case automation.WaitFor:
		return result{}, s.waitFor(ctx, e, in)
	case automation.Sleep:
		d, err := automation.SleepTime(inputText(in, "Duration"), inputText(in, "Timestamp"), s.Clock.Now())
		if err != nil {
			return result{}, failure(whileExecuting, "%v", err)
		}
		return result{}, s.Clock.Sleep(ctx, d)
	case automation.Branch:
		return s.branch(e, step)
	}
	return result{}, failure(whileExecuting, "the action %s is not known", step.Action)
}

func failure(while, format string, args ...any) error {
	return errors.New(while + fmt.Sprintf(format, args...) + ". " + guide)
}

func inputText(in map[string]any, name string) string {
	if v, ok := in[name]; ok {
		return automation.Text(v)
	}
	return ""
}

// script runs aws:executeScript.
func (s *Service) script(ctx context.Context, e *execution, step *automation.Step, in map[string]any) (result, error) {
	if s.Quirks.Is(quirk.CancelInterruptsScript, "no") {
		var end context.CancelFunc
		ctx, end = context.WithCancel(context.WithoutCancel(ctx))
		defer end()
		defer context.AfterFunc(s.ctx, end)()
	}
	who, err := s.identity(ctx, e)
	if err != nil {
		return result{}, failure(whileExecuting, "%v", err)
	}
	res, err := s.Scripts.Run(ctx, runbook.Script{
		Source: inputText(in, "Script"), Handler: inputText(in, "Handler"), Events: in["InputPayload"],
		Credentials: runbook.Credentials{
			AccessKeyID: aws.ToString(who.Keys.AccessKeyId), SecretAccessKey: aws.ToString(who.Keys.SecretAccessKey),
			SessionToken: aws.ToString(who.Keys.SessionToken), Region: e.caller.Region,
		},
		Timeout: step.Timeout,
	})
	var raised *runbook.ScriptError
	switch {
	case errors.As(err, &raised):
		return result{}, failure(whilePolling, "%s\n%s - %s", raised.Traceback, raised.Type, raised.Message)
	case errors.Is(err, runbook.ErrTimeLimit):
		return result{}, timeout{action: step.Action}
	case err != nil:
		return result{}, failure(whilePolling, "The sandbox cannot run the script: %v", err)
	}
	payload, err := automation.DecodeJSON(res.Payload)
	if err != nil {
		return result{}, failure(whilePolling, "the payload is not JSON: %v", err)
	}
	out := map[string]any{"Payload": payload}
	shown := map[string]any{"Payload": payload}
	if res.Logs != "" {
		shown["ExecutionLog"] = res.Logs // UNCONFIRMED: the name, and that it is next to Payload
	}
	return result{value: out, outputs: out, texts: map[string][]string{"OutputPayload": {quoted(shown)}}}, nil
}

// api makes the call of aws:executeAwsApi, aws:assertAwsResourceProperty and aws:waitForAwsResourceProperty. It returns
// the output as plain values.
func (s *Service) api(ctx context.Context, e *execution, in map[string]any) (any, error) {
	who, err := s.identity(ctx, e)
	if err != nil {
		return nil, failure(whileExecuting, "%v", err)
	}
	members := map[string]any{}
	for k, v := range in {
		switch k {
		case "Service", "Api", "PropertySelector", "DesiredValues":
		default:
			members[k] = v
		}
	}
	body, err := json.Marshal(members)
	if err != nil {
		return nil, failure(whileExecuting, "%v", err)
	}
	operation := automation.Operation(inputText(in, "Api"))
	answer, err := s.Calls(ctx, who.Caller, inputText(in, "Service"), operation, body)
	var ae smithy.APIError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &ae):
		return nil, failure(whileExecuting, "An error occurred (%s) when calling the %s operation: %s", ae.ErrorCode(), operation, ae.ErrorMessage())
	case err != nil:
		return nil, failure(whileExecuting, "%v", err)
	}
	v, err := automation.DecodeJSON(answer)
	if err != nil {
		return nil, failure(whileExecuting, "the answer of %s is not JSON: %v", operation, err)
	}
	return v, nil
}

// property makes the call and says whether the selected property has a desired value.
func (s *Service) property(ctx context.Context, e *execution, in map[string]any) (bool, any, error) {
	v, err := s.api(ctx, e, in)
	if err != nil {
		return false, nil, err
	}
	sel, err := automation.ParseSelector(inputText(in, "PropertySelector"))
	if err != nil {
		return false, nil, failure(whileExecuting, "%v", err)
	}
	found, _ := sel.Select(v)
	desired, _ := in["DesiredValues"].([]any)
	for _, d := range desired {
		// Booleans are written True and False.
		if b, isBool := found.(bool); isBool && strings.EqualFold(fmt.Sprint(b), automation.Text(d)) || automation.Text(found) == automation.Text(d) {
			return true, found, nil
		}
	}
	return false, found, nil
}

// pollEvery is the pause of aws:waitForAwsResourceProperty, in sandbox time. UNCONFIRMED: AWS's own.
const pollEvery = 5 * time.Second

func (s *Service) waitFor(ctx context.Context, e *execution, in map[string]any) error {
	for {
		ok, _, err := s.property(ctx, e, in)
		if ok || err != nil {
			return err
		}
		if err := s.Clock.Sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

func (s *Service) branch(e *execution, step *automation.Step) (result, error) {
	for _, c := range step.Choices {
		ok, err := c.Rule.Holds(e.lookup)
		if err != nil {
			return result{}, failure(whileExecuting, "%v", err)
		}
		if ok {
			return result{next: c.NextStep}, nil
		}
	}
	return result{next: step.Default}, nil
}

// pick selects the declared outputs. UNCONFIRMED: that a selector without result and a value of another type fail the
// step; the guide says only that types are not converted.
func (r *result) pick(step *automation.Step) error {
	for _, o := range step.Outputs {
		v, ok := o.Selector.Select(r.value)
		if !ok {
			return failure(whilePolling, "The selector of the output %s finds nothing", o.Name)
		}
		if err := o.Type.Check(v); err != nil {
			return failure(whilePolling, "The output %s: %v", o.Name, err)
		}
		if r.outputs == nil {
			r.outputs = map[string]any{}
		}
		if r.texts == nil {
			r.texts = map[string][]string{}
		}
		r.outputs[o.Name] = v
		r.texts[o.Name] = automation.Texts(v)
	}
	return nil
}

// quoted is a value as JSON, strings in quotes.
func quoted(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
