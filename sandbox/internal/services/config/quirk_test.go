package config_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// moves has each automation move its function to a layer version after a while.
func (w *world) moves(wanted string, after time.Duration) {
	w.remediate = func(in *ssm.StartAutomationExecutionInput, end func(string, string)) {
		time.AfterFunc(after, func() {
			w.setLayers(member, region, in.Parameters["FunctionName"][0], wanted)
			end("Success", "")
		})
	}
}

func (w *world) put(automatic bool) {
	w.Helper()
	if err := w.putRemediation(remediationInput("layers", automatic)); err != nil {
		w.Fatal(err)
	}
}

func (w *world) evaluate() error {
	_, err := do[api.StartConfigRulesEvaluationOutput](w, member, region, &api.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"layers"}})
	return err
}

// TestQuirks looks at both sides of each quirk: see says what can be observed.
func TestQuirks(t *testing.T) {
	fails := func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) { end("Failed", "no") }
	for _, tt := range []struct {
		name quirk.Name
		with map[quirk.Name]string
		see  func(*world) string
		want map[string]string
	}{
		{
			name: quirk.EvaluationDelay,
			see: func(w *world) string {
				w.outdated(10)
				early := w.verdicts("layers")
				pass(4*time.Minute + time.Second)
				return fmt.Sprint(strings.Count(early, "NON_COMPLIANT"), " of ", strings.Count(w.verdicts("layers"), "NON_COMPLIANT"))
			},
			want: map[string]string{"minutes": "1 of 10", "seconds": "10 of 10"},
		},
		{
			name: quirk.EvaluationTime,
			see: func(w *world) string {
				w.record(member, region)
				must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("common", "none")))
				pass(time.Hour)
				s := must[api.DescribeConfigRuleEvaluationStatusOutput](w, &api.DescribeConfigRuleEvaluationStatusInput{}).ConfigRulesEvaluationStatus[0]
				return fmt.Sprint(s.LastSuccessfulEvaluationTime != nil)
			},
			want: map[string]string{"unset": "false", "set": "true"},
		},
		{
			name: quirk.ChangedRule,
			see: func(w *world) string {
				w.outdated(1)
				must[api.PutConfigRuleOutput](w, ruleInput("layers", policy("other", "x")))
				pass(time.Hour)
				return w.verdicts("layers")
			},
			want: map[string]string{"no": "fn-00=NON_COMPLIANT", "yes": "fn-00=NOT_APPLICABLE"},
		},
		{
			name: quirk.EvaluationOverlap,
			see: func(w *world) string {
				w.outdated(1)
				must[api.PutConfigRuleOutput](w, ruleInput("second", policy("other", "x")))
				_, err := do[api.StartConfigRulesEvaluationOutput](w, member, region, &api.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"second"}})
				return fmt.Sprint(err != nil)
			},
			want: map[string]string{"refused": "true", "accepted": "false"},
		},
		{
			name: quirk.StaleRemediation,
			with: map[quirk.Name]string{quirk.EvaluationDelay: "minutes"},
			see: func(w *world) string {
				newest := w.outdated(1)
				pass(5 * time.Minute)
				w.setLayers(member, region, "fn-00", newest)
				pass(10 * time.Second)
				w.put(true) // the verdict on the update comes later
				return fmt.Sprint(len(w.executions()) > 0)
			},
			want: map[string]string{"yes": "true", "no": "false"},
		},
		{
			name: quirk.BreakerCounts,
			see: func(w *world) string {
				w.outdated(1)
				w.remediate = func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) { end("Success", "") }
				w.put(true)
				for range 6 { // it succeeds, without moving anything
					pass(2 * time.Minute)
					if err := w.evaluate(); err != nil {
						w.Fatal(err)
					}
				}
				return fmt.Sprint(len(w.exceptions()))
			},
			want: map[string]string{"attempts": "1", "failures": "0"},
		},
		{
			name: quirk.NotApplicable,
			see: func(w *world) string {
				w.outdated(0)
				w.function(member, region, "fn")
				pass(time.Minute)
				return w.verdicts("layers")
			},
			want: map[string]string{"removed": "", "kept": "fn=NOT_APPLICABLE"},
		},
		{
			name: quirk.SecondItem,
			see: func(w *world) string {
				w.record(member, region)
				w.function(member, region, "fn")
				pass(time.Minute)
				before := len(must[api.GetResourceConfigHistoryOutput](w, &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("fn")}).ConfigurationItems)
				w.setLayers(member, region, "fn", w.layer(member, region, "common", 1)...)
				pass(time.Minute)
				after := len(must[api.GetResourceConfigHistoryOutput](w, &api.GetResourceConfigHistoryInput{ResourceType: lambdaType, ResourceId: aws.String("fn")}).ConfigurationItems)
				return fmt.Sprint(after - before)
			},
			want: map[string]string{"two": "2", "one": "1"},
		},
		{
			name: quirk.QueuedRemediation,
			see: func(w *world) string {
				w.moves(w.outdated(3), 10*time.Second)
				w.put(true)
				pass(time.Second)
				w.put(false)
				pass(time.Minute)
				return fmt.Sprint(w.calls())
			},
			want: map[string]string{"run": "3", "dropped": "1"},
		},
		{
			name: quirk.DuringRemediation,
			see: func(w *world) string {
				w.outdated(1)
				w.remediate = func(_ *ssm.StartAutomationExecutionInput, end func(string, string)) {
					time.AfterFunc(time.Minute, func() { end("Success", "") })
				}
				w.put(true)
				pass(10 * time.Second)
				if err := w.evaluate(); err != nil {
					w.Fatal(err)
				}
				pass(time.Hour)
				return fmt.Sprint(w.calls() > 1)
			},
			want: map[string]string{"later": "true", "never": "false"},
		},
		{
			name: quirk.ClearedException,
			see: func(w *world) string {
				w.outdated(1)
				w.remediate = fails
				w.put(true)
				pass(time.Hour)
				before := w.calls()
				must[api.DeleteRemediationExceptionsOutput](w, &api.DeleteRemediationExceptionsInput{
					ConfigRuleName: aws.String("layers"), ResourceKeys: []types.RemediationExceptionResourceKey{{ResourceType: aws.String(lambdaType), ResourceId: aws.String("fn-00")}},
				})
				pass(time.Hour)
				return fmt.Sprint(w.calls() > before)
			},
			want: map[string]string{"no": "false", "yes": "true"},
		},
		{
			name: quirk.AggregatorDelay,
			see: func(w *world) string {
				w.record(member, region)
				w.aggregate()
				pass(time.Hour)
				w.function(member, region, "fn")
				pass(time.Minute)
				rows, _ := w.everywhere("SELECT resourceId", 10)
				return fmt.Sprint(len(rows))
			},
			want: map[string]string{"minutes": "0", "seconds": "1"},
		},
		{
			name: quirk.AggregatorRows,
			see: func(w *world) string {
				mustAt[api.PutConfigurationAggregatorOutput](w, management, region, organizationAggregator())
				return string(w.sources(management)[member+" "+region].SourceType)
			},
			want: map[string]string{"organization": "ORGANIZATION", "account": "ACCOUNT"},
		},
	} {
		for value, want := range tt.want {
			t.Run(string(tt.name)+"="+value, func(t *testing.T) {
				chosen := map[quirk.Name]string{tt.name: value}
				maps.Copy(chosen, tt.with)
				inQuirky(t, chosen, func(w *world) {
					if got := tt.see(w); got != want {
						t.Errorf("%q, want %q", got, want)
					}
				})
			})
		}
	}
}
