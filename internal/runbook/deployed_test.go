package runbook_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// pair is one account and Region of a sandbox with a stack of ours.
type pair struct {
	*testing.T
	stacks *cloudformation.Client
	config *configservice.Client
	lambda *lambda.Client
}

// TestStackOfAPair brings a stack of the stand-alone template of before up to date, pauses it, and lets it go on.
func TestStackOfAPair(t *testing.T) {
	peer(t, "python3", "python3")
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Seed: 7, Regions: []string{"us-east-1"}, Speed: 1000})
	cfg := sb.AWSConfig(sb.Member(), "us-east-1")
	p := pair{t, cloudformation.NewFromConfig(cfg), configservice.NewFromConfig(cfg), lambda.NewFromConfig(cfg)}
	version := func(n int64) string { return sb.LayerVersionARN(sandbox.LayerRuntime, "us-east-1", n) }
	whole := version(1)[:len(version(1))-len(":1")]

	given := []cfntypes.Parameter{
		{ParameterKey: aws.String(runbook.ParameterOld), ParameterValue: &whole},
		{ParameterKey: aws.String(runbook.ParameterNew), ParameterValue: aws.String(version(4))},
	}
	_, err := p.stacks.CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("one"), TemplateBody: aws.String(kept(t, "standalone.yaml")), Parameters: given, Capabilities: capabilities(),
	})
	p.must(err)
	p.until("the functions are on version 4", func() bool { return p.using(whole, version(4)) })

	before, err := runbook.Read(kept(t, "standalone.yaml"), map[string]string{runbook.ParameterOld: whole, runbook.ParameterNew: version(4)})
	p.must(err)
	m := before.Moves[0]
	m.Regions = map[string]move.Region{"us-east-1": {New: move.Version{Number: 6}}}
	next := before.Next(runbook.Revision{Moves: []move.Move{m}, Automatic: true})
	body := renderAll(t, next)
	_, err = p.stacks.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: aws.String("one"), TemplateBody: &body, Capabilities: capabilities()})
	p.must(err)
	p.until("the rule has revision 1", func() bool {
		rules, err := p.config.DescribeConfigRules(t.Context(), &configservice.DescribeConfigRulesInput{})
		p.must(err)
		return runbook.RevisionOf(aws.ToString(rules.ConfigRules[0].Description)) == 1
	})
	p.evaluate()
	p.until("the functions are on version 6", func() bool { return p.using(whole, version(6)) })

	p.pause(true)
	name := p.functions(whole)[0]
	last := p.ended(name)
	_, err = p.lambda.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: []string{version(4)}})
	p.must(err)
	p.until("a remediation of "+name+" ended since", func() bool { return p.ended(name).After(last) })
	if got := p.layers(name); !slices.Equal(got, []string{version(4)}) {
		t.Errorf("paused, and %s has %v", name, got)
	}
	p.pause(false)
	_, err = p.config.StartRemediationExecution(t.Context(), &configservice.StartRemediationExecutionInput{
		ConfigRuleName: aws.String("layerfleet"), ResourceKeys: []configtypes.ResourceKey{{ResourceType: "AWS::Lambda::Function", ResourceId: &name}},
	})
	p.must(err)
	p.until(name+" is on version 6", func() bool { return slices.Equal(p.layers(name), []string{version(6)}) })
}

func capabilities() []cfntypes.Capability {
	var out []cfntypes.Capability
	for _, c := range runbook.Capabilities() {
		out = append(out, cfntypes.Capability(c))
	}
	return out
}

func (p pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p pair) until(what string, done func() bool) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), 15*time.Second)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			p.Fatalf("it does not come to this: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// functions are those that use a layer.
func (p pair) functions(layer string) []string {
	p.Helper()
	out, err := p.lambda.ListFunctions(p.Context(), &lambda.ListFunctionsInput{})
	p.must(err)
	var names []string
	for _, f := range out.Functions {
		for _, l := range f.Layers {
			if strings.HasPrefix(*l.Arn, layer+":") {
				names = append(names, *f.FunctionName)
			}
		}
	}
	return names
}

// using says whether all functions that use a layer use one version of it.
func (p pair) using(layer, version string) bool {
	p.Helper()
	all := p.functions(layer)
	return len(all) > 0 && len(all) == len(p.functions(layer)) && !slices.ContainsFunc(all, func(name string) bool {
		return !slices.Contains(p.layers(name), version)
	})
}

func (p pair) layers(name string) []string {
	p.Helper()
	out, err := p.lambda.GetFunction(p.Context(), &lambda.GetFunctionInput{FunctionName: &name})
	p.must(err)
	var arns []string
	for _, l := range out.Configuration.Layers {
		arns = append(arns, *l.Arn)
	}
	return arns
}

func (p pair) evaluate() {
	p.Helper()
	p.until("an evaluation is asked for", func() bool {
		_, err := p.config.StartConfigRulesEvaluation(p.Context(), &configservice.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"layerfleet"}})
		return err == nil
	})
}

// pause sets the parameter that the script looks for, and no more: automatic remediation goes on, as what is queued may
// when it is switched off.
func (p pair) pause(on bool) {
	p.Helper()
	out, err := p.config.DescribeRemediationConfigurations(p.Context(), &configservice.DescribeRemediationConfigurationsInput{ConfigRuleNames: []string{"layerfleet"}})
	p.must(err)
	r := out.RemediationConfigurations[0]
	r.Arn, r.CreatedByService = nil, nil
	if delete(r.Parameters, "Paused"); on {
		r.Parameters["Paused"] = configtypes.RemediationParameterValue{StaticValue: &configtypes.StaticValue{Values: []string{"true"}}}
	}
	put, err := p.config.PutRemediationConfigurations(p.Context(), &configservice.PutRemediationConfigurationsInput{RemediationConfigurations: []configtypes.RemediationConfiguration{r}})
	p.must(err)
	if len(put.FailedBatches) > 0 {
		p.Fatalf("%+v", put.FailedBatches)
	}
}

// ended is when the last remediation of a function succeeded, moving it or not.
func (p pair) ended(name string) time.Time {
	p.Helper()
	out, err := p.config.DescribeRemediationExecutionStatus(p.Context(), &configservice.DescribeRemediationExecutionStatusInput{
		ConfigRuleName: aws.String("layerfleet"), ResourceKeys: []configtypes.ResourceKey{{ResourceType: "AWS::Lambda::Function", ResourceId: &name}},
	})
	p.must(err)
	for _, s := range out.RemediationExecutionStatuses {
		if s.State == configtypes.RemediationExecutionStateSucceeded {
			return aws.ToTime(s.LastUpdatedTime)
		}
	}
	return time.Time{}
}
