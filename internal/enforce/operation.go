package enforce

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// pollEvery is how often a stack set operation is looked at, in AWS's time.
const pollEvery = 5 * time.Second

// Progress tells how far a long job is. It may be called often.
type Progress func(label string, done, total int)

// preferences let an operation go everywhere at once and not stop at the first failure: an account without a
// recorder must not keep the others unprotected.
func preferences() *types.StackSetOperationPreferences {
	return &types.StackSetOperationPreferences{
		RegionConcurrencyType:      types.RegionConcurrencyTypeParallel,
		FailureTolerancePercentage: aws.Int32(100),
		MaxConcurrentPercentage:    aws.Int32(100),
		ConcurrencyMode:            types.ConcurrencyModeSoftFailureTolerance,
	}
}

// wait follows an operation of a stack set to its end. An operation that ends FAILED is no error here: its instances
// say what failed.
func wait(ctx context.Context, a *access.Access, set, operation, label string, p Progress) error {
	cf := a.CloudFormation(a.Home())
	for {
		out, err := cf.DescribeStackSetOperation(ctx, &cloudformation.DescribeStackSetOperationInput{StackSetName: &set, OperationId: &operation})
		if err != nil {
			return fmt.Errorf("operation %s of stack set %s: %w", operation, set, err)
		}
		switch status := out.StackSetOperation.Status; status {
		case types.StackSetOperationStatusSucceeded, types.StackSetOperationStatusFailed:
			return nil
		case types.StackSetOperationStatusStopped:
			return hint.With(fmt.Errorf("operation %s of stack set %s was stopped", operation, set), "run the command again to go on")
		}
		done, total, err := results(ctx, a, set, operation)
		if err != nil {
			return err
		}
		p(label, done, total)
		if err := a.Clock().Sleep(ctx, pollEvery); err != nil {
			return fmt.Errorf("operation %s of stack set %s goes on in AWS: %w", operation, set, err)
		}
	}
}

// results counts the ended targets of an operation.
func results(ctx context.Context, a *access.Access, set, operation string) (done, total int, err error) {
	pages := cloudformation.NewListStackSetOperationResultsPaginator(a.CloudFormation(a.Home()),
		&cloudformation.ListStackSetOperationResultsInput{StackSetName: &set, OperationId: &operation})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("results of operation %s: %w", operation, err)
		}
		for _, r := range page.Summaries {
			total++
			switch r.Status {
			case types.StackSetOperationResultStatusSucceeded, types.StackSetOperationResultStatusFailed, types.StackSetOperationResultStatusCancelled:
				done++
			}
		}
	}
	return done, total, nil
}

// lastUpdate is when the newest update of a set's template began, by AWS's clock; zero if there was none.
func lastUpdate(ctx context.Context, a *access.Access, set string) (time.Time, error) {
	var newest time.Time
	pages := cloudformation.NewListStackSetOperationsPaginator(a.CloudFormation(a.Home()), &cloudformation.ListStackSetOperationsInput{StackSetName: &set})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return newest, fmt.Errorf("operations of stack set %s: %w", set, err)
		}
		for _, o := range page.Summaries {
			if at := aws.ToTime(o.CreationTimestamp); o.Action == types.StackSetOperationActionUpdate && at.After(newest) {
				newest = at
			}
		}
	}
	return newest, nil
}

// instance is one stack instance of a set.
type instance struct {
	fleet.Pair
	status   types.StackInstanceStatus
	detailed types.StackInstanceDetailedStatus
	reason   string
	unit     string // OU or root that it was deployed through; empty in self-managed sets
}

// good says whether the instance stands as the stack set wants it.
func (i instance) good() bool { return i.status == types.StackInstanceStatusCurrent }

// suspended says whether the account of the instance is out of reach.
func (i instance) suspended() bool {
	return i.detailed == types.StackInstanceDetailedStatusSkippedSuspendedAccount
}

// instances lists the stack instances of a set.
func instances(ctx context.Context, a *access.Access, set string) ([]instance, error) {
	var out []instance
	pages := cloudformation.NewListStackInstancesPaginator(a.CloudFormation(a.Home()), &cloudformation.ListStackInstancesInput{StackSetName: &set})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("instances of stack set %s: %w", set, err)
		}
		for _, s := range page.Summaries {
			i := instance{
				Pair:   fleet.Pair{AccountID: aws.ToString(s.Account), Region: aws.ToString(s.Region)},
				status: s.Status, reason: aws.ToString(s.StatusReason), unit: aws.ToString(s.OrganizationalUnitId),
			}
			if s.StackInstanceStatus != nil {
				i.detailed = s.StackInstanceStatus.DetailedStatus
			}
			out = append(out, i)
		}
	}
	return out, nil
}
