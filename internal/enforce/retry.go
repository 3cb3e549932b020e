package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Retried is what a retry set going.
type Retried struct {
	FormatVersion string       `json:"format_version"`
	StackSet      string       `json:"stack_set"`
	Functions     []Failure    `json:"functions"` // whose remediation was started again
	Instances     []fleet.Pair `json:"instances"` // that were deployed to again
	Failed        []Failure    `json:"failed"`    // that could not be started; Message says why
}

// Retry clears the exceptions of functions that AWS Config gave up on, starts their remediation again, and deploys
// again where a stack instance failed. operator is the role that may do so in the accounts.
func Retry(ctx context.Context, a, operator *access.Access, status *Status, p Progress) (*Retried, error) {
	set, err := describe(ctx, a, status.StackSet)
	if err != nil {
		return nil, err
	}
	out := &Retried{FormatVersion: "1", StackSet: status.StackSet, Functions: []Failure{}, Instances: []fleet.Pair{}, Failed: []Failure{}}
	byPair := map[fleet.Pair][]Failure{}
	for _, f := range status.Failures {
		byPair[f.Pair] = append(byPair[f.Pair], f)
	}
	for pair, failures := range byPair {
		if err := retryPair(ctx, operator, pair, set.rule, failures); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			for _, f := range failures {
				f.Message = access.Message(err)
				out.Failed = append(out.Failed, f)
			}
			continue
		}
		out.Functions = append(out.Functions, failures...)
	}
	list, err := instances(ctx, a, status.StackSet)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if !i.good() && !i.suspended() {
			out.Instances = append(out.Instances, i.Pair)
		}
	}
	if len(out.Instances) > 0 {
		if err := set.redeploy(ctx, a, list, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func retryPair(ctx context.Context, a *access.Access, p fleet.Pair, rule string, failures []Failure) error {
	client := a.Config(p)
	for chunk := range slices.Chunk(failures, maxKeys) {
		var excepted []configtypes.RemediationExceptionResourceKey
		var keys []configtypes.ResourceKey
		for _, f := range chunk {
			keys = append(keys, configtypes.ResourceKey{ResourceId: aws.String(f.Function), ResourceType: functionType})
			if f.Exception {
				excepted = append(excepted, configtypes.RemediationExceptionResourceKey{ResourceId: aws.String(f.Function), ResourceType: aws.String(functionType)})
			}
		}
		if len(excepted) > 0 {
			_, err := client.DeleteRemediationExceptions(ctx, &configservice.DeleteRemediationExceptionsInput{ConfigRuleName: &rule, ResourceKeys: excepted})
			var none *configtypes.NoSuchRemediationExceptionException
			if err != nil && !errors.As(err, &none) {
				return fmt.Errorf("clearing exceptions in %s: %w", p, err)
			}
		}
		out, err := client.StartRemediationExecution(ctx, &configservice.StartRemediationExecutionInput{ConfigRuleName: &rule, ResourceKeys: keys})
		if err != nil {
			return fmt.Errorf("starting remediation in %s: %w", p, err)
		}
		if len(out.FailedItems) > 0 {
			return fmt.Errorf("starting remediation in %s: %s", p, aws.ToString(out.FailureMessage))
		}
	}
	return nil
}

// redeploy sends the set again to the pairs whose instance is not current.
func (s *set) redeploy(ctx context.Context, a *access.Access, list []instance, p Progress) error {
	for _, g := range group(list, func(i instance) bool { return !i.good() && !i.suspended() }) {
		in := &cloudformation.UpdateStackInstancesInput{StackSetName: &s.name, Regions: g.regions, OperationPreferences: preferences()}
		in.Accounts, in.DeploymentTargets = g.targets()
		out, err := a.CloudFormation(a.Home()).UpdateStackInstances(ctx, in)
		if err != nil {
			return fmt.Errorf("deploying stack set %s again: %w", s.name, err)
		}
		if err := wait(ctx, a, s.name, aws.ToString(out.OperationId), "deploying again", p); err != nil {
			return err
		}
	}
	return nil
}
