package runbook_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox"
)

const account = "200000000001"

// place is a Region of an account whose resources have names of their own.
func place(region string) sandbox.StackPlace {
	return sandbox.StackPlace{
		Account: account, Region: region, Partition: layer.PartitionOf(region),
		Ref: func(id string) string { return "ref-" + id },
		Attribute: func(id, name string) string {
			return fmt.Sprintf("arn:%s:made:%s:%s:%s/%s", layer.PartitionOf(region), region, account, id, name)
		},
	}
}

// resources evaluates what a template makes in a Region.
func resources(t *testing.T, parsed *sandbox.Template, region string, given map[string]string) (map[string]map[string]any, []sandbox.Output) {
	t.Helper()
	made, outputs, err := parsed.Evaluate(given, place(region))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, r := range made {
		out[r.LogicalID] = r.Properties
	}
	return out, outputs
}

// stackOf evaluates a template in a Region: logical id → properties, and the output.
func stackOf(t *testing.T, body, region string, parameters map[string]string) (map[string]map[string]any, string) {
	t.Helper()
	parsed, err := sandbox.ParseTemplate(body)
	if err != nil {
		t.Fatal(err)
	}
	out, outputs := resources(t, parsed, region, parameters)
	if len(outputs) != 1 {
		t.Fatalf("outputs %v", outputs)
	}
	return out, outputs[0].Value
}

// at goes down into evaluated properties.
func at[T any](t *testing.T, v any, path ...any) T {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				t.Fatalf("%v: there are %d", path, len(l))
			}
			v = l[p]
		}
	}
	out, ok := v.(T)
	if !ok {
		t.Fatalf("%v is %T %v", path, v, v)
	}
	return out
}

func policyText(t *testing.T, stack map[string]map[string]any) string {
	t.Helper()
	return at[string](t, stack["Rule"], "Source", "CustomPolicyDetails", "PolicyText")
}

// payload is what the runbook gives its script when it is started without parameters of its own.
func payload(t *testing.T, stack map[string]map[string]any) map[string]any {
	t.Helper()
	content := at[map[string]any](t, stack["Runbook"], "Content")
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if got := at[string](t, content, "mainSteps", 0, "inputs", "Script"); got != runbook.Script() {
		t.Errorf("the script is not the published one:\n%s", cmp.Diff(runbook.Script(), got))
	}
	bound, err := sandbox.BindRunbook(string(text), map[string][]string{"FunctionName": {"fn"}, "AutomationAssumeRole": {"arn:aws:iam::200000000001:role/r"}})
	if err != nil {
		t.Fatal(err)
	}
	in := at[map[string]any](t, content, "mainSteps", 0, "inputs", "InputPayload")
	out := map[string]any{}
	for k, v := range in {
		if text, ok := v.(string); ok {
			for name, value := range bound {
				text = strings.ReplaceAll(text, "{{ "+name+" }}", fmt.Sprint(value))
			}
			v = text
		}
		out[k] = v
	}
	return out
}

func standalone(t *testing.T) string {
	t.Helper()
	text, err := runbook.Standalone()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestStandaloneStack(t *testing.T) {
	stack, output := stackOf(t, standalone(t), "us-east-1", map[string]string{
		runbook.ParameterOld: library + "5", runbook.ParameterNew: library + "6", runbook.ParameterName: "one",
		runbook.ParameterSchedule: "rate(1 day)", runbook.ParameterSHA256: strings.Repeat("a", 43) + "=",
	})
	if got, want := strings.Join(slices.Sorted(maps.Keys(stack)), " "), "Remediation RemediationRole Rule Runbook Schedule ScheduleRole"; got != want {
		t.Errorf("resources %s, want %s", got, want)
	}
	if !strings.Contains(output, "Config rule one looks") {
		t.Errorf("output %q", output)
	}
	for _, id := range []string{"Runbook", "Schedule"} {
		if got := at[string](t, stack[id], "Name"); got != "one" {
			t.Errorf("%s is called %q", id, got)
		}
	}
	for _, id := range []string{"RemediationRole", "ScheduleRole"} {
		if stack[id]["RoleName"] != nil {
			t.Errorf("%s has a name", id)
		}
	}
	remediation := stack["Remediation"]
	if at[bool](t, remediation, "Automatic") != true || remediation["TargetVersion"] != nil || at[string](t, remediation, "TargetId") != "ref-Runbook" {
		t.Errorf("remediation %v", remediation)
	}
	if got := at[string](t, stack["Schedule"], "Target", "Input"); got != `{"ConfigRuleNames":["ref-Rule"]}` {
		t.Errorf("the schedule sends %s", got)
	}
	if got := at[string](t, stack["ScheduleRole"], "Policies", 0, "PolicyDocument", "Statement", 0, "Resource"); !strings.HasSuffix(got, "Rule/Arn") {
		t.Errorf("the schedule may evaluate %s, which is not the rule's own ARN", got)
	}
	want := map[string]any{
		"FunctionName": "fn", "ExemptTag": move.DefaultExemptTag, "AcceptMismatch": "false", "Paused": "false", "RuleName": "one", "PaceSeconds": json.Number("10"),
		"OldLayerArn": library + "5", "NewLayerArn": library + "6", "NewLayerSha256": strings.Repeat("a", 43) + "=",
	}
	if diff := cmp.Diff(want, payload(t, stack)); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	if kinds := at[[]any](t, stack["Rule"], "Source", "SourceDetails"); len(kinds) != 2 {
		t.Errorf("the rule listens to %v", kinds)
	}
}

func TestStandaloneSwitches(t *testing.T) {
	stack, _ := stackOf(t, standalone(t), "us-east-1", map[string]string{
		runbook.ParameterOld: library + "5", runbook.ParameterNew: library + "6", runbook.ParameterAutomatic: "false", runbook.ParameterExempt: "",
	})
	if at[bool](t, stack["Remediation"], "Automatic") {
		t.Error("detect-only remediates")
	}
	if stack["Schedule"] != nil || stack["ScheduleRole"] != nil {
		t.Error("there is a schedule that nobody asked for")
	}
	if p := policyText(t, stack); strings.Contains(p, "tags") {
		t.Errorf("exemptions were turned off:\n%s", p)
	}
}

// TestStandaloneCases judges the table's cases of one layer by what CloudFormation makes of the parameters.
func TestStandaloneCases(t *testing.T) {
	_, all := cases(t)
	old := map[string]string{"one": library + "5", "any": strings.TrimSuffix(library, ":")}
	policies, docs := map[string]string{}, map[string]string{}
	for moves, old := range old {
		stack, _ := stackOf(t, standalone(t), "us-east-1", map[string]string{runbook.ParameterOld: old, runbook.ParameterNew: library + "6"})
		policies[moves] = policyText(t, stack)
	}
	for _, c := range all {
		if old[c.Moves] != "" && c.Guard != "none" {
			docs[strings.ReplaceAll(c.Name, " ", "-")] = item(t, c)
		}
	}
	for engine, judge := range judges() {
		t.Run(engine, func(t *testing.T) {
			got := judge(t, policies, docs)
			for _, c := range all {
				if have := got[c.Moves][strings.ReplaceAll(c.Name, " ", "-")]; old[c.Moves] != "" && c.Guard != "none" && have != c.Guard {
					t.Errorf("%s is %s, want %s\n%s", c.Name, have, c.Guard, policies[c.Moves])
				}
			}
		})
	}
}

func TestStandaloneRegions(t *testing.T) {
	const same = "true"
	eu := strings.ReplaceAll(library, "us-east-1", "eu-west-1")
	for _, tt := range []struct {
		name, region, old, new, same string
		enforced                     string // the new ARN in the policy; empty: nothing
	}{
		{name: "own", region: "us-east-1", old: library + "5", new: library + "6", enforced: library + "6"},
		{name: "another", region: "eu-west-1", old: library + "5", new: library + "6"},
		{name: "another with the same numbers", region: "eu-west-1", old: library + "5", new: library + "6", same: same, enforced: eu + "6"},
		{name: "old of another Region", region: "us-east-1", old: eu + "5", new: library + "6"},
		{name: "another partition", region: "cn-north-1", old: library + "5", new: library + "6", same: same},
		{
			name: "China", region: "cn-north-1", enforced: "arn:aws-cn:lambda:cn-north-1:100000000000:layer:a:2",
			old: "arn:aws-cn:lambda:cn-north-1:100000000000:layer:a", new: "arn:aws-cn:lambda:cn-north-1:100000000000:layer:a:2",
		},
		{
			name: "GovCloud, same numbers", region: "us-gov-east-1", same: same, enforced: "arn:aws-us-gov:lambda:us-gov-east-1:100000000000:layer:layer:2",
			old: "arn:aws-us-gov:lambda:us-gov-west-1:100000000000:layer:layer:1", new: "arn:aws-us-gov:lambda:us-gov-west-1:100000000000:layer:layer:2",
		},
		{
			name: "European sovereign", region: "eusc-de-east-1", enforced: "arn:aws-eusc:lambda:eusc-de-east-1:100000000000:layer:a:2",
			old: "arn:aws-eusc:lambda:eusc-de-east-1:100000000000:layer:a:1", new: "arn:aws-eusc:lambda:eusc-de-east-1:100000000000:layer:a:2",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := map[string]string{runbook.ParameterOld: tt.old, runbook.ParameterNew: tt.new, runbook.ParameterSchedule: "rate(1 day)"}
			if tt.same != "" {
				given[runbook.ParameterSameVersion] = tt.same
			}
			stack, output := stackOf(t, standalone(t), tt.region, given)
			if tt.enforced == "" {
				if len(stack) > 0 || !strings.HasPrefix(output, "Nothing.") {
					t.Errorf("made %v, and says %q", slices.Sorted(maps.Keys(stack)), output)
				}
				return
			}
			if p := policyText(t, stack); !strings.Contains(p, `== "`+tt.enforced+`"`) {
				t.Errorf("the policy does not ask for %s:\n%s", tt.enforced, p)
			}
			if got := payload(t, stack)["NewLayerArn"]; got != tt.enforced {
				t.Errorf("the runbook goes to %v", got)
			}
			text, err := json.Marshal(stack)
			if err != nil {
				t.Fatal(err)
			}
			if p := layer.PartitionOf(tt.region); p != "aws" && strings.Contains(string(text), "arn:aws:") {
				t.Errorf("arn:aws: in partition %s:\n%s", p, text)
			}
		})
	}
}

func TestParametersAreChecked(t *testing.T) {
	good := map[string]string{runbook.ParameterOld: library + "5", runbook.ParameterNew: library + "6"}
	for _, tt := range []struct{ name, key, value, message string }{
		{"new without a version", runbook.ParameterNew, strings.TrimSuffix(library, ":"), "The ARN of a layer version"},
		{"new is a function", runbook.ParameterNew, "arn:aws:lambda:us-east-1:100000000000:function:f:1", "The ARN of a layer version"},
		{"version zero", runbook.ParameterNew, library + "0", "The ARN of a layer version"},
		{"old is a name", runbook.ParameterOld, "common-runtime", "or the same without :VERSION"},
		{"a stray sign", runbook.ParameterOld, "=" + library + "5", "or the same without :VERSION"},
		{"a quote", runbook.ParameterOld, `arn:aws:lambda:us-east-1:100000000000:layer:a"b:5`, "or the same without :VERSION"},
		{"digest in hex", runbook.ParameterSHA256, strings.Repeat("0", 64), "base64"},
		{"long name", runbook.ParameterName, strings.Repeat("a", 41), "2 to 39"},
		{"reserved name", runbook.ParameterName, "aws-layers", "reserves"},
		{"two letters", runbook.ParameterName, "ab", "2 to 39"},
		{"tag with a quote", runbook.ParameterExempt, `a" exists`, "letters, digits or underscores"},
		{"half a minute", runbook.ParameterSchedule, "rate(30 seconds)", "rate(NUMBER minutes|hours|days)"},
		{"maybe", runbook.ParameterAutomatic, "maybe", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parsed, err := sandbox.ParseTemplate(standalone(t))
			if err != nil {
				t.Fatal(err)
			}
			given := maps.Clone(good)
			given[tt.key] = tt.value
			_, _, err = parsed.Evaluate(given, place("us-east-1"))
			if err == nil {
				t.Fatalf("%s = %q is accepted", tt.key, tt.value)
			}
			if says := parsed.Constraint(tt.key); !strings.Contains(says, tt.message) {
				t.Errorf("the console says %q, not %q", says, tt.message)
			}
		})
	}
}

// TestRolePolicies holds that the documents are what IAM reads.
func TestRolePolicies(t *testing.T) {
	stack, _ := stackOf(t, standalone(t), "us-east-1", map[string]string{
		runbook.ParameterOld: library + "5", runbook.ParameterNew: library + "6", runbook.ParameterSchedule: "rate(1 day)",
	})
	for _, id := range []string{"RemediationRole", "ScheduleRole"} {
		checkRole(t, id, stack[id])
	}
	statement := at[map[string]any](t, stack["RemediationRole"], "Policies", 0, "PolicyDocument", "Statement", 1)
	if got := at[string](t, statement, "Condition", "ForAnyValue:StringLike", "lambda:Layer", 0); got != library+"*" {
		t.Errorf("updates are allowed with %s in the list", got)
	}
}
