package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// ErrNoAggregator says that the home Region has no aggregator to ask, or several to
// choose from.
var ErrNoAggregator = errors.New("no aggregator")

// functionType is AWS Config's name for Lambda functions.
const functionType = "AWS::Lambda::Function"

// aggregated asks the aggregator, and says which pairs it cannot know about.
func aggregated(ctx context.Context, a *access.Access, s *survey, r Request) ([]fleet.Function, error) {
	name, err := sources(ctx, a, s, r)
	if err != nil {
		return nil, err
	}
	rows, err := Select(ctx, a, name, expression(r), func(read int) { r.report("reading the aggregator")(read, 0) })
	if err != nil {
		return nil, err
	}
	var functions []fleet.Function
	for _, row := range rows.Rows {
		f, err := recorded(row, r.Tags)
		if err != nil {
			return nil, err
		}
		if s.wants(f.Pair) {
			functions = append(functions, f)
		}
	}
	return functions, nil
}

// sources notes the pairs that the aggregator has no fresh data of: those it does
// not collect from or could not, and those whose recorder does not record. It
// returns the aggregator's name.
func sources(ctx context.Context, a *access.Access, s *survey, r Request) (string, error) {
	one, err := theAggregator(ctx, a, r.Aggregator)
	if err != nil {
		return "", err
	}
	name := aws.ToString(one.ConfigurationAggregatorName)
	status, err := sourceStatus(ctx, a, name)
	if err != nil {
		return "", err
	}
	for _, p := range s.remaining() {
		switch source, ok := status[p]; {
		case !ok || !collectsFunctions(one.AggregatorFilters):
			s.exclude(p, fleet.NotAggregated, nil)
		case source.LastUpdateStatus == types.AggregatedSourceStatusTypeFailed:
			s.exclude(p, fleet.SourceFailed, said(source.LastErrorCode, source.LastErrorMessage))
		case source.LastUpdateStatus == types.AggregatedSourceStatusTypeOutdated:
			s.exclude(p, fleet.SourceOutdated, said(source.LastErrorCode, source.LastErrorMessage))
		}
	}
	return name, recorders(ctx, a, s, r)
}

// said makes an error of a code and message that AWS gave as data; nil if there is neither.
func said(code, message *string) error {
	text := strings.Trim(aws.ToString(code)+": "+aws.ToString(message), ": ")
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// theAggregator finds the aggregator by name, or the only one.
func theAggregator(ctx context.Context, a *access.Access, name string) (types.ConfigurationAggregator, error) {
	client, region := a.Config(a.Home()), a.Region()
	var all []types.ConfigurationAggregator
	pages := configservice.NewDescribeConfigurationAggregatorsPaginator(client, &configservice.DescribeConfigurationAggregatorsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.ConfigurationAggregator{}, access.AtStart(fmt.Errorf("listing the aggregators in %s: %w", region, err))
		}
		all = append(all, page.ConfigurationAggregators...)
	}
	var names []string
	for _, one := range all {
		if name == "" && len(all) == 1 || aws.ToString(one.ConfigurationAggregatorName) == name {
			return one, nil
		}
		names = append(names, aws.ToString(one.ConfigurationAggregatorName))
	}
	slices.Sort(names)
	switch {
	case len(all) == 0:
		return types.ConfigurationAggregator{}, hint.With(fmt.Errorf("%w in account %s, %s", ErrNoAggregator, a.Caller().Account, region),
			"deploy/prerequisites.yaml makes one; --region says where it is; --source scan does without")
	case name == "":
		return types.ConfigurationAggregator{}, hint.With(fmt.Errorf("%w chosen, and %s has several", ErrNoAggregator, region),
			"set LAYERFLEET_AGGREGATOR or --aggregator to one of "+strings.Join(names, ", "))
	}
	return types.ConfigurationAggregator{}, hint.With(fmt.Errorf("%w %q in account %s, %s", ErrNoAggregator, name, a.Caller().Account, region),
		"LAYERFLEET_AGGREGATOR or --aggregator may be one of "+strings.Join(names, ", "))
}

// collectsFunctions reports whether an aggregator's filter lets functions through.
func collectsFunctions(f *types.AggregatorFilters) bool {
	if f == nil || f.ResourceType == nil || f.ResourceType.Type != types.AggregatorFilterTypeInclude {
		return true
	}
	return slices.Contains(f.ResourceType.Value, functionType)
}

// sourceStatus is the state of collecting, by pair.
func sourceStatus(ctx context.Context, a *access.Access, name string) (map[fleet.Pair]types.AggregatedSourceStatus, error) {
	byPair := map[fleet.Pair]types.AggregatedSourceStatus{}
	var organization *types.AggregatedSourceStatus
	pages := configservice.NewDescribeConfigurationAggregatorSourcesStatusPaginator(a.Config(a.Home()),
		&configservice.DescribeConfigurationAggregatorSourcesStatusInput{ConfigurationAggregatorName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, access.AtStart(fmt.Errorf("reading the sources of aggregator %s: %w", name, err))
		}
		for _, s := range page.AggregatedSourceStatusList {
			// Rows of accounts may be labeled as the organization's (aws.md, section 9.2): their ids tell them apart.
			if id := aws.ToString(s.SourceId); s.SourceType == types.AggregatedSourceTypeOrganization && !layer.ValidAccount(id) {
				if s.LastUpdateStatus == types.AggregatedSourceStatusTypeFailed {
					organization = &s
				}
				continue
			}
			byPair[fleet.Pair{AccountID: aws.ToString(s.SourceId), Region: aws.ToString(s.AwsRegion)}] = s
		}
	}
	if organization != nil { // it could not read the list of accounts: none is sure
		for p := range byPair {
			byPair[p] = *organization
		}
	}
	return byPair, nil
}
