package stackset

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

// pollEvery is how often an operation is looked at, in AWS's time.
const pollEvery = 5 * time.Second

// Operation is one operation of a set.
type Operation struct {
	ID, Action, Status string // Action CREATE, UPDATE, DELETE, …; Status RUNNING, SUCCEEDED, FAILED, STOPPED, STOPPING, QUEUED
	Started, Ended     time.Time
}

// Running says whether the operation has not ended.
func (o Operation) Running() bool { return o.Ended.IsZero() && !terminal(o.Status) }

func terminal(status string) bool {
	switch types.StackSetOperationStatus(status) {
	case types.StackSetOperationStatusSucceeded, types.StackSetOperationStatusFailed, types.StackSetOperationStatusStopped:
		return true
	}
	return false
}

// OperationID names an operation by the set and by what it is part of. Two operators who start from the same revision
// send the same id, and AWS refuses the second; an answer that was lost is recognized when the call is repeated
// (control.md §1).
type OperationID struct {
	Set      string // the set's UUID
	Revision int    // that the deployment writes
	Stage    int
	Attempt  int
}

func (id OperationID) String() string {
	return fmt.Sprintf("%s-r%d-s%d-a%d", id.Set, id.Revision, id.Stage, id.Attempt)
}

var operationID = regexp.MustCompile(`^([0-9A-Za-z-]+)-r(\d+)-s(\d+)-a(\d+)$`)

// ParseOperationID reads an id that [OperationID.String] made; false for all others.
func ParseOperationID(text string) (OperationID, bool) {
	m := operationID.FindStringSubmatch(text)
	if m == nil {
		return OperationID{}, false
	}
	id := OperationID{Set: m[1]}
	for i, to := range []*int{&id.Revision, &id.Stage, &id.Attempt} {
		n, err := strconv.Atoi(m[i+2])
		if err != nil {
			return OperationID{}, false
		}
		*to = n
	}
	return id, true
}

// Operations lists the operations of a set, the newest first. The list may lag behind; [Client.Operation] does not.
func (c *Client) Operations(ctx context.Context, set string) ([]Operation, error) {
	var out []Operation
	p := cloudformation.NewListStackSetOperationsPaginator(c.cf, &cloudformation.ListStackSetOperationsInput{StackSetName: &set, CallAs: c.callAs})
	err := pages(ctx, p.HasMorePages, p.NextPage, func(page *cloudformation.ListStackSetOperationsOutput) {
		for _, o := range page.Summaries {
			out = append(out, Operation{
				ID: aws.ToString(o.OperationId), Action: string(o.Action), Status: string(o.Status),
				Started: aws.ToTime(o.CreationTimestamp), Ended: aws.ToTime(o.EndTimestamp),
			})
		}
	})
	return out, wrap(err, "listing the operations of", set)
}

// Operation reads one operation.
func (c *Client) Operation(ctx context.Context, set, id string) (Operation, error) {
	out, err := c.cf.DescribeStackSetOperation(ctx, &cloudformation.DescribeStackSetOperationInput{StackSetName: &set, OperationId: &id, CallAs: c.callAs})
	if err != nil {
		return Operation{}, wrap(err, "reading operation "+id+" of", set)
	}
	o := out.StackSetOperation
	return Operation{
		ID: id, Action: string(o.Action), Status: string(o.Status), Started: aws.ToTime(o.CreationTimestamp), Ended: aws.ToTime(o.EndTimestamp),
	}, nil
}

// Wait follows an operation to its end. One that ends FAILED is no error here: its instances say what failed; one that
// was stopped is [ErrStopped].
func (c *Client) Wait(ctx context.Context, set, id string, progress func(done, total int)) (Operation, error) {
	for {
		o, err := c.Operation(ctx, set, id)
		switch {
		case err != nil:
			return o, err
		case o.Status == string(types.StackSetOperationStatusStopped):
			return o, fmt.Errorf("operation %s of stack set %s: %w", id, set, ErrStopped)
		case terminal(o.Status):
			return o, nil
		}
		results, err := c.Results(ctx, set, id)
		if err != nil {
			return o, err
		}
		done := 0
		for _, r := range results {
			if r.Ended() {
				done++
			}
		}
		progress(done, len(results))
		if err := c.access.Clock().Sleep(ctx, pollEvery); err != nil {
			return o, err
		}
	}
}

// WaitIdle waits until no operation of the set runs.
func (c *Client) WaitIdle(ctx context.Context, set string, progress func(done, total int)) error {
	for {
		list, err := c.Operations(ctx, set)
		if err != nil {
			return err
		}
		running := ""
		for _, o := range list {
			if o.Running() {
				running = o.ID
			}
		}
		if running == "" {
			return nil
		}
		if _, err := c.Wait(ctx, set, running, progress); err != nil && !errors.Is(err, ErrStopped) {
			return err
		}
	}
}

// Stop asks AWS to end an operation: stacks that are being changed are finished, no further ones started. The
// operation is STOPPED some time later.
func (c *Client) Stop(ctx context.Context, set, id string) error {
	_, err := c.cf.StopStackSetOperation(ctx, &cloudformation.StopStackSetOperationInput{StackSetName: &set, OperationId: &id, CallAs: c.callAs})
	return wrap(err, "stopping operation "+id+" of", set)
}

// Result is what an operation did in one pair.
type Result struct {
	fleet.Pair
	Status string // PENDING, RUNNING, SUCCEEDED, FAILED or CANCELLED
	Why    string
}

// Ended says whether the operation is through with the pair.
func (r Result) Ended() bool {
	switch types.StackSetOperationResultStatus(r.Status) {
	case types.StackSetOperationResultStatusPending, types.StackSetOperationResultStatusRunning:
		return false
	}
	return true
}

// Results lists what an operation did, pair by pair.
func (c *Client) Results(ctx context.Context, set, id string) ([]Result, error) {
	var out []Result
	p := cloudformation.NewListStackSetOperationResultsPaginator(c.cf, &cloudformation.ListStackSetOperationResultsInput{StackSetName: &set, OperationId: &id, CallAs: c.callAs})
	err := pages(ctx, p.HasMorePages, p.NextPage, func(page *cloudformation.ListStackSetOperationResultsOutput) {
		for _, r := range page.Summaries {
			out = append(out, Result{
				Pair:   fleet.Pair{AccountID: aws.ToString(r.Account), Region: aws.ToString(r.Region)},
				Status: string(r.Status), Why: aws.ToString(r.StatusReason),
			})
		}
	})
	return out, wrap(err, "reading operation "+id+" of", set)
}
