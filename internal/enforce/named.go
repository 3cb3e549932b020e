package enforce

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// Named are the layer versions that stack sets of the home Region name, each with a sentence that says which set does:
// those that functions are moved to, those that are right beside them, and those that they are moved from one by one.
// A set that moves from every other version names only where it moves to. Numbers that count everywhere are given
// for the Regions asked about. Stacks made by hand, without a stack set, are not looked at.
func Named(ctx context.Context, a *access.Access, regions []string) (map[layer.VersionARN]string, error) {
	named := map[layer.VersionARN]string{}
	client := a.CloudFormation(a.Home())
	pages := cloudformation.NewListStackSetsPaginator(client, &cloudformation.ListStackSetsInput{Status: types.StackSetStatusActive})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, access.AtStart(fmt.Errorf("listing stack sets: %w", err))
		}
		for _, summary := range page.Summaries {
			out, err := client.DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: summary.StackSetName})
			var gone *types.StackSetNotFoundException
			switch {
			case errors.As(err, &gone): // since it was listed
				continue
			case err != nil:
				return nil, access.AtStart(fmt.Errorf("stack set %s: %w", aws.ToString(summary.StackSetName), err))
			}
			if err := addNamed(named, out.StackSet, regions); err != nil {
				return nil, fmt.Errorf("stack set %s: %w", aws.ToString(summary.StackSetName), err)
			}
		}
	}
	return named, nil
}

// addNamed adds what one set names.
func addNamed(named map[layer.VersionARN]string, s *types.StackSet, regions []string) error {
	parameters := map[string]string{}
	for _, p := range s.Parameters {
		parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	standing, err := runbook.Read(aws.ToString(s.TemplateBody), parameters)
	if errors.Is(err, runbook.ErrForeign) {
		// The stand-alone template may also replace a layer by another, which is no move.
		addParameters(named, aws.ToString(s.StackSetName), parameters, regions)
		return nil
	}
	if err != nil {
		return err
	}
	note := func(why string, arn layer.ARN, numbers ...int64) {
		for _, n := range numbers {
			if named[arn.At(n)] == "" {
				named[arn.At(n)] = "stack set " + aws.ToString(s.StackSetName) + " " + why
			}
		}
	}
	for _, m := range standing.Moves {
		for region := range m.Regions {
			v, ok := m.In(region)
			if !ok {
				continue
			}
			in := []string{region}
			if standing.Everywhere {
				in = append(in, regions...)
			}
			for _, where := range in {
				arn := m.Layer.WithRegion(where)
				note("moves functions to it", arn, v.New.Number)
				note("takes it for right", arn, v.Also...)
				note("moves functions from it", arn, v.Old...)
			}
		}
	}
	return nil
}

// addParameters adds the layer versions that parameters of the stand-alone template name.
func addParameters(named map[layer.VersionARN]string, set string, parameters map[string]string, regions []string) {
	for _, key := range []string{runbook.ParameterNew, runbook.ParameterOld} {
		v, err := layer.ParseVersionARN(parameters[key])
		if err != nil {
			continue
		}
		why := fmt.Sprintf("stack set %s has it as %s", set, key)
		named[v] = why
		if parameters[runbook.ParameterSameVersion] == "true" {
			for _, region := range regions {
				named[v.WithRegion(region)] = why
			}
		}
	}
}
