package ssm

import (
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

func (e *execution) view() *types.AutomationExecution {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := &types.AutomationExecution{
		AutomationExecutionId: aws.String(e.id), AutomationExecutionStatus: e.status, DocumentName: aws.String(e.document),
		DocumentVersion: aws.String(e.version.numberText()), ExecutedBy: aws.String(e.caller.Principal),
		ExecutionStartTime: aws.Time(e.started), ExecutionEndTime: optional.Time(e.ended), FailureMessage: optional.Text(e.failure),
		Mode: types.ExecutionModeAuto, Outputs: e.outputs(), Parameters: map[string][]string{}, Targets: []types.Target{},
		ResolvedTargets: &types.ResolvedTargets{ParameterValues: []string{}}, StepExecutions: []types.StepExecution{},
	}
	for name, v := range e.parameters {
		out.Parameters[name] = automation.Texts(v)
	}
	if e.current >= 0 {
		out.CurrentStepName, out.CurrentAction = aws.String(e.doc.Steps[e.current].Name), aws.String(e.doc.Steps[e.current].Action)
	}
	for i := range e.steps {
		out.StepExecutions = append(out.StepExecutions, e.stepView(i))
	}
	return out
}

func (e *execution) metadata() types.AutomationExecutionMetadata {
	v := e.view()
	return types.AutomationExecutionMetadata{
		AutomationExecutionId: v.AutomationExecutionId, AutomationExecutionStatus: v.AutomationExecutionStatus,
		AutomationType: types.AutomationTypeLocal, CurrentAction: v.CurrentAction, CurrentStepName: v.CurrentStepName,
		DocumentName: v.DocumentName, DocumentVersion: v.DocumentVersion, ExecutedBy: v.ExecutedBy,
		ExecutionStartTime: v.ExecutionStartTime, ExecutionEndTime: v.ExecutionEndTime, FailureMessage: v.FailureMessage,
		LogFile: aws.String(""), Mode: v.Mode, Outputs: v.Outputs, ResolvedTargets: v.ResolvedTargets, Targets: v.Targets,
	}
}

// outputs are the document's outputs, with AWS's sentence in place of a missing one.
func (e *execution) outputs() map[string][]string {
	out := map[string][]string{}
	for _, name := range e.doc.Outputs {
		out[name] = []string{noOutput}
		for i := range e.doc.Steps {
			if output, ok := cutStep(name, e.doc.Steps[i].Name); ok {
				if v, ok := e.steps[i].outputs[output]; ok {
					out[name] = automation.Texts(v)
				}
			}
		}
	}
	return out
}

// cutStep removes the step's name and the dot from an output's full name.
func cutStep(full, step string) (string, bool) {
	if len(full) <= len(step) || full[:len(step)] != step || full[len(step)] != '.' {
		return "", false
	}
	return full[len(step)+1:], true
}

func (e *execution) stepView(i int) types.StepExecution {
	step, r := &e.doc.Steps[i], &e.steps[i]
	out := types.StepExecution{
		StepName: aws.String(step.Name), Action: aws.String(step.Action), StepExecutionId: aws.String(r.id), StepStatus: r.status,
		ExecutionStartTime: optional.Time(r.started), ExecutionEndTime: optional.Time(r.ended), FailureMessage: optional.Text(r.failure),
		Inputs: r.inputs, Outputs: r.texts, OverriddenParameters: map[string][]string{},
		MaxAttempts: aws.Int32(int32(min(step.MaxAttempts, math.MaxInt32))), //nolint:gosec // min bounds it
		OnFailure:   aws.String(step.OnFailure),
		IsCritical:  aws.Bool(step.IsCritical), IsEnd: aws.Bool(step.IsEnd), NextStep: optional.Text(step.NextStep), ValidNextSteps: e.following(i),
	}
	if step.TimeoutSet {
		out.TimeoutSeconds = aws.Int64(int64(step.Timeout / time.Second))
	}
	return out
}

// following are the steps that can follow step i.
func (e *execution) following(i int) []string {
	step := &e.doc.Steps[i]
	out := []string{}
	for _, c := range step.Choices {
		out = append(out, c.NextStep)
	}
	switch {
	case step.Default != "":
		out = append(out, step.Default)
	case step.NextStep != "":
		out = append(out, step.NextStep)
	case !step.IsEnd && i+1 < len(e.doc.Steps):
		out = append(out, e.doc.Steps[i+1].Name)
	}
	return out
}
