package stackset

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// Instance is one stack instance of a set.
type Instance struct {
	fleet.Pair
	Status   string // CURRENT, OUTDATED or INOPERABLE
	Detailed string // PENDING, RUNNING, SUCCEEDED, FAILED, CANCELLED, INOPERABLE, SKIPPED_SUSPENDED_ACCOUNT, FAILED_IMPORT
	Why      string // what AWS says of a failure, or empty
	// Unit is the OU or root that the instance was deployed through; empty in self-managed sets.
	Unit string
	// LastOperation is the id of the last operation that reached the instance.
	LastOperation string
}

// Current says whether the instance has the set's newest template.
func (i Instance) Current() bool { return i.Status == string(types.StackInstanceStatusCurrent) }

// Inoperable says whether AWS leaves the instance out of updates: only deleting its record helps.
func (i Instance) Inoperable() bool { return i.Status == string(types.StackInstanceStatusInoperable) }

// Suspended says whether the instance's account is suspended, and so out of reach.
func (i Instance) Suspended() bool {
	return i.Detailed == string(types.StackInstanceDetailedStatusSkippedSuspendedAccount)
}

// Instances lists the instances of a set.
func (c *Client) Instances(ctx context.Context, set string) ([]Instance, error) {
	var out []Instance
	p := cloudformation.NewListStackInstancesPaginator(c.cf, &cloudformation.ListStackInstancesInput{StackSetName: &set, CallAs: c.callAs})
	err := pages(ctx, p.HasMorePages, p.NextPage, func(page *cloudformation.ListStackInstancesOutput) {
		for _, s := range page.Summaries {
			i := Instance{
				Pair:   fleet.Pair{AccountID: aws.ToString(s.Account), Region: aws.ToString(s.Region)},
				Status: string(s.Status), Why: aws.ToString(s.StatusReason), Unit: aws.ToString(s.OrganizationalUnitId),
				LastOperation: aws.ToString(s.LastOperationId),
			}
			if s.StackInstanceStatus != nil {
				i.Detailed = string(s.StackInstanceStatus.DetailedStatus)
			}
			out = append(out, i)
		}
	})
	return out, wrap(err, "listing the instances of", set)
}

// CreateInstances makes the instances that the targets do not have yet, with the set's template.
func (c *Client) CreateInstances(ctx context.Context, set string, to Target, id string) (operation string, err error) {
	in := &cloudformation.CreateStackInstancesInput{
		StackSetName: &set, Regions: to.Regions, Accounts: to.accounts(), DeploymentTargets: to.deployment(),
		OperationPreferences: preferences(), CallAs: c.callAs,
	}
	if id != "" {
		in.OperationId = &id
	}
	out, err := c.cf.CreateStackInstances(ctx, in)
	if err != nil {
		return id, wrap(err, "deploying", set)
	}
	return aws.ToString(out.OperationId), nil
}

// DeleteInstances deletes instances. With retain the stacks stay where they are and only the set's records of them
// go: the one way with suspended accounts and inoperable instances.
func (c *Client) DeleteInstances(ctx context.Context, set string, from Target, retain bool) (operation string, err error) {
	out, err := c.cf.DeleteStackInstances(ctx, &cloudformation.DeleteStackInstancesInput{
		StackSetName: &set, Regions: from.Regions, Accounts: from.accounts(), DeploymentTargets: from.deployment(),
		RetainStacks: &retain, OperationPreferences: preferences(), CallAs: c.callAs,
	})
	if err != nil {
		return "", wrap(err, "deleting the instances of", set)
	}
	return aws.ToString(out.OperationId), nil
}
