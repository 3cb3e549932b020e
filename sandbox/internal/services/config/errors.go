package config

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func text(format string, args ...any) *string {
	s := fmt.Sprintf(format, args...)
	return &s
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: text(format, args...)}
}

func noRecorder() error {
	return &types.NoAvailableConfigurationRecorderException{
		Message: text("Configuration recorder is not available to put config rule."),
	}
}

func noRule(name string) error {
	return &types.NoSuchConfigRuleException{Message: text("The ConfigRule '%s' provided in the request is invalid. Please check the configRule name", name)}
}

func noAggregator(name string) error {
	return &types.NoSuchConfigurationAggregatorException{Message: text("The configuration aggregator does not exist: %s", name)}
}

func noRemediation(rule string) error {
	return &types.NoSuchRemediationConfigurationException{Message: text("No RemediationConfiguration for rule exists: %s", rule)}
}

func badToken() error {
	return &types.InvalidNextTokenException{Message: text("The nextToken provided is invalid")}
}

func badLimit(limit int32, most int) error {
	return &types.InvalidLimitException{Message: text("Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 0 and %d", limit, most)}
}

// tooLong is the front end's answer to a list with more elements than the model allows.
func tooLong(member string, most int) error {
	return apierr.Validation("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", member, most)
}

// missing is the front end's answer to a request without a required member.
func missing(member string) error {
	return apierr.Validation("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}
