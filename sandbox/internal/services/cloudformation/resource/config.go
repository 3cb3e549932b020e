package resource

import (
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
)

// configRule is AWS::Config::ConfigRule.
type configRule struct {
	ConfigRuleName            *string
	Description               *string
	EvaluationModes           []types.EvaluationModeConfiguration
	InputParameters           any
	MaximumExecutionFrequency types.MaximumExecutionFrequency
	Scope                     *types.Scope
	Source                    *types.Source `property:"required"`
	Tags                      []tag
}

// remediation is AWS::Config::RemediationConfiguration.
type remediation struct {
	Automatic                bool
	ConfigRuleName           *string `property:"required"`
	ExecutionControls        *types.ExecutionControls
	MaximumAutomaticAttempts *int32
	Parameters               map[string]types.RemediationParameterValue
	ResourceType             *string
	RetryAttemptSeconds      *int64
	TargetId                 *string                     `property:"required"` //nolint:revive // AWS's spelling
	TargetType               types.RemediationTargetType `property:"required"`
	TargetVersion            *string
}

// aggregator is AWS::Config::ConfigurationAggregator.
type aggregator struct {
	AccountAggregationSources     []types.AccountAggregationSource
	ConfigurationAggregatorName   *string
	OrganizationAggregationSource *types.OrganizationAggregationSource
	Tags                          []tag
}

const (
	maxRuleName       = 128
	maxAggregatorName = 256
)

func configTypes() []*Type {
	return []*Type{
		define("AWS::Config::ConfigRule", spec[configRule]{
			attributes: []string{"Arn", "ConfigRuleId"}, nameKey: "ConfigRuleName",
			replaces: func(old, next *configRule) bool { return !reflect.DeepEqual(old.ConfigRuleName, next.ConfigRuleName) },
			create:   createRule,
			update: func(s *Step, m Made, _, next *configRule) (Made, error) {
				return putRule(s, m.ID, next)
			},
			remove: func(s *Step, m Made, _ *configRule) error {
				return does[api.DeleteConfigRuleOutput](s, &api.DeleteConfigRuleInput{ConfigRuleName: &m.ID})
			},
		}),
		define("AWS::Config::RemediationConfiguration", spec[remediation]{
			replaces: func(old, next *remediation) bool { return *old.ConfigRuleName != *next.ConfigRuleName },
			create:   createRemediation,
			update: func(s *Step, m Made, _, next *remediation) (Made, error) {
				return m, putRemediation(s, next)
			},
			remove: func(s *Step, _ Made, p *remediation) error {
				return does[api.DeleteRemediationConfigurationOutput](s, &api.DeleteRemediationConfigurationInput{ConfigRuleName: p.ConfigRuleName})
			},
		}),
		define("AWS::Config::ConfigurationAggregator", spec[aggregator]{
			attributes: []string{"ConfigurationAggregatorArn"}, nameKey: "ConfigurationAggregatorName",
			replaces: func(old, next *aggregator) bool {
				return !reflect.DeepEqual(old.ConfigurationAggregatorName, next.ConfigurationAggregatorName)
			},
			create: createAggregator,
			update: func(s *Step, m Made, _, next *aggregator) (Made, error) {
				return putAggregator(s, m.ID, next)
			},
			remove: func(s *Step, m Made, _ *aggregator) error {
				return does[api.DeleteConfigurationAggregatorOutput](s, &api.DeleteConfigurationAggregatorInput{ConfigurationAggregatorName: &m.ID})
			},
		}),
	}
}

func createRule(s *Step, p *configRule) (Made, error) {
	name := s.named(p.ConfigRuleName, maxRuleName)
	if p.ConfigRuleName != nil {
		_, err := describeRule(s, name)
		var missing *types.NoSuchConfigRuleException
		switch {
		case err == nil:
			return Made{}, alreadyExists("AWS::Config::ConfigRule", name)
		case !errors.As(err, &missing):
			return Made{}, err
		}
	}
	return putRule(s, name, p)
}

func describeRule(s *Step, name string) (*types.ConfigRule, error) {
	out, err := do[api.DescribeConfigRulesOutput](s, &api.DescribeConfigRulesInput{ConfigRuleNames: []string{name}})
	if err != nil {
		return nil, err
	}
	if len(out.ConfigRules) != 1 {
		return nil, &types.NoSuchConfigRuleException{Message: aws.String("The ConfigRule '" + name + "' provided in the request is invalid.")}
	}
	return &out.ConfigRules[0], nil
}

func putRule(s *Step, name string, p *configRule) (Made, error) {
	rule := &types.ConfigRule{
		ConfigRuleName: &name, Description: p.Description, EvaluationModes: p.EvaluationModes,
		MaximumExecutionFrequency: p.MaximumExecutionFrequency, Scope: p.Scope, Source: p.Source,
	}
	if p.InputParameters != nil {
		in, err := text(p.InputParameters)
		if err != nil {
			return Made{}, err
		}
		rule.InputParameters = &in
	}
	put := &api.PutConfigRuleInput{ConfigRule: rule, Tags: configTags(s, p.Tags)}
	if err := does[api.PutConfigRuleOutput](s, put); err != nil {
		return Made{}, err
	}
	made := Made{ID: name, Ref: name}
	have, err := describeRule(s, name)
	if err != nil {
		return made, err
	}
	made.Attributes = map[string]any{"Arn": aws.ToString(have.ConfigRuleArn), "ConfigRuleId": aws.ToString(have.ConfigRuleId)}
	return made, nil
}

func configTags(s *Step, own []tag) []types.Tag {
	return tags(s, own, func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} })
}

func createRemediation(s *Step, p *remediation) (Made, error) {
	out, err := do[api.DescribeRemediationConfigurationsOutput](s, &api.DescribeRemediationConfigurationsInput{ConfigRuleNames: []string{*p.ConfigRuleName}})
	switch {
	case err != nil:
		return Made{}, err
	case len(out.RemediationConfigurations) > 0:
		return Made{}, alreadyExists("AWS::Config::RemediationConfiguration", *p.ConfigRuleName)
	}
	if err := putRemediation(s, p); err != nil {
		return Made{}, err
	}
	// The physical id is the rule's name, as is Ref (UNCONFIRMED: its exact form).
	return Made{ID: *p.ConfigRuleName, Ref: *p.ConfigRuleName}, nil
}

func putRemediation(s *Step, p *remediation) error {
	out, err := do[api.PutRemediationConfigurationsOutput](s, &api.PutRemediationConfigurationsInput{
		RemediationConfigurations: []types.RemediationConfiguration{{
			ConfigRuleName: p.ConfigRuleName, TargetId: p.TargetId, TargetType: p.TargetType, TargetVersion: p.TargetVersion,
			Automatic: p.Automatic, ExecutionControls: p.ExecutionControls, MaximumAutomaticAttempts: p.MaximumAutomaticAttempts,
			Parameters: p.Parameters, ResourceType: p.ResourceType, RetryAttemptSeconds: p.RetryAttemptSeconds,
		}},
	})
	if err != nil {
		return err
	}
	for _, b := range out.FailedBatches {
		return &handlerFailure{message: aws.ToString(b.FailureMessage), code: "InvalidRequest"}
	}
	return nil
}

func createAggregator(s *Step, p *aggregator) (Made, error) {
	name := s.named(p.ConfigurationAggregatorName, maxAggregatorName)
	if p.ConfigurationAggregatorName != nil {
		out, err := do[api.DescribeConfigurationAggregatorsOutput](s, &api.DescribeConfigurationAggregatorsInput{ConfigurationAggregatorNames: []string{name}})
		var missing *types.NoSuchConfigurationAggregatorException
		switch {
		case err == nil && len(out.ConfigurationAggregators) > 0:
			return Made{}, alreadyExists("AWS::Config::ConfigurationAggregator", name)
		case err != nil && !errors.As(err, &missing):
			return Made{}, err
		}
	}
	return putAggregator(s, name, p)
}

func putAggregator(s *Step, name string, p *aggregator) (Made, error) {
	out, err := do[api.PutConfigurationAggregatorOutput](s, &api.PutConfigurationAggregatorInput{
		ConfigurationAggregatorName: &name, AccountAggregationSources: p.AccountAggregationSources,
		OrganizationAggregationSource: p.OrganizationAggregationSource, Tags: configTags(s, p.Tags),
	})
	if err != nil {
		return Made{}, err
	}
	made := Made{ID: name, Ref: name}
	if a := out.ConfigurationAggregator; a != nil {
		made.Attributes = map[string]any{"ConfigurationAggregatorArn": aws.ToString(a.ConfigurationAggregatorArn)}
	}
	return made, nil
}
