package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

const functionType = "AWS::Lambda::Function"

// Counts are what the rule of a pair found, and what became of it.
type Counts struct {
	Compliant         int `json:"compliant"`
	NonCompliant      int `json:"non_compliant"`
	NotApplicable     int `json:"not_applicable"`
	RemediationFailed int `json:"remediation_failed"`
	Exceptions        int `json:"exceptions"`
}

// Failure is a function that remediation did not move.
type Failure struct {
	fleet.Pair
	Function  string     `json:"function_name"`
	Reason    fleet.Code `json:"reason"`
	About     string     `json:"about,omitempty"` // the layer version that is in the way
	Message   string     `json:"message"`         // what the runbook or the step said
	Exception bool       `json:"exception"`       // AWS Config stopped trying
}

// observed is all that a pair tells of a rule.
type observed struct {
	Counts
	failures []Failure
	// waiting are non-compliant functions that AWS still works on, or has not begun with.
	waiting int
}

// observe reads compliance, remediation and exceptions of a rule in one pair.
func observe(ctx context.Context, a *access.Access, p fleet.Pair, s *set) (observed, error) {
	var o observed
	rule := s.rule
	failing, err := o.compliance(ctx, a, p, rule)
	if err != nil || len(failing) == 0 {
		return o, err
	}
	excepted, err := exceptions(ctx, a, p, rule)
	if err != nil {
		return o, err
	}
	o.Exceptions = len(excepted)
	states, err := executions(ctx, a, p, rule, failing)
	if err != nil {
		return o, err
	}
	for _, name := range failing {
		execution, ran := states[name]
		failed := ran && execution.State == types.RemediationExecutionStateFailed
		switch {
		case failed || excepted[name]:
			if failed {
				o.RemediationFailed++
			}
			f := Failure{Pair: p, Function: name, Message: stepMessage(execution), Exception: excepted[name]}
			f.Reason, f.About = classify(f.Message)
			o.failures = append(o.failures, f)
			if !excepted[name] {
				o.waiting++ // Config tries again until the breaker opens
			}
		default:
			o.waiting++
		}
	}
	return o, nil
}

// compliance counts evaluation results and lists the non-compliant functions.
func (o *observed) compliance(ctx context.Context, a *access.Access, p fleet.Pair, rule string) ([]string, error) {
	var failing []string
	pages := configservice.NewGetComplianceDetailsByConfigRulePaginator(a.Config(p), &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: &rule, Limit: 100})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("compliance of rule %s in %s: %w", rule, p, err)
		}
		for _, r := range page.EvaluationResults {
			switch r.ComplianceType {
			case types.ComplianceTypeCompliant:
				o.Compliant++
			case types.ComplianceTypeNotApplicable:
				o.NotApplicable++
			case types.ComplianceTypeNonCompliant:
				o.NonCompliant++
				if id := r.EvaluationResultIdentifier; id != nil && id.EvaluationResultQualifier != nil {
					failing = append(failing, aws.ToString(id.EvaluationResultQualifier.ResourceId))
				}
			}
		}
	}
	return failing, nil
}

// exceptions are the functions that Config no longer remediates.
func exceptions(ctx context.Context, a *access.Access, p fleet.Pair, rule string) (map[string]bool, error) {
	out := map[string]bool{}
	pages := configservice.NewDescribeRemediationExceptionsPaginator(a.Config(p), &configservice.DescribeRemediationExceptionsInput{ConfigRuleName: &rule, Limit: 25})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("remediation exceptions of rule %s in %s: %w", rule, p, err)
		}
		for _, e := range page.RemediationExceptions {
			out[aws.ToString(e.ResourceId)] = true
		}
	}
	return out, nil
}

// maxKeys is how many resources DescribeRemediationExecutionStatus takes.
const maxKeys = 100

// executions are the newest remediation executions of functions, where there are any.
func executions(ctx context.Context, a *access.Access, p fleet.Pair, rule string, names []string) (map[string]types.RemediationExecutionStatus, error) {
	out := map[string]types.RemediationExecutionStatus{}
	for chunk := range slices.Chunk(names, maxKeys) {
		in := &configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &rule}
		for _, name := range chunk {
			in.ResourceKeys = append(in.ResourceKeys, types.ResourceKey{ResourceId: aws.String(name), ResourceType: functionType})
		}
		pages := configservice.NewDescribeRemediationExecutionStatusPaginator(a.Config(p), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if _, ok := errors.AsType[*types.NoSuchRemediationConfigurationException](err); ok {
				return out, nil // detection only, or remediation not made yet
			}
			if err != nil {
				return nil, fmt.Errorf("remediation of rule %s in %s: %w", rule, p, err)
			}
			for _, s := range page.RemediationExecutionStatuses {
				if s.ResourceKey != nil {
					out[aws.ToString(s.ResourceKey.ResourceId)] = s
				}
			}
		}
	}
	return out, nil
}

// succeeded reports whether a remediation that began after a time succeeded; the zero time takes any.
func succeeded(ctx context.Context, a *access.Access, p fleet.Pair, rule string, since time.Time) (bool, error) {
	pages := configservice.NewDescribeRemediationExecutionStatusPaginator(a.Config(p), &configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &rule})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, fmt.Errorf("remediation of rule %s in %s: %w", rule, p, err)
		}
		for _, s := range page.RemediationExecutionStatuses {
			if s.State == types.RemediationExecutionStateSucceeded && aws.ToTime(s.InvocationTime).After(since) {
				return true, nil
			}
		}
	}
	return false, nil
}

// stepMessage is the error of the step that failed: of a script's traceback, the exception that ended it.
func stepMessage(s types.RemediationExecutionStatus) string {
	for _, step := range s.StepDetails {
		if text := aws.ToString(step.ErrorMessage); text != "" {
			return essence(text)
		}
	}
	return ""
}

// essence takes off what Automation puts around the exception of a script: a sentence about the step and Python's
// traceback before it, a sentence about troubleshooting after it.
func essence(text string) string {
	if before, _, ok := strings.Cut(text, " Please refer to Automation Service Troubleshooting Guide"); ok {
		text = before
	}
	text = strings.TrimSpace(text)
	if strings.Contains(text, "Traceback (most recent call last)") {
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	return strings.TrimPrefix(text, "Step fails when it is Poll action status for completion. ")
}

// executing says whether a remediation of the rule runs in the instance's pair. A pair whose rule is gone, or that
// may not be read, has nothing to wait for.
func executing(ctx context.Context, a *access.Access, i instance, rule string) (bool, error) {
	pages := configservice.NewDescribeRemediationExecutionStatusPaginator(a.Config(i.Pair), &configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &rule})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, ctx.Err()
		}
		for _, s := range page.RemediationExecutionStatuses {
			if s.State == types.RemediationExecutionStateQueued || s.State == types.RemediationExecutionStateInProgress {
				return true, nil
			}
		}
	}
	return false, nil
}

// evaluated says whether a rule was evaluated since it was made.
func evaluated(ctx context.Context, a *access.Access, p fleet.Pair, rule string) (bool, error) {
	out, err := a.Config(p).DescribeConfigRuleEvaluationStatus(ctx, &configservice.DescribeConfigRuleEvaluationStatusInput{ConfigRuleNames: []string{rule}})
	if err != nil {
		return false, fmt.Errorf("evaluation of rule %s in %s: %w", rule, p, err)
	}
	return len(out.ConfigRulesEvaluationStatus) > 0 && out.ConfigRulesEvaluationStatus[0].LastSuccessfulEvaluationTime != nil, nil
}
