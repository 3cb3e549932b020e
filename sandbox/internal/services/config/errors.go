package config

import (
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func invalid(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: apierr.Text(format, args...)}
}

func noRecorder() error {
	return &types.NoAvailableConfigurationRecorderException{
		Message: apierr.Text("Configuration recorder is not available to put config rule."),
	}
}

func noRule(name string) error {
	return &types.NoSuchConfigRuleException{Message: apierr.Text("The ConfigRule '%s' provided in the request is invalid. Please check the configRule name", name)}
}

func noAggregator(name string) error {
	return &types.NoSuchConfigurationAggregatorException{Message: apierr.Text("The configuration aggregator does not exist: %s", name)}
}

func noRemediation(rule string) error {
	return &types.NoSuchRemediationConfigurationException{Message: apierr.Text("No RemediationConfiguration for rule exists: %s", rule)}
}

func badToken() error {
	return &types.InvalidNextTokenException{Message: apierr.Text("The nextToken provided is invalid")}
}

func badLimit(limit int32, most int) error {
	return &types.InvalidLimitException{Message: apierr.Text("Value '%d' at 'limit' failed to satisfy constraint: %s", limit, apierr.Range(int(limit), 0, most))}
}
