package config_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// policy is the shape of the policy that enforcement ships: any version of the layer must be the wanted one.
func policy(layer, wanted string) string {
	return `
let managed = configuration.layers[ arn == /:layer:` + layer + `:/ ]
rule current when resourceType == "AWS::Lambda::Function"
                  %managed !empty {
    %managed.arn == "` + wanted + `"
}
`
}

func ruleInput(name, policy string) *api.PutConfigRuleInput {
	return &api.PutConfigRuleInput{ConfigRule: &types.ConfigRule{
		ConfigRuleName: &name,
		Scope:          &types.Scope{ComplianceResourceTypes: []string{lambdaType}},
		Source: &types.Source{
			Owner: types.OwnerCustomPolicy,
			SourceDetails: []types.SourceDetail{
				{EventSource: types.EventSourceAwsConfig, MessageType: types.MessageTypeConfigurationItemChangeNotification},
				{EventSource: types.EventSourceAwsConfig, MessageType: types.MessageTypeOversizedConfigurationItemChangeNotification},
			},
			CustomPolicyDetails: &types.CustomPolicyDetails{PolicyRuntime: aws.String("guard-2.x.x"), PolicyText: &policy},
		},
	}}
}

// verdicts are the results of a rule, as name=TYPE.
func (w *world) verdicts(rule string, kinds ...types.ComplianceType) string {
	w.Helper()
	var out []string
	in := &api.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: &rule, ComplianceTypes: kinds, Limit: 2}
	for {
		page := must[api.GetComplianceDetailsByConfigRuleOutput](w, in)
		for _, r := range page.EvaluationResults {
			out = append(out, *r.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId+"="+string(r.ComplianceType))
		}
		if page.NextToken == nil {
			return strings.Join(out, " ")
		}
		in.NextToken = page.NextToken
	}
}

func (w *world) rollUp(rule string) types.ComplianceType {
	w.Helper()
	return must[api.DescribeComplianceByConfigRuleOutput](w, &api.DescribeComplianceByConfigRuleInput{ConfigRuleNames: []string{rule}}).ComplianceByConfigRules[0].Compliance.ComplianceType
}

func TestRuleEvaluates(t *testing.T) {
	inWorld(t, func(w *world) {
		layers := w.layer(member, region, "common", 2)
		w.record(member, region)
		w.function(member, region, "old", layers[0])
		w.function(member, region, "new", layers[1])
		w.function(member, region, "none")
		pass(time.Minute)
		must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("common", layers[1])))
		describe := &api.DescribeConfigRulesInput{ConfigRuleNames: []string{"layers"}}
		r := must[api.DescribeConfigRulesOutput](w, describe).ConfigRules[0]
		if r.ConfigRuleState != types.ConfigRuleStateEvaluating || w.rollUp("layers") != types.ComplianceTypeInsufficientData {
			t.Errorf("new rule: %s", r.ConfigRuleState)
		}
		if strings.Contains(*r.ConfigRuleArn, "layers") || r.Source.CustomPolicyDetails.PolicyText != nil {
			t.Errorf("rule %s shows its policy: %t", *r.ConfigRuleArn, r.Source.CustomPolicyDetails.PolicyText != nil)
		}
		pass(time.Minute)
		if got := w.verdicts("layers"); got != "new=COMPLIANT none=NOT_APPLICABLE old=NON_COMPLIANT" {
			t.Errorf("on creation: %s", got)
		}
		if got := w.verdicts("layers", types.ComplianceTypeNonCompliant); got != "old=NON_COMPLIANT" {
			t.Errorf("filtered: %s", got)
		}
		if got := must[api.DescribeConfigRulesOutput](w, describe).ConfigRules[0].ConfigRuleState; got != types.ConfigRuleStateActive || w.rollUp("layers") != types.ComplianceTypeNonCompliant {
			t.Errorf("evaluated rule: %s", got)
		}

		w.setLayers(member, region, "old", layers[1])
		w.function(member, region, "late", layers[0])
		must[lambdaapi.DeleteFunctionOutput](w, &lambdaapi.DeleteFunctionInput{FunctionName: aws.String("none")})
		pass(time.Minute)
		if got := w.verdicts("layers"); got != "late=NON_COMPLIANT new=COMPLIANT old=COMPLIANT" {
			t.Errorf("on change: %s", got)
		}
		status := must[api.DescribeConfigRuleEvaluationStatusOutput](w, &api.DescribeConfigRuleEvaluationStatusInput{}).ConfigRulesEvaluationStatus[0]
		if !status.FirstEvaluationStarted || status.LastSuccessfulEvaluationTime == nil || status.LastErrorCode != nil {
			t.Errorf("status %+v", status)
		}
		byResource := must[api.DescribeComplianceByResourceOutput](w, &api.DescribeComplianceByResourceInput{ComplianceTypes: []types.ComplianceType{types.ComplianceTypeNonCompliant}})
		if list := byResource.ComplianceByResources; len(list) != 1 || *list[0].ResourceId != "late" {
			t.Errorf("by resource: %v", list)
		}
		details := must[api.GetComplianceDetailsByResourceOutput](w, &api.GetComplianceDetailsByResourceInput{ResourceType: aws.String(lambdaType), ResourceId: aws.String("late")})
		if len(details.EvaluationResults) != 1 || details.EvaluationResults[0].ComplianceType != types.ComplianceTypeNonCompliant {
			t.Errorf("details by resource: %v", details.EvaluationResults)
		}
		if got := *must[api.GetCustomRulePolicyOutput](w, &api.GetCustomRulePolicyInput{ConfigRuleName: aws.String("layers")}).PolicyText; got != policy("common", layers[1]) {
			t.Errorf("policy %q", got)
		}
	})
}

func TestStartEvaluation(t *testing.T) {
	inWorld(t, func(w *world) {
		layers := w.layer(member, region, "common", 2)
		w.record(member, region)
		w.function(member, region, "fn", layers[0])
		must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("common", layers[0])))
		pass(time.Minute)
		must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("common", layers[1])))
		pass(time.Minute)
		if got := w.verdicts("layers"); got != "fn=COMPLIANT" {
			t.Errorf("an update evaluated by itself: %s", got)
		}
		start := &api.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"layers"}}
		must[api.StartConfigRulesEvaluationOutput](w, start)
		_, err := do[api.StartConfigRulesEvaluationOutput](w, member, region, start)
		wantCode(t, err, "LimitExceededException", "")
		pass(30 * time.Second)
		if got := w.verdicts("layers"); got != "fn=NON_COMPLIANT" {
			t.Errorf("on request: %s", got)
		}
		_, err = do[api.StartConfigRulesEvaluationOutput](w, member, region, start)
		wantCode(t, err, "LimitExceededException", "minute")
		pass(31 * time.Second)
		must[api.StopConfigurationRecorderOutput](w, &api.StopConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
		w.setLayers(member, region, "fn", layers[1])
		must[api.StartConfigRulesEvaluationOutput](w, start)
		pass(time.Minute)
		if got := w.verdicts("layers"); got != "fn=NON_COMPLIANT" {
			t.Errorf("it recorded the function again: %s", got)
		}
	})
}

func TestRuleParametersScopeAndTriggers(t *testing.T) {
	inWorld(t, func(w *world) {
		layers := w.layer(member, region, "common", 2)
		w.record(member, region)
		w.function(member, region, "fn", layers[0])
		w.function(member, region, "kept", layers[0])
		must[lambdaapi.TagResourceOutput](w, &lambdaapi.TagResourceInput{Resource: aws.String("arn:aws:lambda:" + region + ":" + member + ":function:kept"), Tags: map[string]string{"scope": "no"}})
		pass(time.Minute)
		in := ruleInput("parameters", `
rule not_old {
    configuration.layers[*].arn != CONFIG_RULE_PARAMETERS.old
}
`)
		in.ConfigRule.InputParameters = aws.String(`{"old":"` + layers[0] + `"}`)
		in.ConfigRule.Scope = &types.Scope{TagKey: aws.String("scope"), TagValue: aws.String("no")}
		in.ConfigRule.Source.SourceDetails = in.ConfigRule.Source.SourceDetails[1:]
		must[api.PutConfigRuleOutput](w, in)
		pass(time.Minute)
		if got := w.verdicts("parameters"); got != "kept=NON_COMPLIANT" {
			t.Errorf("in scope: %s", got)
		}
		w.setLayers(member, region, "kept", layers[1])
		pass(time.Minute)
		if got := w.verdicts("parameters"); got != "kept=NON_COMPLIANT" {
			t.Errorf("a rule for oversized items ran on an ordinary one: %s", got)
		}
	})
}

func TestPolicyThatBreaks(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		w.function(member, region, "fn")
		must[api.PutConfigRuleOutput](w, ruleInput("broken", "rule r { %undefined == 1 }\n"))
		pass(time.Minute)
		status := must[api.DescribeConfigRuleEvaluationStatusOutput](w, &api.DescribeConfigRuleEvaluationStatusInput{}).ConfigRulesEvaluationStatus[0]
		if status.LastErrorMessage == nil || status.LastFailedEvaluationTime == nil || w.rollUp("broken") != types.ComplianceTypeInsufficientData {
			t.Errorf("status %+v", status)
		}
	})
}

func TestRuleRefuses(t *testing.T) {
	inWorld(t, func(w *world) {
		good := policy("common", "x")
		put := func(change func(*types.ConfigRule)) error {
			in := ruleInput("rule", good)
			change(in.ConfigRule)
			_, err := do[api.PutConfigRuleOutput](w, member, region, in)
			return err
		}
		wantCode(t, put(func(*types.ConfigRule) {}), "NoAvailableConfigurationRecorderException", "")
		w.record(member, region)
		for _, tt := range []struct {
			name, code, words string
			change            func(*types.ConfigRule)
		}{
			{"managed rule", "SandboxUnsupported", "owner AWS", func(r *types.ConfigRule) { r.Source = &types.Source{Owner: types.OwnerAws} }},
			{"runtime", "ValidationException", "policyRuntime", func(r *types.ConfigRule) { r.Source.CustomPolicyDetails.PolicyRuntime = aws.String("guard-2.0.0") }},
			{"syntax", "InvalidParameterValueException", "policy text", func(r *types.ConfigRule) { r.Source.CustomPolicyDetails.PolicyText = aws.String("rule {") }},
			{"too long", "InvalidParameterValueException", "10000", func(r *types.ConfigRule) {
				r.Source.CustomPolicyDetails.PolicyText = aws.String(strings.Repeat("# ", 6000))
			}},
			{"periodic", "InvalidParameterValueException", "ScheduledNotification", func(r *types.ConfigRule) {
				r.Source.SourceDetails[0].MessageType = types.MessageTypeScheduledNotification
			}},
			{"frequency", "InvalidParameterValueException", "MaximumExecutionFrequency", func(r *types.ConfigRule) { r.MaximumExecutionFrequency = types.MaximumExecutionFrequencyOneHour }},
			{"parameters", "InvalidParameterValueException", "JSON", func(r *types.ConfigRule) { r.InputParameters = aws.String("old") }},
			{"proactive", "SandboxUnsupported", "PROACTIVE", func(r *types.ConfigRule) {
				r.EvaluationModes = []types.EvaluationModeConfiguration{{Mode: types.EvaluationModeProactive}}
			}},
			{"debug log", "SandboxUnsupported", "EnableDebugLogDelivery", func(r *types.ConfigRule) { r.Source.CustomPolicyDetails.EnableDebugLogDelivery = true }},
			{"blank name", "ValidationException", "configRuleName", func(r *types.ConfigRule) { r.ConfigRuleName = aws.String(" ") }},
			{"scope", "InvalidParameterValueException", "exactly one", func(r *types.ConfigRule) { r.Scope = &types.Scope{ComplianceResourceId: aws.String("x")} }},
		} {
			t.Run(tt.name, func(t *testing.T) { wantCode(t, put(tt.change), tt.code, tt.words) })
		}
		_, err := do[api.DescribeConfigRulesOutput](w, member, region, &api.DescribeConfigRulesInput{ConfigRuleNames: []string{"none"}})
		wantCode(t, err, "NoSuchConfigRuleException", "none")
	})
}

func TestDeleteRule(t *testing.T) {
	inWorld(t, func(w *world) {
		w.record(member, region)
		must[api.PutConfigRuleOutput](w, ruleInput("rule", policy("a", "b")))
		must[api.DeleteConfigRuleOutput](w, &api.DeleteConfigRuleInput{ConfigRuleName: aws.String("rule")})
		if got := must[api.DescribeConfigRulesOutput](w, &api.DescribeConfigRulesInput{}).ConfigRules; len(got) != 1 || got[0].ConfigRuleState != types.ConfigRuleStateDeleting {
			t.Errorf("rules %v", got)
		}
		_, err := do[api.PutConfigRuleOutput](w, member, region, ruleInput("rule", policy("a", "b")))
		wantCode(t, err, "ResourceInUseException", "deleted")
		pass(time.Minute)
		if got := must[api.DescribeConfigRulesOutput](w, &api.DescribeConfigRulesInput{}).ConfigRules; len(got) != 0 {
			t.Errorf("rules %v", got)
		}
		must[api.PutConfigRuleOutput](w, ruleInput("rule", policy("a", "b")))
	})
}

func TestAggregateCompliance(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, account := range []string{member, other} {
			w.record(account, region)
			layers := w.layer(account, region, "common", 2)
			w.function(account, region, "old", layers[0])
			w.function(account, region, "new", layers[1])
			w.function(account, region, "none")
			pass(time.Minute)
			wanted := layers[1]
			if account == other {
				w.setLayers(account, region, "old", wanted)
			}
			mustAt[api.PutConfigRuleOutput](w, account, region, ruleInput("layers", policy("common", wanted)))
			mustAt[api.PutConfigRuleOutput](w, account, region, ruleInput("unused", policy("other", wanted)))
		}
		w.aggregate()
		pass(time.Minute)
		aggregator := aws.String("all")
		list := mustAt[api.DescribeAggregateComplianceByConfigRulesOutput](w, management, region, &api.DescribeAggregateComplianceByConfigRulesInput{ConfigurationAggregatorName: aggregator})
		var got []string
		for _, x := range list.AggregateComplianceByConfigRules {
			got = append(got, *x.AccountId+" "+*x.ConfigRuleName+" "+string(x.Compliance.ComplianceType))
		}
		want := []string{
			member + " layers NON_COMPLIANT", member + " unused INSUFFICIENT_DATA", other + " layers COMPLIANT", other + " unused INSUFFICIENT_DATA",
		}
		if !slices.Equal(got, want) {
			t.Errorf("rules %q", got)
		}
		details := mustAt[api.GetAggregateComplianceDetailsByConfigRuleOutput](w, management, region, &api.GetAggregateComplianceDetailsByConfigRuleInput{
			ConfigurationAggregatorName: aggregator, ConfigRuleName: aws.String("layers"), AccountId: aws.String(member), AwsRegion: aws.String(region),
		})
		if n := len(details.AggregateEvaluationResults); n != 2 {
			t.Errorf("%d details; NOT_APPLICABLE is not carried", n)
		}
		summary := mustAt[api.GetAggregateConfigRuleComplianceSummaryOutput](w, management, region, &api.GetAggregateConfigRuleComplianceSummaryInput{
			ConfigurationAggregatorName: aggregator, GroupByKey: types.ConfigRuleComplianceSummaryGroupKeyAccountId,
		})
		if list := summary.AggregateComplianceCounts; len(list) != 2 || list[0].ComplianceSummary.NonCompliantResourceCount.CappedCount != 1 || list[1].ComplianceSummary.CompliantResourceCount.CappedCount != 1 {
			t.Errorf("summary %+v", list)
		}
		// The member moves: its own view changes before the aggregator's.
		w.setLayers(member, region, "old", "arn:aws:lambda:"+region+":"+member+":layer:common:2")
		pass(3 * time.Second)
		filter := &api.DescribeAggregateComplianceByConfigRulesInput{
			ConfigurationAggregatorName: aggregator, Filters: &types.ConfigRuleComplianceFilters{AccountId: aws.String(member), ComplianceType: types.ComplianceTypeNonCompliant},
		}
		if n := len(mustAt[api.DescribeAggregateComplianceByConfigRulesOutput](w, management, region, filter).AggregateComplianceByConfigRules); n != 1 || w.rollUp("layers") != types.ComplianceTypeCompliant {
			t.Errorf("aggregated %d, in the account %s", n, w.rollUp("layers"))
		}
		pass(time.Minute)
		if n := len(mustAt[api.DescribeAggregateComplianceByConfigRulesOutput](w, management, region, filter).AggregateComplianceByConfigRules); n != 0 {
			t.Error("the aggregator does not follow")
		}
	})
}
