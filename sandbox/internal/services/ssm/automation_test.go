package ssm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/runbook"
)

func TestScriptSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		var got runbook.Script
		f.scripts = func(_ context.Context, s runbook.Script) (runbook.Result, error) {
			got = s
			return runbook.Result{Payload: json.RawMessage(`{"after": ["a", "b"]}`), Logs: "hello\n"}, nil
		}
		f.create("Rotation", scripted)
		id := f.start("Rotation", map[string][]string{"AutomationAssumeRole": {role}, "Name": {"shop"}})
		synctest.Wait()
		want := runbook.Script{
			Source: "def main(events, context): return events", Handler: "main", Timeout: time.Minute,
			Events:      map[string]any{"name": "shop", "at": region},
			Credentials: runbook.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: "secret", SessionToken: "token", Region: region},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("script (-want +got):\n%s", diff)
		}
		e := f.get(id)
		step := e.StepExecutions[0]
		if e.AutomationExecutionStatus != "Success" || step.StepStatus != "Success" || e.ExecutionEndTime == nil {
			t.Errorf("status %s, step %s", e.AutomationExecutionStatus, step.StepStatus)
		}
		if diff := cmp.Diff(map[string][]string{"rotate.After": {"a", "b"}}, e.Outputs); diff != "" {
			t.Errorf("outputs (-want +got):\n%s", diff)
		}
		texts := map[string][]string{"After": {"a", "b"}, "OutputPayload": {`{"ExecutionLog":"hello\n","Payload":{"after":["a","b"]}}`}}
		if diff := cmp.Diff(texts, step.Outputs); diff != "" {
			t.Errorf("step outputs (-want +got):\n%s", diff)
		}
		if step.Inputs["Runtime"] != `"python3.11"` || step.Inputs["InputPayload"] != `{"at":"eu-west-1","name":"shop"}` {
			t.Errorf("step inputs %v", step.Inputs)
		}
		ran := ports.AutomationStep{Name: "rotate", Status: "Success", Started: *step.ExecutionStartTime, Ended: *step.ExecutionEndTime}
		ends := []ports.AutomationEnd{{Account: account, Region: region, ExecutionID: id, Status: "Success", Steps: []ports.AutomationStep{ran}}}
		if diff := cmp.Diff(ends, f.ends); diff != "" {
			t.Errorf("ends (-want +got):\n%s", diff)
		}
	})
}

func TestScriptFails(t *testing.T) {
	const trace = "Traceback (most recent call last):\n  File \"customer_script.py\", line 4, in main\n    events['x']\n"
	const end = " Please refer to Automation Service Troubleshooting Guide for more diagnosis details."
	for _, tt := range []struct {
		name    string
		payload string
		err     error
		status  types.AutomationExecutionStatus
		message string
	}{
		{
			name: "an exception", err: &runbook.ScriptError{Type: "KeyError", Message: "'x'", Traceback: trace}, status: "Failed",
			message: "Step fails when it is Poll action status for completion. " + trace + "\nKeyError - 'x'." + end,
		},
		{
			name: "the time limit", err: runbook.ErrTimeLimit, status: "TimedOut",
			message: "Step timed out while step is executing the action aws:executeScript." + end,
		},
		{
			name: "no python", err: fmt.Errorf("%w: python3: not found", runbook.ErrNoPython), status: "Failed",
			message: "Step fails when it is Poll action status for completion. The sandbox cannot run the script: no usable python3: python3: not found." + end,
		},
		{
			name: "an output that is not there", payload: `{}`, status: "Failed",
			message: "Step fails when it is Poll action status for completion. The selector of the output After finds nothing." + end,
		},
		{
			name: "an output of another type", payload: `{"after": 3}`, status: "Failed",
			message: "Step fails when it is Poll action status for completion. The output After: 3 is not of type StringList." + end,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := setup(t)
				attempts := 0
				f.scripts = func(context.Context, runbook.Script) (runbook.Result, error) {
					attempts++
					return runbook.Result{Payload: json.RawMessage(tt.payload)}, tt.err
				}
				f.create("Rotation", scripted)
				id := f.start("Rotation", map[string][]string{"AutomationAssumeRole": {role}})
				synctest.Wait()
				e := f.get(id)
				if e.AutomationExecutionStatus != tt.status || e.StepExecutions[0].StepStatus != tt.status || attempts != 2 {
					t.Errorf("status %s after %d attempts", e.AutomationExecutionStatus, attempts)
				}
				if diff := cmp.Diff(tt.message, aws.ToString(e.FailureMessage)); diff != "" {
					t.Errorf("message (-want +got):\n%s", diff)
				}
				if got := e.Outputs["rotate.After"]; len(got) != 1 || !strings.HasPrefix(got[0], "No output available yet") {
					t.Errorf("outputs %v", got)
				}
				if f.ends[0].Status != string(tt.status) || f.ends[0].Failure != tt.message {
					t.Errorf("end %+v", f.ends[0])
				}
			})
		})
	}
}

const flow = `
schemaVersion: "0.3"
assumeRole: arn:aws:iam::100000000001:role/rotation
parameters:
  Kind: {type: String, default: good}
mainSteps:
  - name: describe
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: describe_document, Name: Flow}
    outputs:
      - {Name: Owner, Selector: $.Document.Owner}
      - {Name: Names, Selector: $.Document.Parameters..Name, Type: StringList}
  - name: check
    action: aws:assertAwsResourceProperty
    onFailure: step:excuse
    inputs: {Service: ssm, Api: DescribeDocument, Name: Flow, PropertySelector: $.Document.Owner, DesiredValues: ["{{ describe.Owner }}"]}
  - name: choose
    action: aws:branch
    inputs:
      Choices:
        - {NextStep: rest, Variable: "{{ Kind }}", StringEquals: good}
        - {NextStep: wrong, Variable: "{{ Kind }}", StringEquals: bad}
      Default: excuse
  - name: wrong
    action: aws:executeAwsApi
    onFailure: Continue
    inputs: {Service: ssm, Api: GetDocument, Name: Missing}
  - name: rest
    action: aws:sleep
    isEnd: true
    inputs: {Duration: PT1H}
  - name: excuse
    action: aws:sleep
    inputs: {Duration: PT1S}
outputs:
  - describe.Names
`

func TestFlow(t *testing.T) {
	for _, tt := range []struct {
		kind  string
		steps string // describe, check, choose, wrong, rest, excuse
		took  time.Duration
	}{
		{"good", "Success Success Success Pending Success Pending", time.Hour},
		{"bad", "Success Success Success Failed Success Pending", time.Hour},
		{"else", "Success Success Success Pending Pending Success", time.Second},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := setup(t)
				f.create("Flow", flow)
				id := f.start("Flow", map[string][]string{"Kind": {tt.kind}})
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				e := f.get(id)
				var got []string
				for _, s := range e.StepExecutions {
					got = append(got, string(s.StepStatus))
					if m := aws.ToString(s.FailureMessage); s.StepStatus == "Failed" &&
						!strings.HasPrefix(m, "Step fails when it is Execute/Cancelling action. An error occurred (InvalidDocument) when calling the GetDocument operation: ") {
						t.Errorf("message %q", m)
					}
				}
				if diff := cmp.Diff(tt.steps, strings.Join(got, " ")); diff != "" {
					t.Errorf("steps (-want +got):\n%s", diff)
				}
				if e.AutomationExecutionStatus != "Success" || e.ExecutionEndTime.Sub(*e.ExecutionStartTime) != tt.took {
					t.Errorf("status %s: %s", e.AutomationExecutionStatus, aws.ToString(e.FailureMessage))
				}
				if diff := cmp.Diff(map[string][]string{"describe.Names": {"Kind"}}, e.Outputs); diff != "" {
					t.Errorf("outputs (-want +got):\n%s", diff)
				}
				if c := f.calls[0]; c.Via != "ssm.amazonaws.com" || c.Principal != "arn:aws:sts::100000000001:assumed-role/rotation/Automation-"+id {
					t.Errorf("the steps act as %+v", c)
				}
			})
		})
	}
}

const waiting = `
schemaVersion: "0.3"
mainSteps:
  - name: wait
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 60
    inputs: {Service: ssm, Api: DescribeDocument, Name: Waiting, PropertySelector: $.Document.LatestVersion, DesiredValues: ["2"]}
`

func TestWaitFor(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change bool
		want   types.AutomationExecutionStatus
	}{
		{"until it is so", true, "Success"},
		{"in vain", false, "TimedOut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := setup(t)
				f.create("Waiting", waiting)
				id := f.start("Waiting", nil)
				time.Sleep(30 * time.Second)
				if tt.change {
					must[api.UpdateDocumentOutput](f, account, &api.UpdateDocumentInput{
						Name: aws.String("Waiting"), Content: aws.String(waiting + "    isEnd: true\n"), DocumentFormat: types.DocumentFormatYaml,
					})
				}
				time.Sleep(31 * time.Second)
				synctest.Wait()
				if e := f.get(id); e.AutomationExecutionStatus != tt.want {
					t.Errorf("status %s: %s", e.AutomationExecutionStatus, aws.ToString(e.FailureMessage))
				}
			})
		})
	}
}

const sleeping = `
schemaVersion: "0.3"
parameters:
  For: {type: String, default: PT10M}
mainSteps:
  - name: sleep
    action: aws:sleep
    inputs: {Duration: "{{ For }}"}
`

func TestConcurrencyAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t)
		f.create("Sleeping", sleeping)
		var all []string
		for range 150 {
			all = append(all, f.start("Sleeping", nil))
		}
		synctest.Wait()
		count := func(status types.AutomationExecutionStatus) int {
			n := 0
			for _, id := range all {
				if f.get(id).AutomationExecutionStatus == status {
					n++
				}
			}
			return n
		}
		if running, pending := count("InProgress"), count("Pending"); running != 100 || pending != 50 {
			t.Errorf("%d running, %d pending", running, pending)
		}
		for _, id := range []string{all[0], all[149]} { // a running one, and one in the queue
			must[api.StopAutomationExecutionOutput](f, account, &api.StopAutomationExecutionInput{AutomationExecutionId: &id})
		}
		synctest.Wait()
		if n := count("Cancelled"); n != 2 {
			t.Errorf("%d cancelled", n)
		}
		time.Sleep(20*time.Minute + time.Second)
		synctest.Wait()
		if n := count("Success"); n != 148 || len(f.ends) != 150 {
			t.Errorf("%d succeeded, %d ended", n, len(f.ends))
		}
		_, err := do[api.StopAutomationExecutionOutput](f, account, &api.StopAutomationExecutionInput{AutomationExecutionId: &all[5]})
		fails(t, err, "InvalidAutomationStatusUpdateException")
		listed := must[api.DescribeAutomationExecutionsOutput](f, account, &api.DescribeAutomationExecutionsInput{
			Filters: []types.AutomationExecutionFilter{{Key: types.AutomationExecutionFilterKeyExecutionStatus, Values: []string{"Cancelled"}}},
		})
		if n := len(listed.AutomationExecutionMetadataList); n != 2 {
			t.Errorf("%d listed", n)
		}
		paged := must[api.DescribeAutomationExecutionsOutput](f, account, &api.DescribeAutomationExecutionsInput{})
		if len(paged.AutomationExecutionMetadataList) != 50 || paged.NextToken == nil {
			t.Errorf("a page of %d", len(paged.AutomationExecutionMetadataList))
		}
		steps := must[api.DescribeAutomationStepExecutionsOutput](f, account, &api.DescribeAutomationStepExecutionsInput{AutomationExecutionId: &all[0]})
		if len(steps.StepExecutions) != 1 || steps.StepExecutions[0].StepStatus != "Cancelled" {
			t.Errorf("steps %+v", steps.StepExecutions)
		}
	})
}

func TestStartRefuses(t *testing.T) {
	f := setup(t)
	f.create("Sleeping", sleeping)
	f.create("Rotation", scripted)
	for _, tt := range []struct {
		name, code, document string
		change               func(*api.StartAutomationExecutionInput)
	}{
		{"no document", "AutomationDefinitionNotFoundException", "Missing", func(*api.StartAutomationExecutionInput) {}},
		{"no version", "AutomationDefinitionVersionNotFoundException", "Sleeping", func(in *api.StartAutomationExecutionInput) { in.DocumentVersion = aws.String("7") }},
		{"an unknown parameter", "InvalidAutomationExecutionParametersException", "Sleeping", func(in *api.StartAutomationExecutionInput) { in.Parameters = map[string][]string{"X": {"y"}} }},
		{"a role that cannot be assumed", "InvalidAutomationExecutionParametersException", "Rotation", func(in *api.StartAutomationExecutionInput) {
			in.Parameters = map[string][]string{"AutomationAssumeRole": {role + "2"}}
		}},
		{"interactive", "SandboxUnsupported", "Sleeping", func(in *api.StartAutomationExecutionInput) { in.Mode = types.ExecutionModeInteractive }},
		{"targets", "SandboxUnsupported", "Sleeping", func(in *api.StartAutomationExecutionInput) { in.TargetParameterName = aws.String("For") }},
		{"a long value", "ValidationException", "Sleeping", func(in *api.StartAutomationExecutionInput) {
			in.Parameters = map[string][]string{"For": {strings.Repeat("x", 513)}}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &api.StartAutomationExecutionInput{DocumentName: &tt.document}
			tt.change(in)
			_, err := do[api.StartAutomationExecutionOutput](f, account, in)
			fails(t, err, tt.code)
		})
	}
}

func TestClientToken(t *testing.T) {
	f := setup(t)
	f.create("Sleeping", sleeping)
	start := func(duration string) (*api.StartAutomationExecutionOutput, error) {
		return do[api.StartAutomationExecutionOutput](f, account, &api.StartAutomationExecutionInput{
			DocumentName: aws.String("Sleeping"), Parameters: map[string][]string{"For": {duration}},
			ClientToken: aws.String("0a1b2c3d-0000-4000-8000-000000000000"),
		})
	}
	first, err := start("PT1S")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := start("PT1S"); err != nil || *second.AutomationExecutionId != *first.AutomationExecutionId {
		t.Errorf("the same token: %v, %v", second, err)
	}
	_, err = start("PT2S")
	fails(t, err, "IdempotentParameterMismatch")
}

func TestStartPermissions(t *testing.T) {
	f := setup(t)
	f.create("Rotation", scripted)
	var got []call.Permission
	f.dispatcher.Observe(func(e call.Entry) {
		if e.Name == "StartAutomationExecution" {
			got = e.Permissions
		}
	})
	f.scripts = func(context.Context, runbook.Script) (runbook.Result, error) {
		return runbook.Result{Payload: json.RawMessage(`{"after": []}`)}, nil
	}
	f.start("Rotation", map[string][]string{"AutomationAssumeRole": {role}})
	want := []call.Permission{
		{Action: "ssm:StartAutomationExecution", Resource: "arn:aws:ssm:eu-west-1:100000000001:automation-definition/Rotation:$DEFAULT"},
		{Action: "iam:PassRole", Resource: role, Context: map[string][]string{"iam:PassedToService": {"ssm.amazonaws.com"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
