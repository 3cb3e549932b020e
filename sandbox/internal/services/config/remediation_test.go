package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

func remediationInput(rule string, automatic bool) types.RemediationConfiguration {
	return types.RemediationConfiguration{
		ConfigRuleName: &rule, TargetType: types.RemediationTargetTypeSsmDocument, TargetId: aws.String("move"), Automatic: automatic,
		ResourceType:             aws.String(lambdaType),
		MaximumAutomaticAttempts: aws.Int32(3), RetryAttemptSeconds: aws.Int64(86400),
		ExecutionControls: &types.ExecutionControls{SsmControls: &types.SsmControls{ErrorPercentage: aws.Int32(100)}},
		Parameters: map[string]types.RemediationParameterValue{
			"AutomationAssumeRole": {StaticValue: &types.StaticValue{Values: []string{"arn:aws:iam::" + member + ":role/move"}}},
			"FunctionName":         {ResourceValue: &types.ResourceValue{Value: types.ResourceValueTypeResourceId}},
		},
	}
}

func (w *world) putRemediation(conf types.RemediationConfiguration) error {
	_, err := do[api.PutRemediationConfigurationsOutput](w, member, region, &api.PutRemediationConfigurationsInput{RemediationConfigurations: []types.RemediationConfiguration{conf}})
	return err
}

// outdated makes n functions that a rule wants on another layer version, which it returns.
func (w *world) outdated(n int) (wanted string) {
	w.Helper()
	layers := w.layer(member, region, "common", 2)
	w.record(member, region)
	for i := range n {
		w.function(member, region, fmt.Sprintf("fn-%02d", i), layers[0])
	}
	pass(time.Minute)
	must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("common", layers[1])))
	pass(time.Minute)
	return layers[1]
}

// executions are the states of remediation by function.
func (w *world) executions() string {
	w.Helper()
	var out []string
	for _, x := range must[api.DescribeRemediationExecutionStatusOutput](w, &api.DescribeRemediationExecutionStatusInput{ConfigRuleName: aws.String("layers")}).RemediationExecutionStatuses {
		out = append(out, *x.ResourceKey.ResourceId+"="+string(x.State))
	}
	return strings.Join(out, " ")
}

func (w *world) exceptions() []types.RemediationException {
	w.Helper()
	return must[api.DescribeRemediationExceptionsOutput](w, &api.DescribeRemediationExceptionsInput{ConfigRuleName: aws.String("layers")}).RemediationExceptions
}

func TestAutomaticRemediation(t *testing.T) {
	inWorld(t, func(w *world) {
		wanted := w.outdated(3)
		w.remediate = func(in *ssm.StartAutomationExecutionInput, end func(string, string)) {
			time.AfterFunc(10*time.Second, func() {
				w.setLayers(member, region, in.Parameters["FunctionName"][0], wanted)
				end("Success", "")
			})
		}
		if err := w.putRemediation(remediationInput("layers", true)); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		if got := w.executions(); got != "fn-00=IN_PROGRESS fn-01=QUEUED fn-02=QUEUED" {
			t.Errorf("ten percent of three is one at a time: %s", got)
		}
		_, err := do[api.DeleteRemediationConfigurationOutput](w, member, region, &api.DeleteRemediationConfigurationInput{ConfigRuleName: aws.String("layers")})
		wantCode(t, err, "RemediationInProgressException", "")
		_, err = do[api.DeleteConfigRuleOutput](w, member, region, &api.DeleteConfigRuleInput{ConfigRuleName: aws.String("layers")})
		wantCode(t, err, "ResourceInUseException", "remediation")
		pass(time.Minute)
		if got := w.executions(); got != "fn-00=SUCCEEDED fn-01=SUCCEEDED fn-02=SUCCEEDED" {
			t.Errorf("at the end: %s", got)
		}
		if got := w.verdicts("layers", types.ComplianceTypeNonCompliant); got != "" || w.rollUp("layers") != types.ComplianceTypeCompliant {
			t.Errorf("left: %s", got)
		}
		if in := w.started[0]; *in.DocumentName != "move" || in.Parameters["AutomationAssumeRole"][0] != "arn:aws:iam::"+member+":role/move" {
			t.Errorf("started %+v", in)
		}
		if p := w.starters[0]; !strings.Contains(p, member+":role/aws-service-role/remediation.config.amazonaws.com/") {
			t.Errorf("started by %s", p)
		}
		must[api.DeleteRemediationConfigurationOutput](w, &api.DeleteRemediationConfigurationInput{ConfigRuleName: aws.String("layers")})
		must[api.DeleteConfigRuleOutput](w, &api.DeleteConfigRuleInput{ConfigRuleName: aws.String("layers")})
		pass(time.Hour)
		if n := w.calls(); n != 3 {
			t.Errorf("%d automations", n)
		}
	})
}

// TestAutomationEndsEarly has automations end before the call that starts them comes back.
func TestAutomationEndsEarly(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(2)
		w.remediate = func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) { end("Success", "") }
		if err := w.putRemediation(remediationInput("layers", true)); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if got := w.executions(); got != "fn-00=SUCCEEDED fn-01=SUCCEEDED" {
			t.Error(got)
		}
	})
}

func TestCircuitBreaker(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(1)
		w.remediate = func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) {
			time.AfterFunc(5*time.Second, func() { end("Failed", "not authorized to perform: lambda:GetFunction") })
		}
		if err := w.putRemediation(remediationInput("layers", true)); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if len(w.exceptions()) != 0 || w.executions() != "fn-00=FAILED" {
			t.Errorf("after one attempt: %s", w.executions())
		}
		pass(time.Hour)
		if got := w.exceptions(); len(got) != 1 || *got[0].ResourceId != "fn-00" || w.calls() != 3 {
			t.Errorf("after %d attempts: %v", w.calls(), got)
		}
		status := must[api.DescribeRemediationExecutionStatusOutput](w, &api.DescribeRemediationExecutionStatusInput{
			ConfigRuleName: aws.String("layers"), ResourceKeys: []types.ResourceKey{{ResourceType: lambdaType, ResourceId: aws.String("fn-00")}},
		}).RemediationExecutionStatuses
		if len(status) != 1 || !strings.Contains(*status[0].StepDetails[0].ErrorMessage, "GetFunction") {
			t.Errorf("status %+v", status)
		}
		// A new evaluation does not try again, clearing the exception does.
		must[api.StartConfigRulesEvaluationOutput](w, &api.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"layers"}})
		pass(time.Hour)
		if w.calls() != 3 {
			t.Errorf("%d attempts on a resource with an exception", w.calls())
		}
		must[api.DeleteRemediationExceptionsOutput](w, &api.DeleteRemediationExceptionsInput{
			ConfigRuleName: aws.String("layers"), ResourceKeys: []types.RemediationExceptionResourceKey{{ResourceType: aws.String(lambdaType), ResourceId: aws.String("fn-00")}},
		})
		pass(70 * time.Second)
		if w.calls() != 4 {
			t.Errorf("%d attempts after the exception was cleared", w.calls())
		}
	})
}

// TestWindowTooShort shows the setting that never opens the breaker: attempts come slower than the window counts.
func TestWindowTooShort(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(1)
		w.startErr = fmt.Errorf("AccessDeniedException: iam:PassRole")
		conf := remediationInput("layers", true)
		conf.MaximumAutomaticAttempts, conf.RetryAttemptSeconds = nil, nil
		if err := w.putRemediation(conf); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		if n := len(w.starters); n < 50 || len(w.exceptions()) != 0 {
			t.Errorf("%d attempts, %d exceptions", n, len(w.exceptions()))
		}
	})
}

func TestErrorPercentageStopsTheBatch(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(10)
		w.remediate = func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) {
			time.AfterFunc(time.Second, func() { end("Failed", "x") })
		}
		conf := remediationInput("layers", true)
		conf.ExecutionControls.SsmControls = &types.SsmControls{ErrorPercentage: aws.Int32(40)}
		if err := w.putRemediation(conf); err != nil {
			t.Fatal(err)
		}
		pass(30 * time.Second)
		if n := w.calls(); n != 5 {
			t.Errorf("forty percent of ten stops at the fifth error, not after %d", n)
		}
	})
}

func TestManualRemediation(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(2)
		start := &api.StartRemediationExecutionInput{ConfigRuleName: aws.String("layers"), ResourceKeys: []types.ResourceKey{
			{ResourceType: lambdaType, ResourceId: aws.String("fn-01")}, {ResourceType: lambdaType, ResourceId: aws.String("none")},
		}}
		_, err := do[api.StartRemediationExecutionOutput](w, member, region, start)
		wantCode(t, err, "NoSuchRemediationConfigurationException", "layers")
		if err := w.putRemediation(remediationInput("layers", false)); err != nil {
			t.Fatal(err)
		}
		pass(time.Hour)
		if w.calls() != 0 {
			t.Error("manual remediation started by itself")
		}
		out := must[api.StartRemediationExecutionOutput](w, start)
		if len(out.FailedItems) != 1 || *out.FailedItems[0].ResourceId != "none" {
			t.Errorf("failed %v", out.FailedItems)
		}
		pass(time.Second)
		if got := must[api.StartRemediationExecutionOutput](w, start); len(got.FailedItems) != 2 || w.calls() != 1 {
			t.Errorf("twice: failed %v, %d calls", got.FailedItems, w.calls())
		}
	})
}

func TestExceptions(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(2)
		key := func(n string) types.RemediationExceptionResourceKey {
			return types.RemediationExceptionResourceKey{ResourceType: aws.String(lambdaType), ResourceId: &n}
		}
		expires := w.clk.Now().Add(time.Hour)
		put := must[api.PutRemediationExceptionsOutput](w, &api.PutRemediationExceptionsInput{
			ConfigRuleName: aws.String("layers"), Message: aws.String("pinned"), ExpirationTime: &expires,
			ResourceKeys: []types.RemediationExceptionResourceKey{key("fn-00"), key("none")},
		})
		if len(put.FailedBatches) != 1 {
			t.Errorf("failed %v", put.FailedBatches)
		}
		if err := w.putRemediation(remediationInput("layers", true)); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if w.calls() != 1 || w.started[0].Parameters["FunctionName"][0] != "fn-01" {
			t.Errorf("%d automations", w.calls())
		}
		if got := w.exceptions(); len(got) != 1 || *got[0].Message != "pinned" {
			t.Errorf("exceptions %v", got)
		}
		pass(2 * time.Hour)
		if got := w.exceptions(); len(got) != 0 {
			t.Errorf("run out, but there: %v", got)
		}
		_, err := do[api.DeleteRemediationExceptionsOutput](w, member, region, &api.DeleteRemediationExceptionsInput{ConfigRuleName: aws.String("layers"), ResourceKeys: []types.RemediationExceptionResourceKey{key("fn-00")}})
		wantCode(t, err, "NoSuchRemediationExceptionException", "layers")
	})
}

func TestRemediationRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		w.outdated(1)
		for _, tt := range []struct {
			name, code, words string
			change            func(*types.RemediationConfiguration)
		}{
			{"no rule", "InvalidParameterValueException", "ConfigRule", func(c *types.RemediationConfiguration) { c.ConfigRuleName = aws.String("none") }},
			{"no document", "InvalidParameterValueException", "missing", func(c *types.RemediationConfiguration) { c.TargetId = aws.String("missing") }},
			{"no role", "InvalidParameterValueException", "AutomationAssumeRole", func(c *types.RemediationConfiguration) { delete(c.Parameters, "AutomationAssumeRole") }},
			{"other value", "InvalidParameterValueException", "RESOURCE_ID", func(c *types.RemediationConfiguration) {
				c.Parameters["FunctionName"] = types.RemediationParameterValue{ResourceValue: &types.ResourceValue{Value: "ACCOUNT_ID"}}
			}},
			{"neither value", "InvalidParameterValueException", "either", func(c *types.RemediationConfiguration) {
				c.Parameters["FunctionName"] = types.RemediationParameterValue{}
			}},
			{"attempts", "ValidationException", "maximumAutomaticAttempts", func(c *types.RemediationConfiguration) { c.MaximumAutomaticAttempts = aws.Int32(26) }},
			{"window", "ValidationException", "retryAttemptSeconds", func(c *types.RemediationConfiguration) { c.RetryAttemptSeconds = aws.Int64(0) }},
			{"percentage", "ValidationException", "ssmControls", func(c *types.RemediationConfiguration) {
				c.ExecutionControls.SsmControls.ErrorPercentage = aws.Int32(101)
			}},
			{"target type", "ValidationException", "targetType", func(c *types.RemediationConfiguration) { c.TargetType = "LAMBDA" }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				conf := remediationInput("layers", true)
				tt.change(&conf)
				wantCode(t, w.putRemediation(conf), tt.code, tt.words)
			})
		}
		w.content = "assumeRole: '{{ Role }}'\n"
		wantCode(t, w.putRemediation(remediationInput("layers", true)), "InvalidParameterValueException", "assumeRole")
		w.content = "schemaVersion: '0.3'\nassumeRole: \"{{AutomationAssumeRole}}\"\n"
		if err := w.putRemediation(remediationInput("layers", true)); err != nil {
			t.Error(err)
		}
		if got := must[api.DescribeRemediationConfigurationsOutput](w, &api.DescribeRemediationConfigurationsInput{ConfigRuleNames: []string{"layers", "none"}}).RemediationConfigurations; len(got) != 1 || *got[0].MaximumAutomaticAttempts != 3 {
			t.Errorf("described %v", got)
		}
	})
}
