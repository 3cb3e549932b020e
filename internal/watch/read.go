package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

const functionType = "AWS::Lambda::Function"

// maxKeys is how many resources DescribeRemediationExecutionStatus takes.
const maxKeys = 100

// Reader reads pairs through a role that may read functions and what AWS Config says of a rule.
type Reader struct{ access *access.Access }

// NewReader reads through the access's role.
func NewReader(a *access.Access) Reader { return Reader{access: a} }

// Read is a reading of a pair for a change. A rule that does not exist has no results: functions alone say then where
// they stand.
func (r Reader) Read(ctx context.Context, c Change) (Reading, error) {
	functions, err := r.functions(ctx, c.Pair)
	if err != nil {
		return Reading{}, err
	}
	out := Reading{Functions: functions, Results: map[string]Result{}, Updates: map[string]Update{}}
	if slices.ContainsFunc(functions, func(f Function) bool { return !f.TagsKnown }) && len(out.exemptible(c)) > 0 {
		if err := r.tags(ctx, c.Pair, functions); err != nil && ctx.Err() != nil {
			return Reading{}, err
		} // else they stay unknown, and Judge says so
	}
	involved := out.Involved(c)
	if len(involved) == 0 {
		return out, nil
	}
	if out.Results, err = r.results(ctx, c, involved); err != nil {
		return Reading{}, err
	}
	names := out.Unproven(c)
	updates := make([]Update, len(names))
	err = parallel.Each(ctx, len(names), concurrency, func(int, int) {}, func(ctx context.Context, i int) error {
		var err error
		updates[i], err = r.update(ctx, c.Pair, names[i])
		return err
	})
	for i, name := range names {
		out.Updates[name] = updates[i]
	}
	return out, err
}

// concurrency is how many functions of a pair, or pairs, are read at once.
const concurrency = 16

// exemptible names the functions whose tags decide: those that would move.
func (r Reading) exemptible(c Change) []string {
	for _, m := range c.Moves {
		if m.ExemptTag != "" {
			return r.Involved(c)
		}
	}
	return nil
}

func (r Reader) functions(ctx context.Context, p fleet.Pair) ([]Function, error) {
	var out []Function
	pages := lambda.NewListFunctionsPaginator(r.access.Lambda(p), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing functions in %s: %w", p, err)
		}
		for _, f := range page.Functions {
			// LastModified has its own form of ISO 8601 (docs: FunctionConfiguration). What cannot be read counts as
			// changed just now: the update is looked at then.
			modified, err := time.Parse("2006-01-02T15:04:05.000-0700", aws.ToString(f.LastModified))
			if err != nil {
				modified = r.access.Clock().Now()
			}
			out = append(out, Function{Function: inventory.Listed(p, f), Modified: modified})
		}
	}
	return out, nil
}

// tags fills in the tags that AWS Config recorded. Functions that are not recorded keep unknown ones.
func (r Reader) tags(ctx context.Context, p fleet.Pair, functions []Function) error {
	recorded := map[string]map[string]string{}
	const query = "SELECT resourceName, tags WHERE resourceType = '" + functionType + "'"
	pages := configservice.NewSelectResourceConfigPaginator(r.access.Config(p), &configservice.SelectResourceConfigInput{Expression: aws.String(query)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("reading tags in %s: %w", p, err)
		}
		for _, text := range page.Results {
			var row struct {
				Name string `json:"resourceName"`
				Tags []struct {
					Key   string `json:"key"`
					Value string `json:"value"`
				} `json:"tags"`
			}
			if err := json.Unmarshal([]byte(text), &row); err != nil {
				return fmt.Errorf("reading tags in %s: %w", p, err)
			}
			tags := map[string]string{}
			for _, t := range row.Tags {
				tags[t.Key] = t.Value
			}
			recorded[row.Name] = tags
		}
	}
	for i := range functions {
		if tags, ok := recorded[functions[i].Name]; ok {
			functions[i].Tags, functions[i].TagsKnown = tags, true
		}
	}
	return nil
}

func (r Reader) update(ctx context.Context, p fleet.Pair, name string) (Update, error) {
	out, err := r.access.Lambda(p).GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
	if gone := (*lambdatypes.ResourceNotFoundException)(nil); errors.As(err, &gone) {
		return Update{Status: Gone}, nil
	}
	if err != nil {
		return Update{}, fmt.Errorf("reading function %s in %s: %w", name, p, err)
	}
	c := out.Configuration
	return Update{
		Status: string(c.LastUpdateStatus),
		Reason: strings.Trim(string(c.LastUpdateStatusReasonCode)+": "+aws.ToString(c.LastUpdateStatusReason), ": "),
	}, nil
}

// results reads verdicts, exceptions and remediations of a rule. A rule or remediation that does not exist has none.
func (r Reader) results(ctx context.Context, c Change, names []string) (map[string]Result, error) {
	out := map[string]Result{}
	if err := r.verdicts(ctx, c, out); err != nil {
		return nil, err
	}
	if err := r.exceptions(ctx, c, out); err != nil {
		return nil, err
	}
	return out, r.executions(ctx, c, names, out)
}

func (r Reader) verdicts(ctx context.Context, c Change, out map[string]Result) error {
	pages := configservice.NewGetComplianceDetailsByConfigRulePaginator(r.access.Config(c.Pair),
		&configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: &c.Rule, Limit: 100})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if gone := (*configtypes.NoSuchConfigRuleException)(nil); errors.As(err, &gone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("compliance of rule %s in %s: %w", c.Rule, c.Pair, err)
		}
		for _, v := range page.EvaluationResults {
			if id := v.EvaluationResultIdentifier; id != nil && id.EvaluationResultQualifier != nil {
				name := aws.ToString(id.EvaluationResultQualifier.ResourceId)
				result := out[name]
				result.Verdict, result.Recorded = string(v.ComplianceType), aws.ToTime(v.ResultRecordedTime)
				out[name] = result
			}
		}
	}
	return nil
}

func (r Reader) exceptions(ctx context.Context, c Change, out map[string]Result) error {
	pages := configservice.NewDescribeRemediationExceptionsPaginator(r.access.Config(c.Pair),
		&configservice.DescribeRemediationExceptionsInput{ConfigRuleName: &c.Rule, Limit: 25})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("remediation exceptions of rule %s in %s: %w", c.Rule, c.Pair, err)
		}
		for _, e := range page.RemediationExceptions {
			result := out[aws.ToString(e.ResourceId)]
			result.Excepted = true
			out[aws.ToString(e.ResourceId)] = result
		}
	}
	return nil
}

func (r Reader) executions(ctx context.Context, c Change, names []string, out map[string]Result) error {
	for chunk := range slices.Chunk(names, maxKeys) {
		in := &configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &c.Rule}
		for _, name := range chunk {
			in.ResourceKeys = append(in.ResourceKeys, configtypes.ResourceKey{ResourceId: aws.String(name), ResourceType: functionType})
		}
		pages := configservice.NewDescribeRemediationExecutionStatusPaginator(r.access.Config(c.Pair), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if none := (*configtypes.NoSuchRemediationConfigurationException)(nil); errors.As(err, &none) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("remediations of rule %s in %s: %w", c.Rule, c.Pair, err)
			}
			for _, s := range page.RemediationExecutionStatuses {
				if s.ResourceKey == nil {
					continue
				}
				name := aws.ToString(s.ResourceKey.ResourceId)
				result := out[name]
				result.Execution, result.Started, result.Ended = string(s.State), aws.ToTime(s.InvocationTime), aws.ToTime(s.LastUpdatedTime)
				if s.State == configtypes.RemediationExecutionStateFailed {
					result.Failure = runbook.Failure(stepMessage(s))
				}
				out[name] = result
			}
		}
	}
	return nil
}

// stepMessage is the error of the step that failed.
func stepMessage(s configtypes.RemediationExecutionStatus) string {
	for _, step := range s.StepDetails {
		if text := aws.ToString(step.ErrorMessage); text != "" {
			return text
		}
	}
	return ""
}
