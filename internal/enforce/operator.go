package enforce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/parallel"
	"github.com/layerfleet/layerfleet/internal/watch"
)

const (
	functionType = "AWS::Lambda::Function"
	// maxKeys is how many resources one call about remediations takes.
	maxKeys = 100
	// concurrency is how many pairs are asked at once.
	concurrency = 16
	// askEvery is how often a rule takes a request for evaluation (StartConfigRulesEvaluation: once a minute).
	askEvery = time.Minute
)

// operator acts in the accounts through a role that may ask for evaluations, clear exceptions and start remediations.
type operator struct {
	access *access.Access
	rule   string
	sink   event.Sink
	asked  map[fleet.Pair]time.Time
}

func newOperator(a *access.Access, rule string, sink event.Sink) *operator {
	return &operator{access: a, rule: rule, sink: sink, asked: map[fleet.Pair]time.Time{}}
}

// ask asks for evaluation in every pair with open functions that have no verdict newer than the change: AWS Config
// looks at functions when they change, not when the rule does. It is to be called again and again, since AWS refuses
// more than one request a minute and any while an evaluation is running. A pair that refuses for another reason is not
// covered; it does not stop the others.
func (o *operator) ask(ctx context.Context, pairs []watch.Pair) error {
	now := o.access.Clock().Now()
	var due []int
	for i, p := range pairs {
		if last, ever := o.asked[p.Pair]; unevaluated(p) && (!ever || now.Sub(last) >= askEvery) {
			due = append(due, i)
		}
	}
	refused := make([]error, len(due))
	err := parallel.Each(ctx, len(due), concurrency, func(int, int) {}, func(ctx context.Context, i int) error {
		refused[i] = o.evaluate(ctx, pairs[due[i]].Pair)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for n, i := range due {
		o.asked[pairs[i].Pair] = now
		if refused[n] != nil {
			why := reasonOf(fmt.Errorf("asking for evaluation: %w", refused[n]))
			pairs[i].Refuse(why)
			o.sink(event.Event{Type: event.Failed, Time: now, Pair: &pairs[i].Pair, Reason: why})
		}
	}
	return nil
}

// unevaluated says whether a function that is to move, or to be found, waits for a verdict.
func unevaluated(p watch.Pair) bool {
	return slices.ContainsFunc(p.Outcomes, func(f watch.Outcome) bool {
		return f.State == watch.Open && f.Code == fleet.NotEvaluated || f.Stale && (f.State == watch.Open || f.State == watch.Finding)
	})
}

func (o *operator) evaluate(ctx context.Context, p fleet.Pair) error {
	_, err := o.access.Config(p).StartConfigRulesEvaluation(ctx, &configservice.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{o.rule}},
		// The SDK takes LimitExceededException for throttling; waiting for it here would hold up the other pairs.
		func(options *configservice.Options) { options.RetryMaxAttempts = 1 })
	var often *types.LimitExceededException
	if errors.As(err, &often) || access.Throttled(err) {
		return nil // it is asked again later
	}
	return err
}

// clear deletes remediation exceptions of functions. What AWS leaves standing shows at the next look.
func (o *operator) clear(ctx context.Context, p fleet.Pair, functions []string) error {
	for chunk := range slices.Chunk(functions, maxKeys) {
		var keys []types.RemediationExceptionResourceKey
		for _, name := range chunk {
			keys = append(keys, types.RemediationExceptionResourceKey{ResourceId: aws.String(name), ResourceType: aws.String(functionType)})
		}
		_, err := o.access.Config(p).DeleteRemediationExceptions(ctx, &configservice.DeleteRemediationExceptionsInput{ConfigRuleName: &o.rule, ResourceKeys: keys})
		if none := (*types.NoSuchRemediationExceptionException)(nil); err != nil && !errors.As(err, &none) {
			return fmt.Errorf("clearing exceptions: %w", err)
		}
	}
	return nil
}

// start starts remediations, and names the functions that AWS did not take.
func (o *operator) start(ctx context.Context, p fleet.Pair, functions []string) (failed map[string]string, err error) {
	failed = map[string]string{}
	for chunk := range slices.Chunk(functions, maxKeys) {
		var keys []types.ResourceKey
		for _, name := range chunk {
			keys = append(keys, types.ResourceKey{ResourceId: aws.String(name), ResourceType: functionType})
		}
		out, err := o.access.Config(p).StartRemediationExecution(ctx, &configservice.StartRemediationExecutionInput{ConfigRuleName: &o.rule, ResourceKeys: keys})
		if err != nil {
			return nil, fmt.Errorf("starting remediations: %w", err)
		}
		if len(out.FailedItems) == 0 {
			continue
		}
		for _, k := range out.FailedItems {
			failed[aws.ToString(k.ResourceId)] = aws.ToString(out.FailureMessage)
		}
		// Those that AWS Config started by itself meanwhile, when an exception was cleared or a retry was due, are on their way.
		have, err := o.access.Config(p).DescribeRemediationExecutionStatus(ctx, &configservice.DescribeRemediationExecutionStatusInput{ConfigRuleName: &o.rule, ResourceKeys: out.FailedItems})
		if err != nil {
			return nil, fmt.Errorf("reading remediations: %w", err)
		}
		for _, x := range have.RemediationExecutionStatuses {
			if x.State == types.RemediationExecutionStateQueued || x.State == types.RemediationExecutionStateInProgress {
				delete(failed, aws.ToString(x.ResourceKey.ResourceId))
			}
		}
	}
	return failed, nil
}

// clearEarlier clears the exceptions that stand from before a change: those of functions that are to move and were not
// tried since, and those of functions that are right.
func (o *operator) clearEarlier(ctx context.Context, pairs []watch.Pair) error {
	return parallel.Each(ctx, len(pairs), concurrency, func(int, int) {}, func(ctx context.Context, i int) error {
		var names []string
		for _, f := range pairs[i].Outcomes {
			if f.Exception && (f.State == watch.Right || f.State == watch.Excepted && !f.Tried) {
				names = append(names, f.Name)
			}
		}
		if len(names) == 0 {
			return nil
		}
		if err := o.clear(ctx, pairs[i].Pair, names); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			o.sink(event.Event{Type: event.Failed, Time: o.access.Clock().Now(), Pair: &pairs[i].Pair, Reason: reasonOf(err)})
		}
		return nil
	})
}

// reasonOf is why a pair refused something.
func reasonOf(err error) fleet.Reason {
	code := fleet.Unreadable
	if access.Denied(err) {
		code = fleet.RoleDenied
	}
	return fleet.Reason{Code: code, Detail: access.Message(err)}
}
